"""Takes jobs out of queues on purpose: what is old, what waits, or everything; in chunks, and says what it left and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from backend.errors import Conflict, FieldError, InvalidInput
from backend.queues.circuit import Circuit
from backend.queues.errors import BrokerUnavailable
from backend.queues.events import cleaned
from backend.queues.middleware import MiddlewareList
from backend.queues.names import require_queue
from backend.queues.ports import JobFilter, Outside
from backend.queues.records import Job, JobState
from backend.telemetry.logs import logger

CHUNK = 500
IDS_AT_MOST = 1_000
_MOMENT = timedelta(milliseconds=1)
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
Told = Callable[[int], object]
"""Hears how many are done so far, after each chunk of long work."""
_STATES = {
    "wait": JobState.WAITING,
    "waiting": JobState.WAITING,
    "paused": JobState.WAITING,
    "delayed": JobState.DELAYED,
    "completed": JobState.COMPLETED,
    "failed": JobState.FAILED,
}
log = logger("queues.cleaning")


@dataclass(frozen=True)
class Cleaned:
    """What was removed: `ids` names the first 1,000. `skipped` says how many of that state stay, by the reason."""

    queue: str
    type: str
    removed: int
    ids: tuple[str, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        skipped = "".join(f", skipped {count} because {reason}" for reason, count in self.skipped.items())
        return f"{self.queue}: removed {self.removed} {self.type} jobs{skipped}"

    def to_json(self) -> dict[str, Any]:
        return {"queue": self.queue, "type": self.type, "removed": self.removed, "ids": list(self.ids), "skipped": dict(self.skipped)}


class Cleaning:
    """For one queue by name; an unknown one raises NotFound. The ledger goes first, so that Redis never has what it lacks."""

    def __init__(self, outside: Outside, *, circuit: Circuit, middleware: MiddlewareList) -> None:
        self._ledger = outside.ledger
        self._broker = outside.broker
        self._pauses = outside.pauses
        self._clock = outside.clock
        self._enable_queue = outside.enable_queue
        self._circuit = circuit
        self._middleware = middleware

    def clean(self, queue: str, state: str, *, grace: timedelta, limit: int = 0, told: Told = int) -> Cleaned:
        """Remove jobs in that state (Bull's names, `wait` or `waiting`) that are at least `grace` old, oldest or next to run first.

        The age counts from the end of a job, or from its making where it has not ended. `limit` 0 means all. What a running
        job or an unreported failure needs stays. `told` hears how many are gone. Raises InvalidInput for a state that cannot be cleaned.
        """
        require_queue(queue)
        kept = self._state(state)
        if limit < 0:
            raise _invalid("limit", "give 0 for all, or how many at most")
        if state == "paused" and queue not in self._pauses.paused():
            return Cleaned(queue, state, 0, skipped={"the queue is not paused": self._left(queue, kept)})
        removed, ids = self._remove(queue, kept, self._clock.now() - grace + _MOMENT, limit, told)
        self._tell(queue, state, removed, ids)
        return Cleaned(queue, state, removed, ids, self._skipped(queue, kept, limited=0 < limit == removed))

    def empty(self, queue: str, *, delayed: bool = True, told: Told = int) -> Cleaned:
        """Remove what waits and, unless told otherwise, what is delayed. A pause stays in force; running jobs go on."""
        require_queue(queue)
        now = self._clock.now() + _MOMENT
        parts = [self._remove(queue, state, now, 0, told) for state in (JobState.WAITING, JobState.DELAYED)[: 1 + delayed]]
        removed, ids = sum(part[0] for part in parts), tuple(job_id for part in parts for job_id in part[1])[:IDS_AT_MOST]
        self._tell(queue, "waiting", removed, ids)
        return Cleaned(queue, "waiting", removed, ids, {} if delayed else self._skipped_delayed(queue))

    def obliterate(self, queue: str, *, by: str = "", force: bool = False, told: Told = int) -> Cleaned:
        """Remove every job of the queue with its history. The queue is paused meanwhile, and afterwards as it was before.

        Raises Conflict while jobs run there, unless `force`: then these go too, and what they return is dropped.
        """
        require_queue(queue)
        was_paused = queue in self._pauses.paused()
        if not was_paused:
            self._pauses.pause([queue], by=by, at=self._clock.now(), reason="obliterate")
        try:
            # Not `counts`, which may be a minute old where jobs are very many.
            active = len(self._ledger.page(JobFilter(queue=queue, state=JobState.ACTIVE), limit=CHUNK).items)
            if active and not force:
                raise Conflict(f"{queue} has {active} active jobs: wait for them, cancel them, or force it")
            removed, ids = self._remove_all(queue, told)
        finally:
            if not was_paused:
                self._pauses.resume([queue])
        log.warning("A queue was obliterated", queue_name=queue, removed=removed, by=by)
        self._tell(queue, "all", removed, ids)
        return Cleaned(queue, "all", removed, ids)

    def _remove(self, queue: str, state: JobState, before: datetime, limit: int, told: Told) -> tuple[int, tuple[str, ...]]:
        removed, ids = 0, list[str]()
        while not limit or removed < limit:
            jobs = self._ledger.removable(queue, state, before, min(CHUNK, limit - removed) if limit else CHUNK)
            gone = self._forget(queue, jobs)
            removed += len(gone)
            ids += gone[: IDS_AT_MOST - len(ids)]
            told(removed)
            if not gone:
                break
        return removed, tuple(ids)

    def _remove_all(self, queue: str, told: Told) -> tuple[int, tuple[str, ...]]:
        removed, ids, cursor = 0, list[str](), None
        while True:
            page = self._ledger.page(JobFilter(queue=queue), cursor=cursor, limit=CHUNK)
            gone = self._forget(queue, list(page.items))
            removed += len(gone)
            ids += gone[: IDS_AT_MOST - len(ids)]
            told(removed)
            cursor = page.next
            if cursor is None:
                return removed, tuple(ids)

    def _forget(self, queue: str, jobs: Sequence[Job]) -> list[str]:
        if not jobs:
            return []
        gone = self._ledger.remove(jobs)
        if self._enable_queue and self._circuit.allows():
            self._forget_tickets(queue, list(gone))
        return [job.id for job in jobs if job.id in gone]

    def _forget_tickets(self, queue: str, job_ids: Sequence[str]) -> None:
        """A ticket that stays in Redis, its job not being in the ledger, is thrown away by the worker that draws it."""
        try:
            self._broker.forget(queue, job_ids)
        except BrokerUnavailable as error:
            self._circuit.failed(error)
            log.info("Redis keeps the tickets of removed jobs until they are drawn", queue_name=queue, error=str(error))
        else:
            self._circuit.succeeded()

    def _tell(self, queue: str, type: str, removed: int, ids: tuple[str, ...]) -> None:
        log.info("Jobs were removed", queue_name=queue, type=type, count=removed)
        if removed:
            self._middleware.happened(cleaned(queue, self._clock.now(), count=removed, type=type, ids=ids))

    def _skipped(self, queue: str, state: JobState, *, limited: bool) -> dict[str, int]:
        left = self._left(queue, state)
        if state is not JobState.FAILED:
            return _reasons({"the limit was reached" if limited else "they are younger": left})
        unreported = sum(job.queue == queue for job in self._ledger.unreported(_END_OF_TIME, CHUNK))
        reason = "the limit was reached" if limited else "they are younger"
        return _reasons({reason: max(0, left - unreported), "their failure has not been reported yet": min(left, unreported)})

    def _skipped_delayed(self, queue: str) -> dict[str, int]:
        return _reasons({"they are delayed": self._left(queue, JobState.DELAYED)})

    def _left(self, queue: str, state: JobState) -> int:
        return self._ledger.counts().get((queue, state), 0)

    @staticmethod
    def _state(name: str) -> JobState:
        if name not in _STATES:
            cure = "cancel running jobs instead" if name == "active" else f"the states are {', '.join(_STATES)}"
            raise _invalid("state", f"{name!r} cannot be cleaned: {cure}")
        return _STATES[name]


def _reasons(counts: Mapping[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in counts.items() if count}


def _invalid(field_name: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field_name}: {message}", errors=(FieldError(field_name, message, "INVALID"),))
