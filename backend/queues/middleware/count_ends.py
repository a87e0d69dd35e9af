"""Counts the jobs that end, by the minute, and writes the numbers down now and then for all processes together."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from backend.clock import Clock
from backend.errors import Unavailable
from backend.queues.metrics import KEPT_MINUTES, minute_of
from backend.queues.middleware.base import Middleware
from backend.queues.ports import EndCounts, EndedIn
from backend.queues.records import Job, JobState
from backend.telemetry.logs import logger

EVERY_S = 5.0
"""So long the numbers of a process wait, and so many of them are lost where it is killed."""
Later = Callable[[float, Callable[[], None]], object]
log = logger("queues.metrics")


def in_a_thread(seconds: float, act: Callable[[], None]) -> None:
    """Call it once, so many seconds from now; a process that has nothing else to do does not wait for it."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


class CountEnds(Middleware):
    """One write for each stretch of time in which jobs ended, none for a job and none while nothing happens.

    Without a place to keep them the numbers are those of this process.
    """

    def __init__(self, kept: EndCounts | None, clock: Clock, *, later: Later = in_a_thread) -> None:
        self._kept = kept
        self._clock = clock
        self._later = later
        self._lock = threading.Lock()
        self._pending: Counter[EndedIn] = Counter()
        self._is_due = False
        self._tidied = 0

    def ended(self, job: Job) -> None:
        if job.finished_at is None:
            return
        with self._lock:
            self._pending[job.queue, job.state, minute_of(job.finished_at)] += 1
            is_first, self._is_due = not self._is_due, True
        if is_first and self._kept is not None:
            self._later(EVERY_S, self._flush)

    def of(self, queue: str, state: JobState) -> Mapping[int, int]:
        """The numbers of the last 48 hours by minute, those of this process up to now. May raise Unavailable."""
        since = minute_of(self._clock.now()) - KEPT_MINUTES
        if self._kept is not None:
            self.flush()
            return self._kept.of(queue, state, since)
        with self._lock:
            return {minute: count for (*where, minute), count in self._pending.items() if where == [queue, state] and minute >= since}

    def flush(self) -> None:
        """Write down what was counted since the last time. May raise Unavailable: it is written the next time then."""
        if self._kept is None:
            return
        with self._lock:
            counts, self._pending, self._is_due = self._pending, Counter(), False
        if not counts:
            return
        try:
            self._kept.add(counts)
        except Exception:
            with self._lock:
                self._pending.update(counts)
            raise
        self._tidy(self._kept)

    def _tidy(self, kept: EndCounts) -> None:
        now = minute_of(self._clock.now())
        if now // 60 != self._tidied:
            kept.forget(now - KEPT_MINUTES)
            self._tidied = now // 60

    def _flush(self) -> None:
        try:
            self.flush()
        except Unavailable as error:
            log.info("Numbers by the minute are written with those of the next job that ends", detail=str(error))
        except Exception:
            # Nobody waits for this thread, who would hear of it otherwise.
            log.exception("Numbers by the minute could not be written")
