"""Compares ledger and broker in both directions, says every difference, and mends those it is asked to: the ledger is right."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backend.clock import Clock
from backend.errors import NotFound
from backend.queues.errors import UnreadableJob
from backend.queues.ledger import ticket_for
from backend.queues.names import QUEUES
from backend.queues.ports import Broker, Delivery, Holding, Ledger, Outside
from backend.queues.records import Job, JobState
from backend.queues.recovery import GRACE
from backend.queues.transitions import is_suspect
from backend.telemetry.logs import logger

Kind = Literal["missing", "misplaced", "finished", "unknown", "nowhere", "damaged", "unreadable"]
PAGE = 500
CURES: dict[str, str] = {
    "missing": "the ledger has it, Redis does not: it is handed over again",
    "misplaced": "it waits in Redis where the ledger says delayed, or the other way round: it is handed over again",
    "finished": "it has ended, and Redis still holds it: Redis forgets it",
    "unknown": "the ledger does not have it: Redis forgets it",
    "nowhere": "Redis shows it in no queue: Redis forgets it, or it is handed over again",
    "damaged": "its key in Redis holds something else: Redis forgets it",
    "unreadable": "its document in the ledger cannot be read: mend it by hand",
}
log = logger("queues.reconcile")


@dataclass(frozen=True)
class Difference:
    """One job about which ledger and Redis do not agree."""

    kind: Kind
    job_id: str
    queue: str
    ledger: str = ""
    redis: str = ""

    def to_json(self) -> dict[str, str]:
        return {
            "kind": self.kind,
            "jobId": self.job_id,
            "queue": self.queue,
            "ledger": self.ledger,
            "redis": self.redis,
            "cure": CURES[self.kind],
        }


@dataclass(frozen=True)
class Reconciliation:
    """What was compared and found, and how much of it was mended."""

    pending: int
    held: int
    differences: Sequence[Difference]
    mended: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "pendingInLedger": self.pending,
            "heldByRedis": self.held,
            "differences": [difference.to_json() for difference in self.differences],
            "mended": self.mended,
        }


class Reconciler:
    """Looks only at what has stood still for some seconds: what is on its way is no difference."""

    def __init__(self, outside: Outside) -> None:
        self._ledger: Ledger = outside.ledger
        self._broker: Broker = outside.broker
        self._clock: Clock = outside.clock

    def compare(self, *, fix: bool = False, told: Callable[[int], object] = int) -> Reconciliation:
        """Find every difference and, with `fix`, mend it; `told` hears how many jobs of the ledger were compared.

        Raises Unavailable while ledger or Redis is away.
        """
        held: dict[str, list[Holding]] = defaultdict(list)
        for holding in self._broker.census():
            held[holding.job_id].append(holding)
        count = len(held)
        pending = 0
        differences: list[Difference] = []
        for jobs in self._pending():
            pending += len(jobs)
            differences += self._of_ledger(jobs, held)
            told(pending)
        differences += [found for job_id, places in held.items() if (found := self._of_redis(job_id, places))]
        mended = sum(map(self._mend, differences)) if fix else 0
        if differences:
            log.warning("Ledger and Redis differ", differences=len(differences), mended=mended)
        return Reconciliation(pending, count, differences, mended)

    def _pending(self) -> Iterator[Sequence[Job]]:
        cursor = None
        while True:
            page = self._ledger.pending(cursor=cursor, limit=PAGE)
            yield page.items
            cursor = page.next
            if cursor is None:
                return

    def _of_ledger(self, jobs: Sequence[Job], held: dict[str, list[Holding]]) -> Iterator[Difference]:
        """Takes what both know out of `held`, so that it ends with what only Redis knows."""
        settled = [job for job in jobs if (job.updated_at or job.created_at) + GRACE <= self._clock.now()]
        suspects = []
        for job in jobs:
            places = {holding.place for holding in held.pop(job.id, [])}
            if job in settled and not places & {"waiting", "delayed", "inFlight"}:
                suspects.append(job)
            elif job in settled and _is_misplaced(job, places, early=job.due_at - GRACE > self._clock.now()):
                yield Difference("misplaced", job.id, job.queue, job.state.value, ", ".join(sorted(places)))
        # The census was taken before: whatever has come meanwhile is not missing.
        missing = self._broker.missing(job.id for job in suspects) if suspects else ()
        yield from (Difference("missing", job.id, job.queue, job.state.value) for job in suspects if job.id in missing)

    def _of_redis(self, job_id: str, places: Sequence[Holding]) -> Difference | None:
        """What Redis holds and the ledger does not name as pending."""
        where, queue = ", ".join(sorted({holding.place for holding in places})), places[0].queue
        try:
            job = self._ledger.get(job_id)
        except UnreadableJob:
            return Difference("unreadable", job_id, queue, redis=where)
        except NotFound:
            return Difference("damaged" if where == "damaged" else "unknown", job_id, queue, redis=where)
        if job.state is JobState.ACTIVE or (job.updated_at or job.created_at) + GRACE > self._clock.now():
            return None  # its run, or the lease of its run, decides
        if job.finished:
            return Difference("finished", job_id, job.queue, job.state.value, where)
        return Difference("nowhere", job_id, job.queue, job.state.value, where) if where in ("nowhere", "damaged") else None

    def _mend(self, difference: Difference) -> bool:
        if difference.kind == "unreadable":
            return False
        try:
            job: Job | None = self._ledger.get(difference.job_id)
        except NotFound:
            job = None
        if job is not None and not job.finished:
            if job.state is not JobState.ACTIVE:
                self._broker.hand_over([ticket_for(job)])
            return True
        for queue in [difference.queue] if difference.queue in QUEUES else QUEUES:
            self._broker.forget(queue, [difference.job_id])
            if "inFlight" in difference.redis:
                self._broker.release(Delivery(difference.job_id, queue))
        return True


def _is_misplaced(job: Job, places: Iterable[str], *, early: bool) -> bool:
    """A delayed job that stands in line long before it is due, or a waiting one that is only among the delayed."""
    if job.state is JobState.DELAYED:
        return early and "waiting" in places
    return set(places) == {"delayed"} and not is_suspect(job)  # one that a worker has put off waits among the delayed
