"""Runs a job in its caller, now: every attempt in turn, with waits that cannot starve the web."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from backend.clock import Clock
from backend.queues.ports import Ledger
from backend.queues.records import Job
from backend.queues.runner import Runner

INLINE_WORKER = "inline"
DEFAULT_LIMIT = 8
TOTAL_WAIT_S = 1.0
"""All waits between the attempts of one inline job together; the backoff of a queue is cut down to its share of this."""


class _Here(threading.local):
    """Whether this thread runs a job for its caller."""

    runs = False


class InlineExecutor:
    """The caller as a worker. A time-out cannot end a job here: the services that it calls have time-outs of their own.

    At most `limit` callers of this process run jobs at once, so that threads are left for those who only want an answer.
    """

    def __init__(
        self, runner: Runner, ledger: Ledger, clock: Clock, *, limit: int = DEFAULT_LIMIT, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._runner = runner
        self._ledger = ledger
        self._clock = clock
        self._sleep = sleep
        self._limit = limit
        self._places = threading.Semaphore(limit)
        self._here = _Here()

    @property
    def limit(self) -> int:
        return self._limit

    @property
    def runs_here(self) -> bool:
        """Whether this thread runs a job for its caller at this moment."""
        return self._here.runs

    def run(self, job_id: str, reason: str) -> Job | None:
        """Run until the job has completed or is dead, and return it; or return it as it is where another runs it.

        None, at once and with nothing done, where as many callers run jobs as may.
        """
        with self._place() as is_mine:
            return self._run(job_id, reason) if is_mine else None

    @contextmanager
    def _place(self) -> Iterator[bool]:
        """A place among those who run; what a job submits while it runs here belongs to the place of that job."""
        nested = self.runs_here
        if not nested and not self._places.acquire(blocking=False):
            yield False
            return
        self._here.runs = True
        try:
            yield True
        finally:
            if not nested:
                self._here.runs = False
                self._places.release()

    def _run(self, job_id: str, reason: str) -> Job:
        budget = TOTAL_WAIT_S
        while True:
            job = self._runner.run(job_id, worker=INLINE_WORKER, inline_reason=reason)
            if job is None:
                return self._ledger.get(job_id)
            if job.finished:
                return job
            wait = self._wait(job, budget)
            budget -= wait
            self._sleep(wait)

    def _wait(self, job: Job, budget: float) -> float:
        left = max(1, job.options.attempts - job.failures)
        wanted = max(0.0, (job.due_at - self._clock.now()).total_seconds())
        return min(wanted, budget / left)
