"""What the rules look at: the facts of one moment, each of which may be unknown because what knows it is away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Failure:
    """A job that failed for good; `error` is what it failed with, without personal data."""

    job_id: str
    error: str


@dataclass(frozen=True)
class LastHour:
    """How the jobs of a queue ended within the last hour; `average_run_ms` None where that is not known."""

    completed: int
    failed: int
    average_run_ms: float | None = None

    @property
    def ended(self) -> int:
        return self.completed + self.failed


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> float:
        return 100 * self.part / self.whole if self.whole else 0.0


Burns = Mapping[timedelta, Share]
"""By the length of the window up to now: how many of the jobs that ended in it were bad."""


@dataclass(frozen=True)
class QueueFacts:
    """One queue.

    `waiting_for` is how long its oldest due job has waited, zero where none does; `idle_for` how long ago its last one ended, None
    where none ever has. `burst` failed for good within the time of the burst rule, `dead_letters` within the last hour. `fallback` are
    those of the jobs submitted in that hour that did not go the way of the queue because Redis was away.
    """

    counts: Mapping[str, int]
    waiting_for: timedelta | None = None
    idle_for: timedelta | None = None
    burst: int | None = None
    newest_failure: Failure | None = None
    dead_letters: int | None = None
    stale: int | None = None
    last_hour: LastHour | None = None
    burns: Burns | None = None
    workers: int | None = None
    fallback: Share | None = None


@dataclass(frozen=True)
class RedisFacts:
    """Redis, where jobs go there: `memory_percent` of what it may take, and what it does when that is full."""

    up: bool
    memory_percent: float | None = None
    policy: str | None = None


@dataclass(frozen=True)
class LateSchedule:
    """A recurring job and how long ago it should have come."""

    key: str
    late: timedelta


@dataclass(frozen=True)
class Credits:
    """Credits given back and spent within the last hour."""

    refunded: int
    spent: int


@dataclass(frozen=True)
class Facts:
    """Everything at one moment. None means unknown: what looks at it neither fires nor resolves.

    An empty sequence, or a `RedisFacts` that is not asked for because jobs do not go there, is known to be fine: see `uses_redis`.
    """

    at: datetime
    queues: Mapping[str, QueueFacts] = field(default_factory=dict)
    uses_redis: bool = True
    redis: RedisFacts | None = None
    circuit_open_for: timedelta | None = None
    silent_workers: Sequence[str] | None = None
    late_schedules: Sequence[LateSchedule] | None = None
    outbox_age: timedelta | None = None
    credits: Credits | None = None
