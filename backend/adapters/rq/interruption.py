"""Stops the job in the worker's main thread from another thread, by a signal, as the alarm of a time limit does."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

from backend.adapters.rq.time_limit import alarm_limit
from backend.errors import NotFound, Unavailable
from backend.queues.errors import JobCancelled
from backend.queues.platform import QueuePlatform
from backend.queues.records import Job
from backend.telemetry.logs import logger

PATIENCE = timedelta(seconds=10)
log = logger("worker.cancel")


class Interruption:
    """Only a job's own function is interrupted, never the write of its outcome: a request outside of it does nothing."""

    def __init__(self) -> None:
        self._open = False
        self._asked: JobCancelled | None = None

    def listen(self) -> None:
        """Take the signal; called once, in the main thread."""
        signal.signal(signal.SIGUSR1, self._ring)

    @contextmanager
    def limit(self, milliseconds: int) -> Iterator[None]:
        """A `TimeLimit` whose block `stop` can end, too, with JobCancelled."""
        self._asked = None
        with alarm_limit(milliseconds):
            self._open = True
            try:
                yield
            finally:
                self._open = False

    def stop(self, by: str) -> None:
        """End the block that is open now, if one is; safe from any thread."""
        self._asked = JobCancelled(by)
        main = threading.main_thread().ident
        if self._open and main is not None:
            signal.pthread_kill(main, signal.SIGUSR1)

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        asked, self._asked = self._asked, None
        if self._open and asked is not None:
            raise asked


class CancelWatch:
    """Ends what was cancelled and does not stop by itself: after `PATIENCE` by an exception, after twice that with the process.

    The second is for a call into C that never returns; the job's lease runs out then, and it is not run again.
    """

    def __init__(self, platform: QueuePlatform, interruption: Interruption, leave: Callable[[int], object]) -> None:
        self._platform = platform
        self._interruption = interruption
        self._leave = leave

    def look(self) -> None:
        """Look once at what runs in this process; never raises."""
        for job_id, _token in self._platform.keeper.held():
            try:
                job = self._platform.outside.ledger.get(job_id)
            except (Unavailable, NotFound):
                continue
            if job.cancel_at is not None and job.lease is not None:
                self._end(job, self._platform.outside.clock.now() - job.cancel_at)

    def _end(self, job: Job, waited: timedelta) -> None:
        if waited >= 2 * PATIENCE:
            log.error("A cancelled job cannot be stopped: the worker ends", job_id=job.id)
            self._leave(1)
        elif waited >= PATIENCE:
            log.warning("A cancelled job is stopped by force", job_id=job.id, by=job.cancel_by)
            self._interruption.stop(job.cancel_by)
