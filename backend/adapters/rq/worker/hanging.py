"""Ends a process in which no thread gets its turn any more: something holds the interpreter's lock and does not let go."""

import faulthandler
import threading
from collections.abc import Callable

from backend.adapters.rq.worker.seams import WorkerControl

HANGS_AFTER_S = 10.0
"""Shorter than a lease: the process is gone when others take its jobs over."""
REARM_S = 1.0
_STANDARD_ERROR = 2


class HangWatch:
    """A duty of the pulse, though it does its work in a thread of its own, which waits for nothing but its turn.

    A watchdog in C ends the process, with the stacks of all threads on standard error and exit code 1, unless it is put off
    every second. So does a process that was suspended for that long, when it comes back: its leases are as good as gone.
    """

    every_s = 60.0

    def __init__(self, *, hangs_after_s: float = HANGS_AFTER_S, put_off: Callable[[float], None] | None = None) -> None:
        self._hangs_after_s = hangs_after_s
        self._put_off = put_off or _put_off
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, worker: WorkerControl) -> None:
        del worker
        self.say_hello()

    def say_hello(self) -> None:
        """Watch from now on: a job that holds the lock from its first line on would let no thread begin to watch."""
        if self._thread is None:
            self._put_off(self._hangs_after_s)
            self._thread = threading.Thread(target=self._loop, name="worker-hang-watch", daemon=True)
            self._thread.start()

    def say_goodbye(self) -> None:
        """A process that ends is not to be ended."""
        self._over.set()
        faulthandler.cancel_dump_traceback_later()

    def _loop(self) -> None:
        while not self._over.wait(REARM_S):
            self._put_off(self._hangs_after_s)


def _put_off(seconds: float) -> None:
    faulthandler.dump_traceback_later(seconds, exit=True, file=_STANDARD_ERROR)
