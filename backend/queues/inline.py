"""Runs a job in its caller, now: every attempt in turn, with waits that cannot starve the web."""

import time
from collections.abc import Callable

from backend.clock import Clock
from backend.queues.ports import Ledger
from backend.queues.records import Job
from backend.queues.runner import Runner

INLINE_WORKER = "inline"
TOTAL_WAIT_S = 1.0
"""All waits between the attempts of one inline job together; the backoff of a queue is cut down to its share of this."""


class InlineExecutor:
    """The caller as a worker. A time-out cannot end a job here: the services that it calls have time-outs of their own."""

    def __init__(self, runner: Runner, ledger: Ledger, clock: Clock, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._runner = runner
        self._ledger = ledger
        self._clock = clock
        self._sleep = sleep

    def run(self, job_id: str, reason: str) -> Job:
        """Run until the job has completed or is dead, and return it; or return it as it is where another runs it."""
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
