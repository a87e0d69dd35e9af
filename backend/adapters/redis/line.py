"""One connection for commands that are packed already: the bytes go out and the answers are read with nothing in between.

redis-py opens it, signs in and closes it. Its own way of sending and reading takes as long as Redis takes to run a script.
"""

import select
from collections.abc import Callable, Sequence
from typing import Any

from redis._parsers.base import BaseParser
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from backend.adapters.redis.connection import time_left

READ_AT_ONCE = 65_536
END = b"\r\n"
NEXT_TO_NOTHING_S = 0.002
"""By so much a time-out may be off: to set one asks the system."""


class Line:
    """For one caller at a time, who closes it where anything was raised. Where he could not, the next exchange does: an answer that
    was left unread would be taken for that of another call.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._socket: Any = None
        self._time_out: float | None = None
        self._is_amid = False
        self._answers = Answers(self._receive)

    def exchange(self, calls: Sequence[bytes]) -> list[Any]:
        """Send the calls and read as many answers. An error that is the answer to a call is one of them.

        Raises redis-py's TimeoutError, its InvalidResponse, and its ConnectionError for all else that befalls the connection.
        """
        self.send(calls)
        return self.receive(len(calls))

    def send(self, calls: Sequence[bytes]) -> None:
        """The first half of an exchange; raises the same."""
        if self._is_amid:
            self.close()
        self._is_amid = True
        try:
            self._send(b"".join(calls))
        except (OSError, ValueError) as error:
            raise self._in_words_of_redis(error) from error

    def receive(self, count: int) -> list[Any]:
        """The second half: the answers to so many calls that were sent together."""
        try:
            answers = [self._answers.next() for _ in range(count)]
        except (OSError, ValueError) as error:
            raise self._in_words_of_redis(error) from error
        self._is_amid = False
        for answer in answers:
            if isinstance(answer, RedisConnectionError):  # such as that of a server that still loads its data
                raise answer
        return answers

    def has_answer(self) -> bool:
        """Whether something has come that was not read; True where the connection broke, too: nobody has to wait to learn of it."""
        line = self._socket
        if line is None or line.fileno() < 0:
            return True
        waiting = select.poll()
        waiting.register(line, select.POLLIN)
        return bool(waiting.poll(0))

    def _in_words_of_redis(self, error: OSError | ValueError) -> RedisError:
        if isinstance(error, TimeoutError):
            return RedisTimeoutError("Redis did not answer in time")
        if isinstance(error, OSError):
            self.close()
            return RedisConnectionError(f"The connection to Redis broke: {error}")
        return InvalidResponse(f"Redis answered what is no answer: {error}")

    def close(self) -> None:
        """Let go of the connection; the next exchange opens it again."""
        self._socket = None
        self.connection.disconnect()
        self._is_amid = False

    def _send(self, raw: bytes) -> None:
        if self._socket is None or self._socket is not self.connection._sock:  # noqa: SLF001 - who closes the client closes it
            self.connection.connect()  # where it is not open
            self._socket = self.connection._sock  # noqa: SLF001
            self._time_out = self._socket.gettimeout()
            self._answers = Answers(self._receive)
        self._limit()
        self._socket.sendall(raw)

    def _receive(self) -> bytes:
        self._limit()
        raw: bytes = self._socket.recv(READ_AT_ONCE)
        if not raw:
            raise ConnectionResetError("it was closed by the server")
        return raw

    def _limit(self) -> None:
        """Wait no longer than the caller may."""
        wanted, now = time_left(self.connection.socket_timeout), self._time_out
        if wanted is now or (wanted is not None and now is not None and -NEXT_TO_NOTHING_S < wanted - now < NEXT_TO_NOTHING_S):
            return
        self._socket.settimeout(wanted)
        self._time_out = wanted


class Answers:
    """Reads answers in protocol 2, one after the other; `receive` gives the next bytes, however many."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self._raw = b""
        self._at = 0

    def next(self) -> Any:
        """A text, a number, a list, None, or the error that Redis answered. Raises InvalidResponse."""
        kind, rest = self._line()
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self._text(size)
        if kind == b":":
            return int(rest)
        if kind == b"*":
            count = int(rest)
            return None if count < 0 else [self.next() for _ in range(count)]
        if kind == b"+":
            return rest
        if kind == b"-":
            return BaseParser.parse_error(rest.decode("utf-8", "replace"))  # type: ignore[no-untyped-call]
        raise InvalidResponse(f"Redis answered what is no answer: {kind!r}")

    def _line(self) -> tuple[bytes, bytes]:
        while (end := self._raw.find(END, self._at)) < 0:
            self._more()
        at, self._at = self._at, end + len(END)
        return self._raw[at : at + 1], self._raw[at + 1 : end]

    def _text(self, size: int) -> bytes:
        while len(self._raw) < self._at + size + len(END):
            self._more()
        at, self._at = self._at, self._at + size + len(END)
        return self._raw[at : at + size]

    def _more(self) -> None:
        self._raw, self._at = self._raw[self._at :] + self._receive(), 0
