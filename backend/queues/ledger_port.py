"""The port of the ledger: the truth about every accepted job, and how it is asked."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from backend.matching import Matching
from backend.queues.dead_filter import DeadFilter
from backend.queues.records import Job, JobState
from backend.queues.summaries import DaySummary


@dataclass(frozen=True)
class JobFilter:
    """Conditions that all hold; None does not filter. Of several states any will do."""

    queue: str | None = None
    type: str | None = None
    state: JobState | tuple[JobState, ...] | None = None
    subject: str | None = None
    requested_by: str | None = None

    @property
    def states(self) -> tuple[JobState, ...]:
        """The states asked for; none where any will do."""
        if self.state is None:
            return ()
        return (self.state,) if isinstance(self.state, JobState) else self.state


@dataclass(frozen=True)
class JobPage:
    """One page of jobs; `next` is the cursor of the following page, or None at the end."""

    items: Sequence[Job]
    next: str | None = None


SearchOrder = Literal["newest", "oldest", "longest"]


@dataclass(frozen=True)
class JobsFound:
    """One page of what a search found. `next` is the cursor of the following page; there may be one behind a page that is not full:
    then there was no time to look further. A first page says that there are `at_least` and `at_most` so many, if known. `known` is the
    share of the ledger that the index knows; less than 1 while it is being built.
    """

    items: Sequence[Job]
    next: str | None = None
    at_least: int = 0
    at_most: int | None = None
    known: float = 1.0


class Ledger(Protocol):
    """The truth about every accepted job. A write is durable when the call returns; any method may raise Unavailable."""

    def add(self, job: Job) -> bool:
        """Keep a new job; False, and nothing changed, where its id is there already."""

    def add_many(self, jobs: Sequence[Job]) -> Collection[str]:
        """Keep new jobs, in fewer writes than one by one; the ids of those that were not there already."""

    def get(self, id: str) -> Job:
        """The job; raises NotFound."""

    def get_many(self, ids: Collection[str]) -> Mapping[str, Job]:
        """Those of the jobs that are there and can be read, by id."""

    def save(self, job: Job) -> Job:
        """Write the job in place of the version it was made from; returns it one version higher.

        Raises Conflict where it changed meanwhile or is gone.
        """

    def save_many(self, jobs: Sequence[Job]) -> Mapping[str, Job]:
        """`save` of many in one write; those written, one version higher, by id. The others had changed meanwhile or are gone.

        Each is written whole or not at all, and none holds up another. Raises ValueError where a job comes twice.
        """

    def renew_many(self, leases: Mapping[str, str], until: datetime) -> Collection[str]:
        """Extend leases in one write, by job id and the token that they carry; the ids of the jobs that these runs still hold.

        Without leases it changes nothing and finds out whether the ledger takes writes. Raises Unavailable where it does not.
        """

    def report_progress(self, id: str, token: str, value: Any) -> bool:
        """Set the progress (a number or a JSON object) while that run holds the job; False otherwise."""

    def latest(self, type: str, subject: str) -> Job | None:
        """The newest job of that type about that subject, or None."""

    def page(self, where: JobFilter, *, cursor: str | None = None, limit: int = 50) -> JobPage:
        """Jobs, newest first."""

    def search(
        self, wanted: Matching, *, order: SearchOrder = "newest", cursor: str | None = None, limit: int = 50, patience_s: float = 0.1
    ) -> JobsFound:
        """Jobs of any state by the fields `id`, `queue`, `type`, `state`, `subject`, `requestedBy`, `requestId`, `error`, `errorClass`,
        `createdAt`, `finishedAt`, `runMs`; by the time they were accepted, or what ran longest first (then only what has ended).

        The work of one call is bounded by about `patience_s`, also among millions; no page leaves anything out.
        """

    def pending(self, *, cursor: str | None = None, limit: int = 500) -> JobPage:
        """Jobs that wait or are delayed, earliest due first."""

    def waiting_since(self, queue: str) -> datetime | None:
        """Since when the job of the queue that is due longest has waited, whatever lies before it in line; None where none waits."""

    def lost(self, now: datetime, limit: int = 100) -> Sequence[Job]:
        """Active jobs whose lease has run out."""

    def due(self, now: datetime, limit: int = 500) -> Sequence[Job]:
        """Delayed jobs that are due, the earliest first."""

    def expired(self, now: datetime, limit: int = 500) -> Sequence[Job]:
        """Jobs that have waited longer than their `ttl` allows."""

    def removable(self, queue: str, state: JobState, before: datetime, limit: int) -> Sequence[Job]:
        """Jobs of a queue in that state, next to run or oldest first: finished before then and with nothing left to report, or
        made before then where they have not finished."""

    def remove(self, jobs: Sequence[Job]) -> Collection[str]:
        """Forget those that are still in the state they were read in; returns their ids. What had finished goes into the summaries."""

    def unreported(self, now: datetime, limit: int = 100) -> Sequence[Job]:
        """Failed jobs whose `on_dead` is due."""

    def dead(self, where: DeadFilter, *, cursor: str | None = None, limit: int = 50) -> JobPage:
        """Dead letters, the last to give up first."""

    def count_dead(self, where: DeadFilter) -> int:
        """How many dead letters match."""

    def regrouped(self) -> Iterator[Sequence[Job]]:
        """Every job that failed, in chunks; what each is found by as a dead letter is put right where it is not."""

    def replayed(self, tag: str) -> Mapping[JobState, int]:
        """How the jobs of one wave of a replay stand; what is not there counts zero."""

    def counts(self) -> Mapping[tuple[str, JobState], int]:
        """How many jobs per queue and state; what is not there, dead letters that were discarded, and failed probes count zero."""

    def remove_finished(self, queue: str, before: datetime, limit: int = 1000) -> int:
        """Forget at most `limit` jobs that finished before then and have nothing left to report; returns how many.

        They go into the summaries, each once.
        """

    def summaries(self, queue: str | None = None) -> Sequence[DaySummary]:
        """What is left of the finished jobs that were removed: their numbers by queue, type and day."""
