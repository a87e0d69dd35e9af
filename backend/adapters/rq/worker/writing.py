"""Writes claims and ends of many runs into the ledger at once; what others changed meanwhile is written one by one."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context

from msgspec import Struct

from backend.adapters.rq.worker.seams import Run
from backend.clock import Clock
from backend.errors import NotFound, Unavailable
from backend.queues import transitions
from backend.queues.errors import LeaseLost
from backend.queues.ledger import change
from backend.queues.platform import QueuePlatform
from backend.queues.ports import Delivery
from backend.queues.records import ACTIVE, Job, Lease
from backend.telemetry.logs import logger

log = logger("worker.writing")


class End(Struct, eq=False):
    """A run came to its end: what it makes of the job, and the context in which that is told."""

    run: Run
    transition: Callable[[Job], Job]
    context: Context | None = None


Cause = Delivery | End


class Entry(Struct):
    """What became of a claim or an end. `job` is as the ledger has it now, None where it has none; `ours`: we wrote it."""

    cause: Cause
    job: Job | None
    ours: bool


def given_back(run: Run, clock: Clock) -> End:
    """The end of a run that goes back into the line, not counted."""
    return End(run, lambda job: transitions.give_back(job, run.token, clock.now()))


class Writing:
    """One batch: plan every change on what is known, write them together, and look again where that was not up to date.

    Never raises for a ledger that is away: `error` says so, `refused` are the claims that were not begun, `left` the ends to be
    written later, and `doubtful` those that give back the claims of which only the ledger knows whether they were written.
    """

    def __init__(self, platform: QueuePlatform, lease: Lease, *, let_in: Callable[[Job], bool]) -> None:
        """`let_in` says of a claim whether it may be written now."""
        self._ledger = platform.outside.ledger
        self._clock = platform.outside.clock
        self._runner = platform.runner
        self.lease = lease
        self._let_in = let_in
        self._planned: dict[str, tuple[Cause, Job]] = {}
        self._alone: list[tuple[Cause, Job]] = []
        self.begun: list[tuple[Delivery, Job]] = []
        """Claims that are written, of jobs that may begin."""
        self.put_off: list[tuple[Delivery, Job]] = []
        """Claims of jobs that were not let in, as they wait; nothing is written of these."""
        self.done: list[Entry] = []
        self.left: list[End] = []
        self.doubtful: list[End] = []
        self.refused: Sequence[Delivery] = ()
        self.error: Unavailable | None = None
        self.took_s = 0.0
        """How long the ledger took for what was written together."""

    def write(self, claims: Sequence[Delivery], ends: Sequence[End]) -> None:
        """Write them all, as far as that is possible now; to be called once."""
        try:
            if claims:
                self._plan_claims(claims)
        except Unavailable as error:
            self.error, self.refused = error, claims
        for end in ends:
            self._plan_end(end)
        self._write_planned()
        for cause, job in self._alone:
            self._write_alone(cause, job)

    def _plan_claims(self, claims: Sequence[Delivery]) -> None:
        found = self._ledger.get_many([delivery.job_id for delivery in claims])
        now, begin = self._clock.now(), self._runner.begin
        for delivery in claims:
            job = found.get(delivery.job_id)
            claimed = begin(job, self.lease, now) if job is not None else None
            if claimed is None:
                self.done.append(Entry(delivery, job, ours=False))
            elif job is None or claimed.state is not ACTIVE or self._let_in(claimed):
                self._plan(delivery, claimed)
            else:
                self.put_off.append((delivery, job))

    def _plan_end(self, end: End) -> None:
        try:
            self._plan(end, end.transition(end.run.job))
        except Exception:
            log.debug("An end is looked at by itself", job_id=end.run.job.id, exc_info=True)
            self._alone.append((end, end.run.job))

    def _plan(self, cause: Cause, changed: Job) -> None:
        if changed.id in self._planned:
            self._alone.append((cause, changed))  # delivered twice: the second one looks when the first has been written
        else:
            self._planned[changed.id] = cause, changed

    def _write_planned(self) -> None:
        if not self._planned:
            return
        began = time.monotonic()
        written = self._save([job for _, job in self._planned.values()])
        self.took_s = time.monotonic() - began
        for job_id, (cause, planned) in self._planned.items():
            job = written.get(job_id)
            if job is None:
                self._alone.append((cause, planned))
            else:
                self._note(cause, job)

    def _note(self, cause: Cause, job: Job) -> None:
        """We wrote it."""
        if isinstance(cause, End) or job.state is not ACTIVE:
            self.done.append(Entry(cause, job, ours=True))
        else:
            self.begun.append((cause, job))

    def _save(self, jobs: Sequence[Job]) -> Mapping[str, Job]:
        try:
            return self._ledger.save_many(jobs)
        except Unavailable as error:
            self.error = error
        except Exception:
            log.exception("A batch could not be written: each job is written by itself", count=len(jobs))
        return {}

    def _write_alone(self, cause: Cause, planned: Job) -> None:
        try:
            if self.error is None:
                self._look_again(cause, planned.id)
                return
        except Unavailable as error:
            self.error = error
        if isinstance(cause, End):
            self.left.append(cause)
        else:
            self.doubtful.append(given_back(Run(cause, planned), self._clock))

    def _look_again(self, cause: Cause, job_id: str) -> None:
        try:
            written = self._change(cause, job_id)
            if written is None:
                self.done.append(Entry(cause, self._ledger.get(job_id), ours=False))
            else:
                self._note(cause, written)
        except NotFound:
            self.done.append(Entry(cause, None, ours=False))

    def _change(self, cause: Cause, job_id: str) -> Job | None:
        if not isinstance(cause, End):
            return change(self._ledger, job_id, lambda found: self._runner.begin(found, self.lease, self._clock.now()))
        try:
            return change(self._ledger, job_id, cause.transition)
        except LeaseLost:
            log.warning("The outcome was dropped: another run holds the job", job_id=job_id)
            return None
        except (Unavailable, NotFound):
            raise
        except Exception as error:
            # Such as a result that the store cannot hold: an attempt that failed, not a reason for the others to wait.
            log.exception("The outcome of a job could not be written", job_id=job_id)
            return self._fail(cause, error)

    def _fail(self, end: End, error: Exception) -> Job | None:
        try:
            return change(self._ledger, end.run.job.id, self._runner.failure(end.run.token, error))
        except LeaseLost:
            return None
