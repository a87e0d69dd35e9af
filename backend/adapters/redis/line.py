"""One connection for commands that are packed already: the bytes go out and the answers are read with nothing in between.

redis-py opens it, signs in and closes it. Its own way of sending and reading takes as long as Redis takes to run a script.
"""

import math
import os
import select
import time
from collections.abc import Callable, Sequence
from socket import MSG_DONTWAIT, socket
from ssl import SSLSocket
from typing import Any, Protocol

from redis._parsers.base import BaseParser
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from backend.adapters.redis.connection import time_left

READ_AT_ONCE = 65_536
BEGINNING, END = b"*", b"\r\n"
LOOKS_S = 0.0005
"""So long an answer is looked for without a pause: as long as it takes on a busy virtual machine until both sides are awake."""
RESTS = 7
"""After an answer that took longer so many are not looked for: they may come from far away."""
ASLEEP_AFTER_S = 0.01
"""Who is asked less often than that has left the processor and its caches meanwhile: his answer takes longer than it is looked for."""
NEXT_TO_NOTHING_S = 0.002
"""By so much a time-out may be off: to set one asks the system."""


class Line:
    """For one caller at a time, who closes it where anything was raised. Where he could not, the next exchange does: an answer that
    was left unread would be taken for that of another call.

    `keen`: the caller has nothing better to do than to look for the answer, and nobody waits for this thread's interpreter.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.keen = False
        self._socket: Any = None
        self._is_amid = False
        self._wire: _Wire
        self._answers: Answers

    def knock(self) -> None:
        """Wake a server that has just fallen asleep, for a call that is still to be written down."""
        if self._socket is not None and self._socket is self.connection._sock and not self._is_amid:  # noqa: SLF001
            self._wire.knock()

    def exchange(self, calls: Sequence[bytes]) -> list[Any]:
        """Send the calls and read as many answers. An error that is the answer to a call is one of them.

        Raises redis-py's TimeoutError, its InvalidResponse, and its ConnectionError for all else that befalls the connection.
        """
        try:
            wire = self._opened()
            self._answers.take(wire.ask(b"".join(calls)))
        except (OSError, ValueError) as error:
            raise self._in_words_of_redis(error) from error
        return self.receive(len(calls))

    def send(self, calls: Sequence[bytes]) -> None:
        """The first half of an exchange, for a caller who has something else to do; raises the same."""
        try:
            self._opened().send(b"".join(calls))
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
        return line is None or line.fileno() < 0 or self._wire.has_news()

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

    def _opened(self) -> "_Wire":
        """Ready for the next exchange; where the last one was not read to its end, on a connection of its own."""
        if self._is_amid:
            self.close()
        self._is_amid = True
        if self._socket is None or self._socket is not self.connection._sock:  # noqa: SLF001 - who closes the client closes it
            self.connection.connect()  # where it is not open
            self._socket = self.connection._sock  # noqa: SLF001
            kind = _Wrapped if isinstance(self._socket, SSLSocket) else _Plain
            self._wire = kind(self._socket, self.connection.socket_timeout)
            self._answers = Answers(self._wire.receive)
        self._wire.keen = self.keen
        return self._wire


class _Wire(Protocol):
    """Bytes out and in. Raises TimeoutError where a wait takes longer than the caller may wait, and OSError."""

    keen: bool

    def knock(self) -> None:
        """Wake the server where that is worth it."""

    def ask(self, raw: bytes) -> bytes:
        """Send all of it, and wait for the first bytes of the answer."""

    def send(self, raw: bytes) -> None:
        """Send all of it."""

    def receive(self) -> bytes:
        """The next bytes, at least one."""

    def has_news(self) -> bool:
        """Whether something has come that was not read, or will never come."""


class _Plain:
    """Asks the system to wait only where there is something to wait for: Python does before every call, on a socket with a time-out."""

    def __init__(self, line: socket, patience_s: float | None) -> None:
        line.settimeout(None)
        self._socket = line
        self._patience_s = patience_s
        self._incoming, self._outgoing = select.poll(), select.poll()
        self._incoming.register(line, select.POLLIN)
        self._outgoing.register(line, select.POLLOUT)
        self.keen = False
        self._rests = 0
        self._asked_at = time.monotonic()
        self._is_awake = True
        self._has_begun = False

    def knock(self) -> None:
        # Every command begins with the same byte, so that any may follow.
        if not self.keen or self._has_begun:
            return
        try:
            self._has_begun = self._socket.send(BEGINNING, MSG_DONTWAIT) > 0
        except OSError:
            return  # who asks will learn of it

    def ask(self, raw: bytes) -> bytes:
        self._note_asked()
        if self.keen and self._is_awake:
            self._goes_at_once(raw)
            return self.receive()
        # The system likes to put a server that sleeps on the processor of who asks it: it begins when this thread lets go of
        # that. So whatever can be is done before, and nothing between the sending and the wait.
        wait_ms, answer = self._wait_ms(), None
        if not self._goes_at_once(raw):
            wait_ms = self._wait_ms()
        while answer is None:
            if not self._incoming.poll(wait_ms):
                raise TimeoutError
            answer = self._come()
        return _something(answer)

    def send(self, raw: bytes) -> None:
        self._note_asked()
        self._goes_at_once(raw)

    def receive(self) -> bytes:
        raw = self._come()
        if raw is None and self.keen and self._is_awake:
            raw = self._looked_for()
        while raw is None:
            self._wait(self._incoming)
            raw = self._come()
        return _something(raw)

    def has_news(self) -> bool:
        return bool(self._incoming.poll(0))

    def _note_asked(self) -> None:
        now = time.monotonic()
        self._is_awake = now - self._asked_at < ASLEEP_AFTER_S
        self._asked_at = now

    def _goes_at_once(self, raw: bytes) -> bool:
        """Send all of it; False where that had to wait."""
        at_once = True
        if self._has_begun:
            raw, self._has_begun = raw[len(BEGINNING) :], False
        while raw:
            try:
                raw = raw[self._socket.send(raw, MSG_DONTWAIT) :]
            except BlockingIOError:
                at_once = False
                self._wait(self._outgoing)
        return at_once

    def _come(self) -> bytes | None:
        try:
            return self._socket.recv(READ_AT_ONCE, MSG_DONTWAIT)
        except BlockingIOError:
            return None

    def _looked_for(self) -> bytes | None:
        """A quick answer comes while its caller would still fall asleep, only to be woken at once: it is looked for before that."""
        if self._rests:
            self._rests -= 1
            return None
        until = time.monotonic() + LOOKS_S
        while time.monotonic() < until:
            os.sched_yield()  # the server may be in need of this processor
            raw = self._come()
            if raw is not None:
                return raw
        self._rests = RESTS
        return None

    def _wait(self, news: select.poll) -> None:
        if not news.poll(self._wait_ms()):
            raise TimeoutError

    def _wait_ms(self) -> int | None:
        wait_s = time_left(self._patience_s)
        return None if wait_s is None else math.ceil(wait_s * 1000)


class _Wrapped:
    """TLS, which may have to send before it can receive: its time-outs are its own."""

    keen = False

    def __init__(self, line: socket, patience_s: float | None) -> None:
        self._socket = line
        self._patience_s = patience_s
        self._incoming = select.poll()
        self._incoming.register(line, select.POLLIN)

    def knock(self) -> None:
        """To encrypt one byte takes as long as it could save."""

    def ask(self, raw: bytes) -> bytes:
        self.send(raw)
        return self.receive()

    def send(self, raw: bytes) -> None:
        self._limit()
        self._socket.sendall(raw)

    def receive(self) -> bytes:
        self._limit()
        return _something(self._socket.recv(READ_AT_ONCE))

    def has_news(self) -> bool:
        return bool(self._incoming.poll(0))

    def _limit(self) -> None:
        wanted, now = time_left(self._patience_s), self._socket.gettimeout()
        if wanted is None or now is None or abs(wanted - now) > NEXT_TO_NOTHING_S:
            self._socket.settimeout(wanted)


def _something(raw: bytes) -> bytes:
    if not raw:
        raise ConnectionResetError("it was closed by the server")
    return raw


class Answers:
    """Reads answers in protocol 2, one after the other; `receive` gives the next bytes, however many."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self._raw = b""
        self._at = 0

    def take(self, raw: bytes) -> None:
        """These came already."""
        self._raw, self._at = self._raw[self._at :] + raw, 0

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
        self.take(self._receive())
