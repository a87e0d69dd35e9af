"""What the queue platform needs from outside: each port says what it promises and what it raises."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct

from backend.clock import Clock
from backend.queues.ledger_port import JobFilter as JobFilter
from backend.queues.ledger_port import JobPage as JobPage
from backend.queues.ledger_port import JobsFound as JobsFound
from backend.queues.ledger_port import Ledger as Ledger
from backend.queues.ledger_port import SearchOrder as SearchOrder
from backend.queues.limits import QueueLimits
from backend.queues.records import JobState
from backend.queues.schedules import Entry
from backend.telemetry.tracing import NO_TRACING, Tracer


class Ticket(NamedTuple):
    """All that Redis learns of a job. `due_at` None means now; `front` puts it before everything that waits.

    `timeout_s` is for display in RQ's tools; the runner keeps the real one.
    """

    job_id: str
    type: str
    queue: str
    priority: int = 0
    lifo: bool = False
    front: bool = False
    due_at: datetime | None = None
    timeout_s: int = 0


class Delivery(Struct, frozen=True, gc=False):
    """A job taken from a queue by one worker, until it is settled. `run` tells two flights of one job apart; where it is empty,
    whatever flight the job has is meant.
    """

    job_id: str
    queue: str
    run: str = ""


class Settlement(Struct, frozen=True):
    """How one delivery ended. It changes nothing where that flight is over already: another worker answers for the job.

    `completed` and `failed`: forget the job, or show it as ended for `keep_s` seconds, as one of the newest `keep_count`;
    `error_class` is all that is shown of a failure. `released`: another run answers for it. `returned`: to the front of its
    queue, several in their order. `resubmitted`: `ticket` is handed over, now or delayed; what is to be at the front later has not begun
    and does not count towards the rate of its queue. `unknown`: nobody here knows the job. It is
    forgotten; only what somebody else put into the queue is shown as failed, with the reason, for `keep_s` seconds.
    """

    delivery: Delivery
    outcome: Literal["completed", "failed", "released", "returned", "resubmitted", "unknown"]
    keep_s: int = 0
    keep_count: int | None = None
    error_class: str = ""
    ticket: Ticket | None = None


class Lane(Struct, frozen=True, gc=False):
    """One queue that may be served in a turn.

    `share`: taken in the first pass over the lanes, at most; the second pass fills what is left. `room`: never more than this
    of the queue in this turn. `max_active`: so many in flight at once, across all workers; None means no limit. `rate_max` per
    `rate_duration_ms`: so many are taken within any stretch of that length, across all workers; 0 means no limit.
    """

    queue: str
    share: int
    room: int
    max_active: int | None = None
    rate_max: int = 0
    rate_duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn took, in the order of serving. `held_back_ms` above 0: a rate limit keeps something waiting for so long."""

    deliveries: Sequence[Delivery]
    held_back_ms: int = 0


@dataclass(frozen=True)
class Holding:
    """A place that a job has in the broker: `waiting`, `delayed`, `inFlight`; `nowhere` where the broker only shows it as
    unfinished, `damaged` where what it keeps under the job's name is no job. `queue` is empty where that is not known.
    """

    job_id: str
    queue: str
    place: Literal["waiting", "delayed", "inFlight", "nowhere", "damaged"]


class TurnUnderWay(Protocol):
    """A turn that was sent off. Its answer is read once, by whatever thread."""

    def is_answered(self) -> bool:
        """Whether nobody has to wait for the answer any more."""

    def answer(self) -> Turn:
        """What was taken; waits for it. Raises BrokerUnavailable within the deadline of the broker."""


class Broker(Protocol):
    """Carries tickets to workers, quickly but not for ever: what it loses the ledger still has.

    A delivery is in flight from `take` until it is acknowledged, buried or handed over again. Any method raises
    BrokerUnavailable within its deadline; what was asked may have happened nevertheless.
    """

    def hand_over(self, tickets: Sequence[Ticket]) -> None:
        """Put them into their queues by priority, or among the delayed; a round trip for a hundred. Ends a flight of the same job.

        Raises PatienceLost half-way where somebody waits for it and there is no time for the rest.
        """

    def promote_due(self, now: datetime) -> int:
        """Move delayed tickets that are due into their queues, by priority; returns how many."""

    def turn(self, worker: str, settlements: Sequence[Settlement], lanes: Sequence[Lane], room: int) -> Turn:
        """Settle what has ended and take what is next, at most `room` jobs, in one atomic round trip.

        Safe to repeat with the same settlements where no answer came. A worker that got no answer does not know what it took:
        that is in flight until recovery finds it.
        """

    def begin_turn(self, worker: str, settlements: Sequence[Settlement], lanes: Sequence[Lane], room: int) -> TurnUnderWay:
        """The same for a caller who has something to do while the broker is at it."""

    def turn_when_rung(self, worker: str, lanes: Sequence[Lane], room: int, wait_s: float) -> tuple[bool, Turn]:
        """`wait` and, rung or not, a `turn` in the same round trip; whether a queue rang, and what was taken. `hurry` ends the waiting."""

    def hurry(self, worker: str) -> None:
        """Ring for this worker alone: where it waits for its turn it has it now."""

    def wait(self, queues: Sequence[str], wait_s: float) -> bool:
        """Block until something may be there to take, at most `wait_s` seconds; False where nothing was heard.

        What is handed over after a turn that found its lane empty is never missed. After False look all the same: what RQ's
        own tools put into a queue wakes nobody.
        """

    def take(self, queues: Sequence[str], wait_s: float) -> Delivery | None:
        """The next ticket of the first queue that has one, waiting at most `wait_s` seconds; None where there is none."""

    def acknowledge(self, delivery: Delivery, *, keep_s: int = 0, keep_count: int | None = None) -> None:
        """The job has ended well: forget it, or show it as finished for `keep_s` seconds, as one of the newest `keep_count`."""

    def bury(self, delivery: Delivery, error_class: str, *, keep_s: int, keep_count: int | None = None) -> None:
        """The job has failed for good: show it as failed for `keep_s` seconds, as one of the newest `keep_count`."""

    def put_back(self, delivery: Delivery) -> None:
        """The run could not begin or end here: to the front of its queue again. Nothing happens where it is not in flight."""

    def release(self, delivery: Delivery) -> None:
        """Another run answers for this job: end this flight and touch nothing else."""

    def forget(self, queue: str, job_ids: Sequence[str]) -> None:
        """Take them out of the line and from among the delayed, and show them no more; what is in flight stays so, shown to its end."""

    def in_flight(self) -> Sequence[Delivery]:
        """What was taken and not settled."""

    def missing(self, job_ids: Iterable[str]) -> Collection[str]:
        """Those of the ids that neither wait nor are delayed nor in flight here."""

    def waiting_by_priority(self, queue: str) -> Mapping[int, int]:
        """How many wait, by each priority that occurs, at most 1,000 of these, the first to run first; 0 is for jobs without one.

        What was put before everything else, such as a job whose worker was lost, counts as 0, as in Bull.
        """

    def seen(self, job_id: str) -> JobState | None:
        """The state in which it shows the job; None where it does not show it. Also of jobs that have ended, for as long as those are
        kept."""

    def census(self) -> Iterator[Holding]:
        """Everything that it holds of unfinished jobs, in small steps, while it goes on working."""

    def forget_expired(self, now: datetime, limit: int) -> int:
        """Take from the lists of ended jobs what was to be shown until then, at most `limit` per list; returns how many."""

    def ping(self) -> None:
        """Answer within the deadline."""


@dataclass(frozen=True)
class Pause:
    """One paused queue: who paused it when and why; at `until` it ends by itself, or never."""

    queue: str
    by: str
    at: datetime
    reason: str = ""
    until: datetime | None = None


class Pauses(Protocol):
    """Which queues are paused. Survives restarts of everything; any method may raise Unavailable."""

    def paused(self) -> frozenset[str]:
        """The names of the paused queues; a pause whose time is over does not count."""

    def list(self) -> Sequence[Pause]:
        """All pauses by the name of the queue, also those whose time is over and that nobody has ended yet."""

    def pause(self, queues: Sequence[str], *, by: str, at: datetime, reason: str = "", until: datetime | None = None) -> None:
        """Pause them; one that is paused already stays so, and has the new reason, owner and end."""

    def resume(self, queues: Sequence[str]) -> None:
        """Resume them; one that is not paused stays so."""


class Limits(Protocol):
    """How fast queues may be worked off, over all workers. Survives restarts of everything; any method may raise Unavailable."""

    def all(self) -> Mapping[str, QueueLimits]:
        """The limits of those queues that have any, by name."""

    def set(self, limits: QueueLimits) -> None:
        """Put them in place of those that the queue has; limits without any take them away."""


class Schedules(Protocol):
    """The book of recurring jobs, by key. A write is durable when the call returns; any method may raise Unavailable."""

    def all(self) -> Sequence[Entry]:
        """Every entry, by key."""

    def get(self, key: str) -> Entry | None:
        """The entry, or None."""

    def due(self, now: datetime) -> Sequence[Entry]:
        """What is enabled and due, the earliest first."""

    def save(self, entry: Entry) -> Entry:
        """Add it (at version 0) or write it over the version it was made from; returns it one version higher.

        Raises Conflict where its key is there already, or where it changed meanwhile or is gone.
        """

    def remove(self, key: str) -> bool:
        """Forget it; False where it was not there."""


class Leadership(Protocol):
    """Lets one of several schedulers be the active one."""

    def acquire(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take or extend the lease; False while another owner holds it. May raise Unavailable."""

    def release(self, name: str, owner: str) -> None:
        """Give it up early; nothing happens where it is another's."""

    def holder(self, name: str, now: datetime) -> str:
        """Who has the lease now; empty where nobody does. May raise Unavailable."""


class TimeLimit(Protocol):
    """Ends a block of code that takes too long."""

    def __call__(self, milliseconds: int) -> AbstractContextManager[object]:
        """A context that raises JobTimedOut inside the block once the time is over; 0 means no limit."""


@dataclass(frozen=True)
class Outside:
    """All that lies outside of the platform, as one process sees it."""

    ledger: Ledger
    broker: Broker
    pauses: Pauses
    leadership: Leadership
    schedules: Schedules
    clock: Clock
    enable_queue: bool
    limits: Limits
    tracer: Tracer = NO_TRACING
