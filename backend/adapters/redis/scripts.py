"""Runs Lua scripts with as little as possible between the caller and the socket: a call is packed once, where it stays the same."""

import os
from collections.abc import Sequence
from hashlib import sha1
from typing import Any, NamedTuple
from weakref import WeakSet

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ResponseError

from backend.adapters.redis.line import ASLEEP_AFTER_S, Line

Argument = str | bytes | int | float


def pack(*arguments: Argument) -> bytes:
    """The arguments of a command as Redis reads them."""
    packed = b""
    for each in arguments:
        raw = _RAW[each.__class__](each)
        packed += b"$%d\r\n%b\r\n" % (len(raw), raw)
    return packed


def _of_number(number: float) -> bytes:
    return repr(number).encode()


_RAW: dict[type, Any] = {str: str.encode, bytes: bytes, int: _of_number, float: _of_number}


def command(*arguments: Argument) -> bytes:
    """A whole command, ready to send."""
    return b"*%d\r\n%b" % (len(arguments), pack(*arguments))


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

    def send(self, lines: "Lines", calls: Sequence[bytes]) -> "Asked":
        """The same for a caller who has something to do until the answers are there; raises the same."""
        return lines.send(calls, self._text)


class Lines:
    """Connections of a client that go from caller to caller without a look at them: one that is broken shows when it is used.

    They stay the client's: closing it closes them. Safe for threads, and for processes that fork.
    """

    def __init__(self, redis: Redis) -> None:
        self._pool = redis.connection_pool
        self._idle: list[Line] = []
        self._made = 0
        self._knocked_at = 0.0
        _everybodys.add(self)

    def knock(self, now: float) -> None:
        """In a moment there will be something to ask: a server that has just fallen asleep wakes up meanwhile. `now` is in seconds.

        One that was left alone for longer takes as long to wake as its caller, who would only have to wake it twice.
        """
        since, self._knocked_at = now - self._knocked_at, now
        if since >= ASLEEP_AFTER_S:
            return
        try:
            line = self._idle.pop()
        except IndexError:
            return
        try:
            line.knock()
        except BaseException:
            # Such as the end of a job's time: nobody knows whether the byte is out.
            line.close()
            raise
        finally:
            self._idle.append(line)

    def ask(self, calls: Sequence[bytes], script: str) -> list[Any]:
        """Send the calls and read their answers; where the server does not know the script it is told first."""
        line = self._free()
        line.keen = len(self._idle) + 1 == self._made  # nobody else asks at this moment
        try:
            return _answers(line, calls, script)
        except BaseException:
            # An answer that nobody has read would be taken for that of the next call.
            line.close()
            raise
        finally:
            self._idle.append(line)

    def send(self, calls: Sequence[bytes], script: str) -> "Asked":
        """Send the calls on a connection that nobody else uses until their answers are read."""
        line = self._free()
        line.keen = True  # who comes to read them has nothing else to do any more
        try:
            _sent(line, calls)
        except BaseException:
            line.close()
            self._idle.append(line)
            raise
        return Asked(self._idle, line, calls, script)

    def _free(self) -> Line:
        try:
            return self._idle.pop()
        except IndexError:
            line = Line(self._pool.get_connection())
            self._made += 1
            return line

    def forked(self) -> None:
        """What is open is the parent's."""
        self._idle = []
        self._made = 0


class Asked:
    """Calls that were sent; their answers are read once, by whatever thread."""

    __slots__ = ("_calls", "_idle", "_line", "_script")

    def __init__(self, idle: list[Line], line: Line, calls: Sequence[bytes], script: str) -> None:
        self._idle = idle
        self._line = line
        self._calls = calls
        self._script = script

    def is_answered(self) -> bool:
        """Whether nobody has to wait to learn what came of them."""
        return self._line.has_answer()

    def answers(self) -> list[Any]:
        """What `Lines.ask` answers, or raises."""
        try:
            return _answers(self._line, self._calls, self._script, is_sent=True)
        except BaseException:
            self._line.close()
            raise
        finally:
            self._idle.append(self._line)


_everybodys: WeakSet[Lines] = WeakSet()


def _forked() -> None:
    for lines in list(_everybodys):
        lines.forked()


os.register_at_fork(after_in_child=_forked)


def _sent(line: Line, calls: Sequence[bytes]) -> None:
    try:
        line.send(calls)
    except RedisConnectionError:
        # It may be of a server that was restarted: once more, on a new one. Never after a time-out.
        line.send(calls)


def _answers(line: Line, calls: Sequence[bytes], script: str, *, is_sent: bool = False) -> list[Any]:
    try:
        answers = line.receive(len(calls)) if is_sent else line.exchange(calls)
    except RedisConnectionError:
        # As above.
        answers = line.exchange(calls)
    unknown = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        line.exchange([command("SCRIPT", "LOAD", script)])
        for at, answer in zip(unknown, line.exchange([calls[at] for at in unknown]), strict=True):
            answers[at] = answer
    for answer in answers:
        if isinstance(answer, ResponseError):
            raise answer
    return answers
