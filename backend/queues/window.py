"""What RQ's own tools see in Redis, as data: the port behind the pages of rq-dashboard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, get_args

from backend.clock import to_iso
from backend.queues.roster import WorkerSeen

Registry = Literal["queued", "started", "scheduled", "finished", "failed", "deferred", "canceled"]
REGISTRIES: tuple[Registry, ...] = get_args(Registry)
"""RQ's names. Of the last two ours never have any: what RQ's own clients put there is shown all the same."""


@dataclass(frozen=True)
class JobShown:
    """One job as Redis shows it, which has its id, its type and its times, and nothing that anybody has typed.

    `priority` is that of a job that waits, 0 for none. `due_at` is when a scheduled one is due. `error` is the class of an error.
    """

    id: str
    type: str
    queue: str
    status: str
    priority: int = 0
    worker: str = ""
    error: str = ""
    created_at: datetime | None = None
    enqueued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class JobsShown:
    """A stretch of a registry, and how many the whole has."""

    total: int
    jobs: Sequence[JobShown]


Place = Literal["waiting", "delayed", "inFlight", "finished", "failed", "nowhere"]


@dataclass(frozen=True)
class JobPlace:
    """Where Redis has a job: in line with `ahead` jobs before it, among the delayed, taken by `runs` (of which two are one too many),
    in a list of those that ended, or nowhere."""

    place: Place
    shown: JobShown | None = None
    ahead: int | None = None
    runs: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        shown = self.shown
        return {
            "place": self.place,
            "ahead": self.ahead,
            "runs": list(self.runs),
            "status": shown.status if shown else None,
            "worker": shown.worker if shown else None,
            "enqueuedAt": to_iso(shown.enqueued_at) if shown and shown.enqueued_at else None,
            "startedAt": to_iso(shown.started_at) if shown and shown.started_at else None,
        }


@dataclass(frozen=True)
class Pressure:
    """What keeps a queue from being served faster: how many of its jobs are in flight, some of them, and for how long its rate lets none
    begin."""

    in_flight: int
    some: Sequence[str] = ()
    held_back_ms: int = 0


@dataclass(frozen=True)
class RedisVitals:
    """What Redis says of itself; `limit_bytes` is the memory that it may take, 0 where nothing says."""

    used_bytes: int
    peak_bytes: int
    limit_bytes: int
    policy: str
    clients: int
    uptime_s: int
    version: str


class Window(Protocol):
    """Looks into Redis and changes nothing. Any method raises BrokerUnavailable within the deadline of the broker."""

    def counts(self) -> Mapping[str, Mapping[Registry, int]]:
        """How many each of our queues shows in each registry."""

    def jobs(self, queue: str, registry: Registry, first: int, count: int, *, newest_first: bool = False) -> JobsShown:
        """`count` jobs from number `first` (0 is the first) on: of those that wait the next to run first, of the others the first
        to have come, or to be due. `newest_first` turns it round. An id without a job is shown without anything else."""

    def job(self, job_id: str) -> JobShown | None:
        """The job, or None where Redis does not show it, or something else than a job under its name."""

    def place(self, job_id: str, queue: str) -> JobPlace:
        """Where a job of that queue is."""

    def pressure(self, queue: str, *, rate_max: int = 0, rate_duration_ms: int = 0) -> Pressure:
        """How a queue stands that begins at most so many jobs within so long; 0 for any number."""

    def workers(self) -> Sequence[WorkerSeen]:
        """Every worker that has been heard of lately, by name."""

    def vitals(self) -> RedisVitals:
        """Memory, clients and age of the server."""
