"""The ledger of jobs on the document port: collection `jobs`."""

from collections.abc import Collection as Many
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from msgspec.structs import replace

from backend.adapters.documents.job_documents import ASIDE, DEAD, DROPPED, MARKS, from_document, lane, lanes_of_failed, marks, to_document
from backend.adapters.documents.job_summaries import REMOVALS, SUMMARIES, JobSummaries
from backend.adapters.documents.readable import readable
from backend.adapters.documents.store import (
    Collection,
    Document,
    DocumentStore,
    DuplicateKey,
    FieldChange,
    In,
    Index,
    Range,
    Replacement,
    Scalar,
    Searched,
    Sort,
    Where,
)
from backend.errors import NotFound
from backend.matching import Matching
from backend.queues.dead_filter import DeadFilter
from backend.queues.errors import UnreadableJob
from backend.queues.names import QUEUES
from backend.queues.ports import JobFilter, JobPage, JobsFound, SearchOrder
from backend.queues.records import FINISHED, PENDING, Job, JobState
from backend.queues.summaries import DaySummary

JOBS = "jobs"
CHUNK = 500
NOBODYS = {"-": "-"}
"""A lease of a job that there is not: whether it holds is found out by a write."""
COLLECTION = Collection(
    JOBS,
    indexes=(
        Index(("lane", "finishedAt")),
        Index(("state", "dueAt")),
        Index(("type", "subject", "createdAt")),
        Index(("requestedBy", "createdAt")),
        Index(("createdAt",)),
        Index(("lease.until",), where={"state": JobState.ACTIVE.value}),
        Index(("onDeadDue",), where={"onDead": "pending"}),
        Index(("expiresAt",), where={"expires": True}),
        Index(("queue", "dueAt"), where={"state": JobState.WAITING.value}),
        Index(("state", "createdAt"), where={"state": JobState.FAILED.value}),
        Index(("shelf", "finishedAt"), where={"shelf": DEAD}),
        Index(("shelf", "cause", "finishedAt"), where={"shelf": DEAD}),
        Index(("shelf", "finishedAt"), where={"shelf": DROPPED}),
        Index(("replay", "state"), where={"replayed": True}),
    ),
    counted=("lane",),
    searched=Searched(
        by="createdAt",
        facets=("queue", "type", "state", "errorClass"),
        keys=("subject", "requestedBy", "requestId"),
        texts=("error", "errorClass"),
        ranges=("createdAt", "finishedAt", "runMs"),
        orders=("runMs",),
    ),
)
COLLECTIONS = (COLLECTION, SUMMARIES, REMOVALS)
_NOT_COUNTED = tuple(f":{aside}" for aside in ASIDE)
_NEWEST = Sort("createdAt", "desc")
_EARLIEST_DUE = Sort("dueAt")
_ORDERS: dict[SearchOrder, Sort] = {"newest": _NEWEST, "oldest": Sort("createdAt"), "longest": Sort("runMs", "desc")}


class DocumentLedger:
    """`backend.queues.ports.Ledger`, written once for every document store."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._summaries = JobSummaries(store)

    def ensure(self) -> None:
        """Create the collections and their indexes; safe to repeat."""
        self._store.ensure(*COLLECTIONS)

    def add(self, job: Job) -> bool:
        try:
            self._store.insert(JOBS, {**to_document(job), "version": 1})
        except DuplicateKey:
            return False
        return True

    def add_many(self, jobs: Sequence[Job]) -> set[str]:
        return set(self._store.insert_many(JOBS, [{**to_document(job), "version": 1} for job in jobs]))

    def get(self, id: str) -> Job:
        document = self._store.get(JOBS, id)
        if document is None:
            raise NotFound(f"There is no job {id}")
        found = readable([document], from_document)
        if not found:
            raise UnreadableJob(f"The ledger's document of job {id} cannot be read: mend it by hand")
        return found[0]

    def get_many(self, ids: Many[str]) -> dict[str, Job]:
        found = self._store.find(JOBS, {"id": In(tuple(ids))}, limit=len(ids))
        return {job.id: job for job in self._jobs(found)}

    def save(self, job: Job) -> Job:
        return replace(job, version=self._store.replace(JOBS, to_document(job), job.version)["version"])

    def save_many(self, jobs: Sequence[Job]) -> dict[str, Job]:
        written = set(self._store.replace_many(JOBS, [Replacement(to_document(job), job.version) for job in jobs]))
        return {job.id: replace(job, version=job.version + 1) for job in jobs if job.id in written}

    def renew_many(self, leases: Mapping[str, str], until: datetime) -> list[str]:
        changes = [FieldChange(job_id, {"lease.until": until}, _held_by(token)) for job_id, token in (leases or NOBODYS).items()]
        return self._store.set_fields_many(JOBS, changes)

    def report_progress(self, id: str, token: str, value: Any) -> bool:
        return self._store.set_fields(JOBS, id, {"progress": value}, _held_by(token)) is not None

    def latest(self, type: str, subject: str) -> Job | None:
        found = self._store.find(JOBS, {"type": type, "subject": subject}, sort=_NEWEST, limit=1)
        return from_document(found[0]) if found else None

    def page(self, where: JobFilter, *, cursor: str | None = None, limit: int = 50) -> JobPage:
        return self._page(_conditions(where), _NEWEST, cursor, limit)

    def search(
        self, wanted: Matching, *, order: SearchOrder = "newest", cursor: str | None = None, limit: int = 50, patience_s: float = 0.1
    ) -> JobsFound:
        found = self._store.search(JOBS, wanted, sort=_ORDERS[order], after=cursor, limit=limit, patience_s=patience_s)
        return JobsFound(self._jobs(found.documents), found.next, found.at_least, found.at_most, found.known)

    def pending(self, *, cursor: str | None = None, limit: int = 500) -> JobPage:
        return self._page({"state": In(tuple(state.value for state in PENDING))}, _EARLIEST_DUE, cursor, limit)

    def waiting_since(self, queue: str) -> datetime | None:
        where: Where = {"state": JobState.WAITING.value, "queue": queue}
        found = self._store.find(JOBS, where, sort=_EARLIEST_DUE, limit=1)
        return found[0]["dueAt"] if found else None

    def lost(self, now: datetime, limit: int = 100) -> Sequence[Job]:
        where: Where = {"state": JobState.ACTIVE.value, "lease.until": Range(lte=now)}
        return self._jobs(self._store.find(JOBS, where, sort=Sort("lease.until"), limit=limit))

    def due(self, now: datetime, limit: int = 500) -> Sequence[Job]:
        where: Where = {"state": JobState.DELAYED.value, "dueAt": Range(lte=now)}
        return self._jobs(self._store.find(JOBS, where, sort=_EARLIEST_DUE, limit=limit))

    def expired(self, now: datetime, limit: int = 500) -> Sequence[Job]:
        where: Where = {"expires": True, "expiresAt": Range(lte=now)}
        return self._jobs(self._store.find(JOBS, where, sort=Sort("expiresAt"), limit=limit))

    def removable(self, queue: str, state: JobState, before: datetime, limit: int) -> Sequence[Job]:
        if state in FINISHED:
            found: list[Job] = []
            for in_lane in lanes_of_failed(queue) if state is JobState.FAILED else [lane(queue, state)]:
                if len(found) < limit:
                    found += self._removable(in_lane, before, limit - len(found))
            return found
        where: Where = {"state": state.value, "queue": queue, "createdAt": Range(lt=before)}
        return self._jobs(self._store.find(JOBS, where, sort=_EARLIEST_DUE, limit=limit))

    def dead(self, where: DeadFilter, *, cursor: str | None = None, limit: int = 50) -> JobPage:
        return self._page(dead_where(where), Sort("finishedAt", "desc"), cursor, limit)

    def count_dead(self, where: DeadFilter) -> int:
        return self._store.count(JOBS, dead_where(where))

    def regrouped(self) -> Iterator[Sequence[Job]]:
        for in_lane in chain.from_iterable(map(lanes_of_failed, QUEUES)):
            yield from self._regrouped({"lane": in_lane})

    def replayed(self, tag: str) -> Mapping[JobState, int]:
        counted = self._store.count_by(JOBS, "state", {"replayed": True, "replay": tag})
        return {JobState(state): number for state, number in counted.items()}

    def remove(self, jobs: Sequence[Job]) -> Many[str]:
        gone: set[str] = set()
        for queue, state in {(job.queue, job.state) for job in jobs}:
            ids = tuple(job.id for job in jobs if (job.queue, job.state) == (queue, state))
            gone.update(self._remove_ended(queue, ids) if state in FINISHED else self._remove_open(ids, state))
        return gone

    def unreported(self, now: datetime, limit: int = 100) -> Sequence[Job]:
        fresh = self._store.find(JOBS, {"onDead": "pending", "onDeadDue": None}, limit=limit)
        again = self._store.find(JOBS, {"onDead": "pending", "onDeadDue": Range(lte=now)}, sort=Sort("onDeadDue"), limit=limit)
        return self._jobs([*fresh, *again][:limit])

    def counts(self) -> Mapping[tuple[str, JobState], int]:
        counted = self._store.count_by(JOBS, "lane")
        return {_queue_and_state(key): number for key, number in counted.items() if not key.endswith(_NOT_COUNTED)}

    def remove_finished(self, queue: str, before: datetime, limit: int = 1000) -> int:
        def old() -> list[Job]:
            ended = (job for state in FINISHED for job in self.removable(queue, state, before, limit))
            return list(islice(ended, limit))

        return len(self._summaries.remove(queue, old, self._delete_ended))

    def summaries(self, queue: str | None = None) -> Sequence[DaySummary]:
        return self._summaries.all(queue)

    def _regrouped(self, where: Where) -> Iterator[Sequence[Job]]:
        cursor, order = None, Sort("finishedAt")
        while documents := self._store.find(JOBS, where, sort=order, after=cursor, limit=CHUNK):
            cursor = self._store.cursor(documents[-1], order)
            before = {document["id"]: {name: document.get(name) for name in MARKS} for document in documents}
            jobs = self._jobs(documents)
            wrong = [FieldChange(job.id, marks(job), where) for job in jobs if before[job.id] != marks(job)]
            self._store.set_fields_many(JOBS, wrong)
            yield jobs

    def _removable(self, in_lane: str, before: datetime, limit: int) -> list[Job]:
        where: Where = {"lane": in_lane, "finishedAt": Range(lt=before), "onDead": In(("none", "done"))}
        return self._jobs(self._store.find(JOBS, where, sort=Sort("finishedAt"), limit=limit))

    def _remove_ended(self, queue: str, ids: tuple[str, ...]) -> list[str]:
        ended = In(tuple(state.value for state in FINISHED))

        def still_there() -> list[Job]:
            return self._jobs(self._store.find(JOBS, {"id": In(ids), "state": ended}, limit=len(ids)))

        return self._summaries.remove(queue, still_there, self._delete_ended)

    def _delete_ended(self, ids: Sequence[str]) -> None:
        ended = In(tuple(state.value for state in FINISHED))
        self._store.delete_many(JOBS, {"id": In(tuple(ids)), "state": ended}, len(ids))

    def _remove_open(self, ids: tuple[str, ...], state: JobState) -> Many[str]:
        if self._store.delete_many(JOBS, {"id": In(ids), "state": state.value}, len(ids)) == len(ids):
            return ids
        # Some were faster, or are gone already: what is left tells.
        return set(ids) - {left["id"] for left in self._store.find(JOBS, {"id": In(ids)}, limit=len(ids))}

    def _page(self, where: Where, sort: Sort, cursor: str | None, limit: int) -> JobPage:
        found = self._store.find(JOBS, where, sort=sort, after=cursor, limit=limit + 1)
        more = len(found) > limit
        shown = found[:limit]
        return JobPage(self._jobs(shown), self._store.cursor(shown[-1], sort) if more else None)

    @staticmethod
    def _jobs(documents: Sequence[Document]) -> list[Job]:
        return readable(documents, from_document)


def _held_by(token: str) -> Where:
    return {"state": JobState.ACTIVE.value, "lease.token": token}


def _conditions(where: JobFilter) -> Where:
    wanted: dict[str, Scalar | In] = {
        "type": where.type,
        "subject": where.subject,
        "requestedBy": where.requested_by,
    }
    if where.queue and where.states:
        failed = lanes_of_failed(where.queue) if JobState.FAILED in where.states else []
        wanted["lane"] = _one_of([*(lane(where.queue, state) for state in where.states if state is not JobState.FAILED), *failed])
    else:
        wanted |= {"queue": where.queue, "state": _one_of([state.value for state in where.states])}
    return {field: value for field, value in wanted.items() if value is not None}


def dead_where(where: DeadFilter) -> Where:
    """By the indexes over dead letters; of one queue by the index over queues and states."""
    wanted: dict[str, Scalar | Range] = {
        "shelf": DROPPED if where.dropped else DEAD,
        "cause": where.cause,
        "type": where.type,
        "subject": where.subject,
        "requestedBy": where.requested_by,
        "requestId": where.request_id,
        "errorClass": where.error_class,
    }
    if where.queue:
        wanted["lane"] = f"{where.queue}:{DROPPED}" if where.dropped else lane(where.queue, JobState.FAILED)
    if where.replay:
        wanted |= {"replayed": True, "replay": where.replay}
    if where.since is not None or where.before is not None:
        wanted["finishedAt"] = Range(gte=where.since, lt=where.before)
    return {field: value for field, value in wanted.items() if value}


def _one_of(values: Sequence[str]) -> Scalar | In:
    return In(tuple(values)) if len(values) > 1 else next(iter(values), None)


def _queue_and_state(key: str) -> tuple[str, JobState]:
    queue, _, state = key.rpartition(":")
    return queue, JobState(state)
