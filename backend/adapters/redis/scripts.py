"""Runs Lua scripts with as little as possible between the caller and the socket: a call is packed once, where it stays the same."""

import os
from collections.abc import Sequence
from hashlib import sha1
from typing import Any, NamedTuple

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ResponseError

Argument = str | bytes | int | float


def pack(*arguments: Argument) -> bytes:
    """The arguments of a command as Redis reads them."""
    return b"".join([b"$%d\r\n%b\r\n" % (len(raw), raw) for raw in [_RAW[each.__class__](each) for each in arguments]])


def _of_number(number: float) -> bytes:
    return repr(number).encode()


_RAW: dict[type, Any] = {str: str.encode, bytes: bytes, int: _of_number, float: _of_number}


class Part(NamedTuple):
    """Some arguments, packed, and how many they are."""

    arguments: int
    packed: bytes


class Call(NamedTuple):
    """The beginning of a call of a script, ready to send, and of how many parts it is."""

    parts: int
    packed: bytes

    def begun(self, *arguments: Argument) -> "Call":
        """This beginning and some more of it."""
        return Call(self.parts + len(arguments), self.packed + pack(*arguments))

    def complete(self, *arguments: Argument) -> bytes:
        """The whole call, with the last of its arguments."""
        return b"*%d\r\n%b%b" % (self.parts + len(arguments), self.packed, pack(*arguments))

    def whole(self, *parts: Part) -> bytes:
        """The whole call, with the last of its arguments where these are packed already."""
        count = self.parts + sum([part.arguments for part in parts])
        return b"*%d\r\n%b%b" % (count, self.packed, b"".join([part.packed for part in parts]))


class Script:
    """One script; a server that does not know it is sent its text, and asked again."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._head = pack("EVALSHA", sha1(text.encode(), usedforsecurity=False).hexdigest())

    def call(self, keys: Sequence[str]) -> Call:
        """The beginning of a call with these keys."""
        return Call(3 + len(keys), self._head + pack(len(keys), *keys))

    def run(self, lines: "Lines", calls: Sequence[bytes]) -> list[Any]:
        """Send complete calls and return their answers, in one round trip. Raises what Redis or the network says."""
        return lines.ask(calls, self._text) if calls else []


class Lines:
    """Connections of a client that go from caller to caller without a look at them: one that is broken shows when it is used.

    They stay the client's: closing it closes them. Safe for threads, and for processes that fork.
    """

    def __init__(self, redis: Redis) -> None:
        self._pool = redis.connection_pool
        self._idle: list[Any] = []
        self._process = os.getpid()

    def ask(self, calls: Sequence[bytes], script: str) -> list[Any]:
        """Send the calls and read their answers; where the server does not know the script it is told first."""
        if self._process != os.getpid():
            self._idle, self._process = [], os.getpid()
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._pool.get_connection()
        try:
            return _answers(connection, calls, script)
        except BaseException:
            # An answer that nobody has read would be taken for that of the next call.
            connection.disconnect()
            raise
        finally:
            self._idle.append(connection)


def _answers(connection: Any, calls: Sequence[bytes], script: str) -> list[Any]:
    try:
        answers = _exchange(connection, calls)
    except RedisConnectionError:
        # It may be of a server that was restarted: once more, on a new one. Never after a time-out.
        answers = _exchange(connection, calls)
    unknown = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        _exchange(connection, [b"*3\r\n" + pack("SCRIPT", "LOAD", script)])
        for at, answer in zip(unknown, _exchange(connection, [calls[at] for at in unknown]), strict=True):
            answers[at] = answer
    for answer in answers:
        if isinstance(answer, ResponseError):
            raise answer
    return answers


def _exchange(connection: Any, calls: Sequence[bytes]) -> list[Any]:
    connection.send_packed_command([b"".join(calls)])
    return [_read(connection) for _ in calls]


def _read(connection: Any) -> Any:
    """The next answer; an error that is the answer to one call is returned, so that those to the others can be read."""
    try:
        return connection.read_response()
    except ResponseError as error:
        return error
