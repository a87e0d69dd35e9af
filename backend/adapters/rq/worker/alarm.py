"""An alarm clock for one thread, which others set and put off without waking it."""

import ctypes
import os
import threading
import time
from contextlib import suppress
from typing import Protocol

_NANOS = 1_000_000_000


class Alarm(Protocol):
    """Rings once, a fixed time after it was last set. One thread waits for it, and any may set it."""

    def set(self) -> None:
        """Ring after its time, counted from now on; where it is set already it is put off."""

    def wait(self) -> None:
        """Until it rings; without being set it never does."""


def alarm(seconds: float) -> Alarm:
    """One that rings after so many seconds; the system's own where it has such a thing, and gives it."""
    with suppress(AttributeError, OSError):
        return TimerAlarm(seconds)
    return SleeperAlarm(seconds)


class TimerAlarm:
    """Linux' timer: to put it off takes a microsecond. A thread that looked at a time would have to be woken for it, and would want the
    interpreter from the one who works, who pays for that with every call in which he lets go of it.
    """

    _timer = -1

    def __init__(self, seconds: float) -> None:
        """Raises AttributeError where the system has no such timer, and OSError where it gives none."""
        self._timer = _LIBRARY.timerfd_create(time.CLOCK_MONOTONIC, os.O_CLOEXEC)
        if self._timer < 0:
            raise OSError(ctypes.get_errno(), "The system gives no timer")
        self._time = ctypes.byref(_Time(first=_Span(*divmod(round(seconds * _NANOS), _NANOS))))

    def set(self) -> None:
        _LIBRARY.timerfd_settime(self._timer, 0, self._time, None)

    def wait(self) -> None:
        os.read(self._timer, 8)

    def __del__(self) -> None:
        if self._timer >= 0:
            os.close(self._timer)


class SleeperAlarm:
    """For any other system: sleeps, and sleeps again where it was put off."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due = 0.0
        self._is_set = threading.Event()

    def set(self) -> None:
        self._due = time.monotonic() + self._seconds
        self._is_set.set()

    def wait(self) -> None:
        self._is_set.wait()
        while (left := self._due - time.monotonic()) > 0:
            time.sleep(left)
        self._is_set.clear()


class _Span(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanos", ctypes.c_long))


class _Time(ctypes.Structure):
    """After how long it rings first, and how often after that (never)."""

    _fields_ = (("again", _Span), ("first", _Span))


_LIBRARY = ctypes.PyDLL(None, use_errno=True)
"""Of the kind that keeps the interpreter during a call."""
