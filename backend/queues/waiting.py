"""Why a job does not run yet: every reason that holds, the weightiest first, in words, with its cure and when the job may start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from backend.clock import to_iso
from backend.queues.limits import QueueLimits
from backend.queues.ports import Pause
from backend.queues.records import Job

RedisWord = Literal["up", "away", "off", "unknown"]
PlaceWord = Literal["waiting", "delayed", "inFlight", "finished", "failed", "nowhere"]


@dataclass(frozen=True)
class Reason:
    """`code` is stable. `cure` says what can be done, `command` how; both empty where there is nothing to do but wait. `until` is when it
    ends by itself, where that is known; `jobs` are some of those that are in the way, and `count` how many there are. `by` is the id of
    whoever is behind it, whom the words call by name."""

    code: str
    text: str
    thai: str
    cure: str = ""
    command: str = ""
    until: datetime | None = None
    jobs: Sequence[str] = ()
    count: int | None = None
    by: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "text": self.text,
            "textTh": self.thai,
            "cure": self.cure,
            "command": self.command,
            "until": to_iso(self.until) if self.until else None,
            "jobs": list(self.jobs),
            "count": self.count,
            "by": self.by or None,
        }


@dataclass(frozen=True)
class Estimate:
    """When the job starts, as far as that can be told; None where nobody can, and `basis` says why, or out of what."""

    starts_at: datetime | None
    basis: str
    thai: str

    def to_json(self, now: datetime) -> dict[str, Any]:
        at = self.starts_at
        wait = None if at is None else max(0, round((at - now).total_seconds() * 1000))
        return {"startsAt": to_iso(at) if at else None, "inMs": wait, "basis": self.basis, "basisTh": self.thai}


@dataclass(frozen=True)
class Pace:
    """How a queue went lately: how long a run took on average (None: none has ended), how many ended in a minute, and within what time."""

    average_run_ms: float | None
    per_minute: float
    span: timedelta


@dataclass(frozen=True)
class Surroundings:
    """What decides about a job beside its own record.

    `place` None: Redis does not tell; `ahead` jobs run before it. `running` is how many of the queue run, `runs` some of them, `capacity`
    how many of them all workers run at once (None: not known), `others` how many jobs of other queues share these workers.
    `held_until`: its rate lets none of the queue begin before. `leader` is the scheduler that works, "" where none does.
    `names` are those of people, by the ids under which records have them.
    """

    now: datetime
    redis: RedisWord
    pause: Pause | None = None
    limits: QueueLimits | None = None
    place: PlaceWord | None = None
    ahead: int | None = None
    running: int | None = None
    runs: Sequence[str] = ()
    capacity: int | None = None
    held_until: datetime | None = None
    leader: str = ""
    pace: Pace | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def called(self, who: str, otherwise: str) -> str:
        """The name of somebody whom a record knows by id."""
        return self.names.get(who, who) or otherwise


@dataclass(frozen=True)
class Why:
    """The answer about one job. `summary` is for its owner, too: it names no person and no machine."""

    job: Job
    at: datetime
    reasons: Sequence[Reason]
    estimate: Estimate | None
    summary: str
    summary_th: str

    def to_json(self) -> dict[str, Any]:
        """For staff."""
        return {
            **self.for_owner(),
            "queueName": self.job.queue,
            "reasons": [reason.to_json() for reason in self.reasons],
        }

    def for_owner(self) -> dict[str, Any]:
        """The short answer."""
        return {
            "jobId": self.job.id,
            "state": self.job.state.value,
            "summary": self.summary,
            "summaryTh": self.summary_th,
            "estimate": self.estimate.to_json(self.at) if self.estimate else None,
        }
