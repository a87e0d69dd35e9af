"""What an administrator does with single jobs: retry, promote, discard, cancel, remove, change, read their log."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.errors import Conflict, FieldError, InvalidInput, NotFound
from backend.queues import events, interventions
from backend.queues.circuit import Circuit
from backend.queues.cleaning import Told
from backend.queues.dead_letters import DeadLetters
from backend.queues.errors import BrokerUnavailable
from backend.queues.kept_lines import with_line
from backend.queues.ledger import change, ticket_for
from backend.queues.middleware import MiddlewareList
from backend.queues.names import require_queue
from backend.queues.ports import JobFilter, Outside
from backend.queues.records import PENDING, Job, JobState
from backend.queues.registry import Registry
from backend.queues.selecting import Selection
from backend.telemetry.logs import logger

CHUNK = 500
log = logger("queues.jobs")


@dataclass(frozen=True)
class JobLog:
    """Lines of a job's own log, and how many it has."""

    lines: Sequence[str]
    count: int


class JobControl:
    """Every method raises NotFound for an unknown job, Conflict where its state forbids the act, and Unavailable while the ledger
    is away. Redis may be away: what it has to know is then told by the relay."""

    def __init__(
        self, outside: Outside, *, circuit: Circuit, registry: Registry, dead_letters: DeadLetters, middleware: MiddlewareList
    ) -> None:
        self._ledger = outside.ledger
        self._broker = outside.broker
        self._pauses = outside.pauses
        self._clock = outside.clock
        self._enable_queue = outside.enable_queue
        self._circuit = circuit
        self._registry = registry
        self._dead_letters = dead_letters
        self._middleware = middleware

    def state(self, job_id: str) -> str:
        """Bull's state of the job: also `paused`, and `stuck` for one that should be in Redis and is not (the relay mends it)."""
        job = self._ledger.get(job_id)
        if job.state not in PENDING:
            return job.state.value
        if self._enable_queue and self._is_missing(job_id):
            return "stuck"
        return "paused" if job.state is JobState.WAITING and job.queue in self._pauses.paused() else job.state.value

    def in_redis(self, job_id: str) -> str:
        """What Redis shows of the job beside the ledger: a state, `nothing`, `away` where it does not answer, `off` without a queue."""
        if not self._enable_queue:
            return "off"
        try:
            shown = self._broker.seen(job_id)
        except BrokerUnavailable:
            return "away"
        return shown.value if shown else "nothing"

    def retry(self, job_id: str, *, fresh: bool = False, by: str = "") -> Job:
        """Put a failed job back into line at its own priority: for one more attempt, or with `fresh` for all of them anew."""
        job = self._change(job_id, lambda found: interventions.retry_by_hand(found, self._clock.now(), fresh=fresh, by=by))
        self.hand_over([job])
        return job

    def retry_all(self, queue: str | None = None, *, fresh: bool = False, limit: int = 0, by: str = "", told: Told = int) -> int:
        """Retry every failed job that was not discarded, of one queue where it is named, the first to fail first; `limit` 0 means all.
        `told` hears how many were looked at."""
        ids = self._ids(JobFilter(queue=_known(queue), state=JobState.FAILED))[: limit or None]
        return self._each(ids, lambda found: interventions.retry_by_hand(found, self._clock.now(), fresh=fresh, by=by), told)

    def promote(self, job_id: str, *, by: str = "") -> Job:
        """Let a delayed job run now, at its own priority."""
        job = self._change(job_id, lambda found: interventions.promote(found, self._clock.now(), by=by))
        self.hand_over([job])
        return job

    def promote_all(self, queue: str | None = None, *, by: str = "", told: Told = int) -> int:
        """Promote every delayed job, of one queue where it is named."""
        ids = self._ids(JobFilter(queue=_known(queue), state=JobState.DELAYED))
        return self._each(ids, lambda found: interventions.promote(found, self._clock.now(), by=by), told)

    def discard(self, job_id: str, *, by: str = "") -> Job:
        """Do not try the job again after its next failure."""
        return self._change(job_id, lambda found: interventions.discard(found, self._clock.now(), by=by))

    def cancel(self, job_id: str, *, by: str = "") -> Job:
        """End a job that waits: it fails as cancelled. Ask a running one to stop: at its next check point, or by force after a
        while in a worker. Who listens for the death of such jobs is told."""
        listens = self._dead_letters.listens(self._ledger.get(job_id).type)
        job = self._change(job_id, lambda found: interventions.cancel(found, self._clock.now(), by=by, on_dead=listens))
        log.info("A job was cancelled", job_id=job.id, state=job.state.value, by=by)
        if job.finished:
            self._forget([job])
            self._middleware.ended(job)
            self._dead_letters.report(job)
        return job

    def remove(self, job_id: str, *, by: str = "") -> bool:
        """Forget the job and its history; False where it was gone already. Raises Conflict while it runs: cancel it first."""
        try:
            job = self._ledger.get(job_id)
        except NotFound:
            return False
        if job.state is JobState.ACTIVE:
            raise Conflict(f"Could not remove job {job_id}: it runs. Cancel it first")
        return self._removed([job], by) == 1

    def count_matching(self, chosen: Selection) -> int:
        """How many jobs are in the selection now."""
        return sum(len(jobs) for jobs in self._matching(chosen))

    def remove_matching(self, chosen: Selection, *, by: str = "", told: Told = int) -> int:
        """Forget every job of the selection and its history; returns how many. One that begins to run meanwhile stays."""
        removed = 0
        for jobs in self._matching(chosen):
            removed += self._removed(jobs, by) if jobs else 0
            told(removed)
        return removed

    def update_data(self, job_id: str, data: Mapping[str, Any], *, by: str = "") -> Job:
        """Give a job that has not finished other data, from its next attempt on. Raises InvalidInput where its type refuses it."""
        payload = self._registry.get(self._ledger.get(job_id).type).read(data).model_dump(mode="json")
        return self._change(job_id, lambda found: interventions.update_data(found, payload, self._clock.now(), by=by))

    def set_progress(self, job_id: str, value: float | Mapping[str, Any]) -> Job:
        """Set the progress, a number or a JSON object, from outside of the run."""
        if isinstance(value, bool) or not isinstance(value, (int, float, Mapping)):
            message = "give a number or an object"
            raise InvalidInput(f"progress: {message}", errors=(FieldError("progress", message),))
        now = self._clock.now()
        job = self._change(job_id, lambda found: interventions.with_progress(found, value, now))
        self._middleware.happened(events.progress(job, value, now))
        return job

    def logs(self, job_id: str, start: int = 0, end: int = -1, *, newest_first: bool = False) -> JobLog:
        """Lines `start` to `end`, both included, negative ones counted from the back, as Bull does."""
        lines = list(self._ledger.get(job_id).log)
        if newest_first:
            lines.reverse()
        stop = None if end == -1 else end + 1
        return JobLog(lines[start:stop], len(lines))

    def add_log(self, job_id: str, text: str) -> int:
        """Add one line to the job's log; returns how many it has. The oldest make room."""
        return len(self._change(job_id, lambda found: with_line(found, text)).log)

    def hand_over(self, jobs: Sequence[Job]) -> None:
        """Tell listeners, and Redis where it answers, of jobs that wait again."""
        for job in jobs:
            self._middleware.happened(events.waiting(job))
        if jobs and self._enable_queue and self._circuit.allows():
            self._reach(lambda: self._broker.hand_over([ticket_for(job) for job in jobs]))

    def _change(self, job_id: str, transform: Callable[[Job], Job]) -> Job:
        changed = change(self._ledger, job_id, transform)
        assert changed is not None  # these transitions raise instead of declining
        return changed

    def _each(self, ids: Sequence[str], transform: Callable[[Job], Job], told: Told) -> int:
        """Change what is still in the right state, and hand it over in batches."""
        done = 0
        for at in range(0, len(ids), CHUNK):
            changed = [job for job in (self._try(job_id, transform) for job_id in ids[at : at + CHUNK]) if job is not None]
            self.hand_over(changed)
            done += len(changed)
            told(min(at + CHUNK, len(ids)))
        return done

    def _try(self, job_id: str, transform: Callable[[Job], Job]) -> Job | None:
        try:
            return self._change(job_id, transform)
        except (Conflict, NotFound):
            return None  # somebody else was faster

    def _pages(self, where: JobFilter) -> Iterator[Sequence[Job]]:
        cursor = None
        while True:
            page = self._ledger.page(where, cursor=cursor, limit=CHUNK)
            yield page.items
            cursor = page.next
            if cursor is None:
                return

    def _matching(self, chosen: Selection) -> Iterator[Sequence[Job]]:
        now = self._clock.now()
        return ([job for job in page if chosen.holds(job, now)] for page in self._pages(chosen.filter))

    def _ids(self, where: JobFilter) -> list[str]:
        """The ids of all that match and were not discarded as dead letters, oldest first."""
        return [job.id for page in self._pages(where) for job in page if not job.dropped][::-1]

    def _removed(self, jobs: Sequence[Job], by: str) -> int:
        gone = self._ledger.remove(jobs)
        removed = [job for job in jobs if job.id in gone]
        self._forget(removed)
        for job in removed:
            log.info("A job was removed", job_id=job.id, job_type=job.type, state=job.state.value, by=by)
            self._middleware.happened(events.removed(job, self._clock.now()))
        return len(removed)

    def _forget(self, jobs: Sequence[Job]) -> None:
        for queue in {job.queue for job in jobs}:
            ids = [job.id for job in jobs if job.queue == queue]
            if self._enable_queue and self._circuit.allows():
                self._reach(lambda queue=queue, ids=ids: self._broker.forget(queue, ids))  # type: ignore[misc]

    def _is_missing(self, job_id: str) -> bool:
        return self._circuit.allows() and bool(self._reach(lambda: self._broker.missing([job_id])))

    def _reach(self, call: Callable[[], Any]) -> Any:
        """Ask Redis once; None where it does not answer, which the circuit remembers."""
        try:
            answer = call()
        except BrokerUnavailable as error:
            self._circuit.failed(error)
            return None
        self._circuit.succeeded()
        return answer


def _known(queue: str | None) -> str | None:
    return None if queue is None else require_queue(queue)
