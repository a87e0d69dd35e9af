"""A ledger in the memory of one process: a dict of jobs, for tests and for measuring everything but a database."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from threading import Lock
from typing import Any

from msgspec.structs import replace

from backend.adapters.documents import cursors
from backend.adapters.documents.job_documents import to_document
from backend.adapters.documents.searching import holds
from backend.adapters.documents.store import Sort
from backend.errors import Conflict, NotFound, Unavailable
from backend.matching import Matching
from backend.queues.causes import cause_of
from backend.queues.dead_filter import DeadFilter
from backend.queues.ports import JobFilter, JobPage, JobsFound, SearchOrder
from backend.queues.probes import is_probe
from backend.queues.records import FINISHED, PENDING, Job, JobState, Lease
from backend.queues.summaries import DaySummary, summarise

_NEWEST = Sort("created_at", "desc")
_EARLIEST_DUE = Sort("due_at")
_ORDERS: dict[SearchOrder, Sort] = {"newest": _NEWEST, "oldest": Sort("created_at"), "longest": Sort("run_ms", "desc")}


class MemoryLedger:
    """`backend.queues.ports.Ledger`. What looks for jobs looks at all that are in that state. Set `away` to True and every call raises
    Unavailable, as in an outage."""

    def __init__(self) -> None:
        self.away = False
        self._lock = Lock()
        self._jobs: dict[str, Job] = {}
        self._lanes: defaultdict[tuple[str, JobState], set[str]] = defaultdict(set)
        self._summaries: dict[str, DaySummary] = {}

    def add(self, job: Job) -> bool:
        self._answer()
        with self._lock:
            if job.id in self._jobs:
                return False
            self._insert(job)
        return True

    def add_many(self, jobs: Sequence[Job]) -> set[str]:
        self._answer()
        with self._lock:
            fresh = {job.id: job for job in reversed(jobs) if job.id not in self._jobs}
            for job in fresh.values():
                self._insert(job)
        return set(fresh)

    def get(self, id: str) -> Job:
        self._answer()
        job = self._jobs.get(id)
        if job is None:
            raise NotFound(f"There is no job {id}")
        return job

    def get_many(self, ids: Collection[str]) -> dict[str, Job]:
        self._answer()
        return {job_id: job for job_id in ids if (job := self._jobs.get(job_id)) is not None}

    def save(self, job: Job) -> Job:
        written = self.save_many((job,))
        if not written:
            raise Conflict(f"Job {job.id} is not at version {job.version} any more")
        return written[job.id]

    def save_many(self, jobs: Sequence[Job]) -> dict[str, Job]:
        self._answer()
        if len({job.id for job in jobs}) < len(jobs):
            raise ValueError("one write names the same job twice: make it two writes")
        written: dict[str, Job] = {}
        with self._lock:
            for job in jobs:
                job_id, kept = job.id, self._jobs.get(job.id)
                if kept is None or kept.version != job.version:
                    continue
                if kept.state is not job.state:
                    self._lanes[kept.queue, kept.state].discard(job_id)
                    self._lanes[job.queue, job.state].add(job_id)
                self._jobs[job_id] = written[job_id] = replace(job, version=job.version + 1)
        return written

    def renew_many(self, leases: Mapping[str, str], until: datetime) -> list[str]:
        def renewed(job: Job, lease: Lease) -> Job:
            return replace(job, lease=replace(lease, until=until))

        self._answer()
        return [job_id for job_id, token in leases.items() if self._change_held(job_id, token, renewed)]

    def report_progress(self, id: str, token: str, value: Any) -> bool:
        return self._change_held(id, token, lambda job, _: replace(job, progress=value))

    def latest(self, type: str, subject: str) -> Job | None:
        newest = self.page(JobFilter(type=type, subject=subject), limit=1).items
        return newest[0] if newest else None

    def page(self, where: JobFilter, *, cursor: str | None = None, limit: int = 50) -> JobPage:
        wanted = {field: value for field, value in vars(where).items() if value is not None and field != "state"}
        there = self._in(*(where.states or JobState))
        return _page((job for job in there if all(getattr(job, field) == value for field, value in wanted.items())), _NEWEST, cursor, limit)

    def search(
        self, wanted: Matching, *, order: SearchOrder = "newest", cursor: str | None = None, limit: int = 50, patience_s: float = 0.1
    ) -> JobsFound:
        del patience_s
        jobs = [job for job in self._in(*JobState) if holds(to_document(job), wanted)]
        if order == "longest":
            jobs = [job for job in jobs if job.run_ms is not None]
        page = _page(jobs, _ORDERS[order], cursor, limit)
        return JobsFound(page.items, page.next, len(page.items) if cursor else len(jobs), None if cursor else len(jobs))

    def pending(self, *, cursor: str | None = None, limit: int = 500) -> JobPage:
        return _page(self._in(*PENDING), _EARLIEST_DUE, cursor, limit)

    def waiting_since(self, queue: str) -> datetime | None:
        return min((job.due_at for job in self._in(JobState.WAITING) if job.queue == queue), default=None)

    def lost(self, now: datetime, limit: int = 100) -> list[Job]:
        return _first((job for job in self._in(JobState.ACTIVE) if job.lease and job.lease.until <= now), "lease.until", limit)

    def due(self, now: datetime, limit: int = 500) -> list[Job]:
        return _first((job for job in self._in(JobState.DELAYED) if job.due_at <= now), "due_at", limit)

    def expired(self, now: datetime, limit: int = 500) -> list[Job]:
        return _first((job for job in self._in(*PENDING) if job.expires_at and job.expires_at <= now), "expires_at", limit)

    def removable(self, queue: str, state: JobState, before: datetime, limit: int) -> list[Job]:
        there = [job for job in self._in(state) if job.queue == queue]
        if state not in FINISHED:
            return _first([job for job in there if job.created_at < before], "due_at", limit)
        return _first([job for job in there if job.finished_at and job.finished_at < before and _is_told(job)], "finished_at", limit)

    def remove(self, jobs: Sequence[Job]) -> list[str]:
        self._answer()
        with self._lock:
            doomed = [
                kept
                for job in {job.id: job for job in jobs}.values()
                if (kept := self._jobs.get(job.id)) is not None and _still_as(kept, job)
            ]
            for job in doomed:
                del self._jobs[job.id]
                self._lanes[job.queue, job.state].discard(job.id)
            for summary in summarise(job for job in doomed if job.finished):
                before = self._summaries.get(summary.id)
                self._summaries[summary.id] = before.plus(summary) if before else summary
        return [job.id for job in doomed]

    def unreported(self, now: datetime, limit: int = 100) -> list[Job]:
        pending = (job for job in self._in(JobState.FAILED) if not _is_told(job))
        return [job for job in pending if job.on_dead_due is None or job.on_dead_due <= now][:limit]

    def dead(self, where: DeadFilter, *, cursor: str | None = None, limit: int = 50) -> JobPage:
        return _page(self._dead(where), Sort("finished_at", "desc"), cursor, limit)

    def count_dead(self, where: DeadFilter) -> int:
        return sum(1 for _ in self._dead(where))

    def regrouped(self) -> Iterator[Sequence[Job]]:
        yield self._in(JobState.FAILED)

    def replayed(self, tag: str) -> Mapping[JobState, int]:
        return Counter(job.state for job in self._in(*JobState) if job.replay == tag)

    def counts(self) -> Mapping[tuple[str, JobState], int]:
        self._answer()
        with self._lock:
            counted = {lane: len(ids) for lane, ids in self._lanes.items() if lane[1] is not JobState.FAILED}
            failed = {lane: ids for lane, ids in self._lanes.items() if lane[1] is JobState.FAILED}
            counted |= {lane: sum(_counts(self._jobs[job_id]) for job_id in ids) for lane, ids in failed.items()}
        return {lane: number for lane, number in counted.items() if number}

    def remove_finished(self, queue: str, before: datetime, limit: int = 1000) -> int:
        old = [job for state in FINISHED for job in self.removable(queue, state, before, limit)]
        return len(self.remove(old[:limit]))

    def summaries(self, queue: str | None = None) -> list[DaySummary]:
        self._answer()
        return sorted((kept for kept in self._summaries.values() if queue in (None, kept.queue)), key=attrgetter("queue", "type", "day"))

    def _insert(self, job: Job) -> None:
        self._lanes[job.queue, job.state].add(job.id)
        self._jobs[job.id] = replace(job, version=1)

    def _answer(self) -> None:
        if self.away:
            raise Unavailable("The memory ledger was told to be away")

    def _in(self, *states: JobState) -> list[Job]:
        """The jobs in one of these states; what looks for a few does not pass all those that have ended."""
        self._answer()
        with self._lock:
            return [self._jobs[job_id] for (_, state), ids in self._lanes.items() if state in states for job_id in ids]

    def _dead(self, where: DeadFilter) -> Iterator[Job]:
        plain = ("queue", "type", "subject", "requested_by", "request_id", "error_class", "replay")
        wanted = {field: value for field in plain if (value := getattr(where, field))}
        for job in self._in(JobState.FAILED):
            cause = cause_of(job)
            at = job.finished_at or job.created_at
            within = (where.since is None or at >= where.since) and (where.before is None or at < where.before)
            if cause is None or (job.dropped is not None) != where.dropped or not within or where.cause not in ("", cause.id):
                continue
            if all(getattr(job, field) == value for field, value in wanted.items()):
                yield job

    def _change_held(self, job_id: str, token: str, change: Callable[[Job, Lease], Job]) -> bool:
        self._answer()
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state is not JobState.ACTIVE or job.lease is None or job.lease.token != token:
                return False
            self._jobs[job_id] = replace(change(job, job.lease), version=job.version + 1)
        return True


def _is_told(job: Job) -> bool:
    return job.on_dead != "pending"


def _counts(failed: Job) -> bool:
    return not (failed.dropped or is_probe(failed.type))


def _still_as(kept: Job, read: Job) -> bool:
    return kept.finished if read.finished else kept.state is read.state


def _first(jobs: Iterable[Job], field: str, limit: int) -> list[Job]:
    return sorted(jobs, key=attrgetter(field, "id"))[:limit]


def _page(jobs: Iterable[Job], order: Sort, cursor: str | None, limit: int) -> JobPage:
    place = attrgetter(order.field, "id")
    falling = order.direction == "desc"
    if cursor:
        last = tuple(cursors.decode(cursor, order))
        jobs = [job for job in jobs if (place(job) < last if falling else place(job) > last)]
    ordered = sorted(jobs, key=place, reverse=falling)
    shown = ordered[:limit]
    more = len(ordered) > limit
    return JobPage(shown, cursors.encode({order.field: getattr(shown[-1], order.field), "id": shown[-1].id}, order) if more else None)
