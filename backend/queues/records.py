"""What the ledger knows of one job: an immutable value that `transitions` turns into the next one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from backend.clock import to_iso, to_millis
from backend.flags import Mode
from backend.queues.options import JobOptions

OnDead = Literal["none", "pending", "done"]


class JobState(StrEnum):
    """Bull's names. `paused` is not a state of a job but of its queue: it only occurs in counts."""

    WAITING = "waiting"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    DELAYED = "delayed"


WAITING, ACTIVE, COMPLETED, FAILED, DELAYED = JobState
"""Each by itself, for what every job passes: Python 3.11 takes longer to find a member in its class than to make an Attempt."""
PENDING = (WAITING, DELAYED)
FINISHED = (COMPLETED, FAILED)


class Attempt(Struct, frozen=True, gc=False):
    """One run: `outcome` is running, completed, failed, timedOut, cancelled, lost (its worker died) or stopped (handed back)."""

    number: int
    worker: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str = "running"
    error: str = ""
    message: str = ""
    trace: str = ""


class TimelineEntry(Struct, frozen=True, gc=False):
    """Something that happened to the job, in the past tense."""

    at: datetime
    event: str
    detail: str = ""


class Lease(Struct, frozen=True, gc=False):
    """The right to run a job: until when, by whom, and the token that proves it."""

    token: str
    worker: str
    until: datetime


class Dropped(Struct, frozen=True, gc=False):
    """A dead letter that somebody discarded: when, who and why."""

    at: datetime
    by: str = ""
    reason: str = ""


class Job(Struct, frozen=True):
    """One accepted job. `due_at` is the earliest time to run; `version` is the ledger's, 0 before it was added.

    `discarded`: not tried again after its next failure. `cancel_at`: when its running attempt was asked to stop, by `cancel_by`.
    `retried_at`: when somebody last retried it by hand; attempts before number `counted_from` (0 the first) do not count any more.
    `dropped`: it gave up, and somebody has discarded it. `replay`: the wave of the replay that ran it again.
    `traceparent`: the span that sent it, where that is traced.
    """

    id: str
    type: str
    queue: str
    payload: Mapping[str, Any]
    options: JobOptions
    created_at: datetime
    due_at: datetime
    state: JobState = WAITING
    mode: Mode = "queue"
    reason: str = ""
    subject: str = ""
    requested_by: str = ""
    request_id: str = ""
    updated_at: datetime | None = None
    lease: Lease | None = None
    attempts: Sequence[Attempt] = ()
    timeline: Sequence[TimelineEntry] = ()
    log: Sequence[str] = ()
    progress: Any = 0
    result: Mapping[str, Any] | None = None
    error: str = ""
    error_class: str = ""
    finished_at: datetime | None = None
    on_dead: OnDead = "none"
    on_dead_due: datetime | None = None
    on_dead_tries: int = 0
    discarded: bool = False
    cancel_by: str = ""
    cancel_at: datetime | None = None
    retried_at: datetime | None = None
    counted_from: int = 0
    dropped: Dropped | None = None
    replay: str = ""
    traceparent: str = ""
    version: int = 0

    @property
    def failures(self) -> int:
        """Failed attempts so far (Bull's `attemptsMade`); runs that were lost or handed back do not count."""
        if not self.attempts:
            return 0
        return sum(attempt.outcome in ("failed", "timedOut") for attempt in self.attempts[self.counted_from :])

    @property
    def lost_runs(self) -> int:
        return sum(attempt.outcome == "lost" for attempt in self.attempts[self.counted_from :])

    @property
    def expires_at(self) -> datetime | None:
        """When a job with a `ttl` has waited too long for its first run; None without one, and once it has begun."""
        if not self.options.ttl or self.attempts[self.counted_from :] or self.state not in PENDING:
            return None
        return self.due_at + timedelta(milliseconds=self.options.ttl)

    @property
    def finished(self) -> bool:
        return self.state in FINISHED

    @property
    def processed_at(self) -> datetime | None:
        """The start of the latest attempt."""
        return self.attempts[-1].started_at if self.attempts else None

    @property
    def run_ms(self) -> int | None:
        """How long the latest attempt took; None unless the job has ended with one."""
        if self.finished_at is None or not self.attempts:
            return None
        return round((self.finished_at - self.attempts[-1].started_at).total_seconds() * 1000)

    def noted(self, at: datetime, event: str, detail: str = "", **changes: Any) -> "Job":
        """A copy with `changes` and one more line in its timeline."""
        return replace(self, timeline=(*self.timeline, TimelineEntry(at, event, detail)), updated_at=at, **changes)

    def to_bull(self) -> dict[str, Any]:
        """Bull's job JSON: times in milliseconds, `attemptsMade` counts failures, one trace per failed attempt, oldest first.

        Other than in Bull a falsy result stays what it is, and `failedReason` is gone once the job has succeeded.
        """
        return {
            "id": self.id,
            "name": self.type,
            "data": dict(self.payload),
            "opts": {**self.options.to_bull(), "timestamp": to_millis(self.created_at)},
            "progress": self.progress,
            "delay": _delay_ms(self),
            "timestamp": to_millis(self.created_at),
            "attemptsMade": self.failures,
            "failedReason": self.error or None,
            "stacktrace": [attempt.trace for attempt in self.attempts if attempt.trace],
            "returnvalue": self.result,
            "debounceId": None,
            "finishedOn": to_millis(self.finished_at) if self.finished_at else None,
            "processedOn": to_millis(self.processed_at) if self.processed_at else None,
        }

    def to_json(self) -> dict[str, Any]:
        """As the API shows it: Bull's job JSON and, beside it, the state and the whole history."""
        return {
            **self.to_bull(),
            "queueName": self.queue,
            "state": self.state.value,
            "retriedOn": to_millis(self.retried_at) if self.retried_at else None,
            "mode": self.mode,
            "reason": self.reason,
            "subject": self.subject,
            "requestedBy": self.requested_by,
            "requestId": self.request_id,
            "traceId": self.traceparent[3:35] or None,
            "attempts": [_attempt_json(attempt) for attempt in self.attempts],
            "timeline": [{"at": to_iso(entry.at), "event": entry.event, "detail": entry.detail} for entry in self.timeline],
            "logs": list(self.log),
        }


def _delay_ms(job: Job) -> int:
    """How long a delayed job was told to wait, from its making or its last attempt on; 0 for any other."""
    if job.state is not DELAYED:
        return 0
    since = job.attempts[-1].ended_at if job.attempts else None
    return to_millis(job.due_at) - to_millis(since or job.created_at)


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "worker": attempt.worker,
        "startedAt": to_iso(attempt.started_at),
        "endedAt": to_iso(attempt.ended_at) if attempt.ended_at else None,
        "outcome": attempt.outcome,
        "error": attempt.error or None,
        "message": attempt.message or None,
    }
