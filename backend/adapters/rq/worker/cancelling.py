"""Ends a running job by force: one that was cancelled and goes on, one that is another worker's, one that no exception reaches."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.overseer import REPLACE
from backend.adapters.rq.worker.seams import Run, WorkerControl
from backend.clock import Clock
from backend.errors import Unavailable
from backend.queues.errors import JobCancelled, JobStopped
from backend.queues.leases import LeaseKeeper
from backend.queues.ports import Ledger
from backend.queues.records import Job
from backend.telemetry.logs import logger

PATIENCE = timedelta(seconds=10)
"""So long a cancelled job may take to come to a check point and to tidy up."""
log = logger("worker.cancel")


def is_current(worker: WorkerControl, run: Run) -> bool:
    """Whether its thread runs it still: it may have gone on to another run before the end of this one is known."""
    same = [each for each in worker.runs() if each.thread == run.thread]
    return run in same and all(each.since <= run.since for each in same)


def stop_run(worker: WorkerControl, limits: Limits, run: Run, error: BaseException) -> bool:
    """Raise the error in the thread of the run, and never in another run; False where there was nothing to raise it in."""
    return bool(run.thread) and limits.stop(run.thread, error, only_if=lambda: is_current(worker, run))


def interruption(limits: Limits) -> Callable[[WorkerControl, Run], object]:
    """Ends a run whose worker has no more time, so that none of its code runs on when the job is another worker's."""
    return lambda worker, run: stop_run(worker, limits, run, JobStopped())


class CancelWatch:
    """A duty of the pulse: stops what was cancelled `PATIENCE` ago and still runs."""

    every_s = 1.0

    def __init__(self, ledger: Ledger, clock: Clock, limits: Limits, *, patience: timedelta = PATIENCE) -> None:
        self._ledger = ledger
        self._clock = clock
        self._limits = limits
        self._patience = patience

    def __call__(self, worker: WorkerControl) -> None:
        runs = worker.runs()
        if not runs:
            return
        latest = self._clock.now() - self._patience
        jobs = self._read(runs_by_id := {run.job.id: run for run in runs})
        for job_id, job in jobs.items():
            run = runs_by_id[job_id]
            asked = job.cancel_at is not None and job.cancel_at <= latest
            is_ours = job.lease is not None and job.lease.token == run.token
            if asked and is_ours and stop_run(worker, self._limits, run, JobCancelled(job.cancel_by)):
                log.warning("A cancelled job is stopped by force", job_id=job_id, by=job.cancel_by)

    def _read(self, runs: Mapping[str, Run]) -> Mapping[str, Job]:
        try:
            return self._ledger.get_many(list(runs))
        except Unavailable:
            return {}


class LostRuns:
    """A duty of the pulse: interrupts the runs whose lease was lost, as another worker has the job, or will have it."""

    every_s = 1.0

    def __init__(self, keeper: LeaseKeeper, limits: Limits) -> None:
        self._keeper = keeper
        self._limits = limits

    def __call__(self, worker: WorkerControl) -> None:
        runs = worker.runs()
        held = set(self._keeper.held())  # asked for after the runs: each is held before it is one of them
        for run in runs:
            if (run.job.id, run.token) not in held and stop_run(worker, self._limits, run, JobStopped()):
                log.warning("A run that lost its lease is interrupted", job_id=run.job.id)


class HungRuns:
    """A duty of the pulse: a run that was told to end and does not is written as ended, and the process is replaced.

    It hangs in a call that no exception reaches, and its thread would never come back.
    """

    every_s = 1.0

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def __call__(self, worker: WorkerControl) -> None:
        hung = [
            (run, overdue.error)
            for overdue in self._limits.overdue()
            for run in worker.runs()
            if run.thread == overdue.thread and run.since <= overdue.told_at and is_current(worker, run)
        ]
        for run, error in hung:
            log.error("A job does not end: the worker is replaced", job_id=run.job.id, job_type=run.job.type, reason=str(error))
            worker.end_run(run, error)
        if hung:
            worker.leave(REPLACE)
