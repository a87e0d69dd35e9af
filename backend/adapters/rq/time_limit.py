"""Ends a job that takes too long, by an alarm signal in the worker's main thread."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from backend.queues.errors import JobTimedOut


@contextmanager
def alarm_limit(milliseconds: int) -> Iterator[None]:
    """Raise JobTimedOut inside the block once the time is over; 0 means no limit.

    Python code, sleeps and socket calls are interrupted at once; a long call into C only when it returns. RQ's own alarm
    counts whole seconds, covers the write of the outcome too, and raises what a job's `except Exception` swallows.
    """
    if not milliseconds:
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise JobTimedOut(milliseconds)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, milliseconds / 1000)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
