"""What can happen to a job or a queue, as values: Bull's event names and arguments, in plain JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Self

from msgspec import Struct, field

from backend.clock import from_iso, to_iso
from backend.context import request_id
from backend.errors import FieldError, InvalidInput
from backend.queues.records import Job, JobState


class EventName(StrEnum):
    """Bull's names; `retrying` is ours: in Bull every failed try is called `failed`, here only the last one is."""

    WAITING = "waiting"
    ACTIVE = "active"
    PROGRESS = "progress"
    COMPLETED = "completed"
    FAILED = "failed"
    RETRYING = "retrying"
    STALLED = "stalled"
    PAUSED = "paused"
    RESUMED = "resumed"
    DRAINED = "drained"
    CLEANED = "cleaned"
    REMOVED = "removed"
    DUPLICATED = "duplicated"


class JobEvent(Struct, frozen=True):
    """Something that happened, told after it was written. `job_id` is empty where it happened to the queue as a whole.

    `request_id` is that of the request that asked for the job, or that did it to the queue.
    """

    name: EventName
    queue: str
    at: datetime
    job_id: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = field(default_factory=request_id)

    def to_json(self) -> dict[str, Any]:
        """`{name, queue, at, jobId, arguments, requestId}`."""
        return {
            "name": self.name.value,
            "queue": self.queue,
            "at": to_iso(self.at),
            "jobId": self.job_id,
            "arguments": dict(self.arguments),
            "requestId": self.request_id,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; raises ValueError, KeyError or TypeError for anything else."""
        return cls(
            name=EventName(data["name"]),
            queue=str(data["queue"]),
            at=from_iso(data["at"]),
            job_id=str(data["jobId"]),
            arguments=dict(data["arguments"]),
            request_id=str(data.get("requestId", "")),
        )


def event_name(text: str) -> EventName:
    """The event of that name. Raises InvalidInput with the name that was probably meant."""
    try:
        return EventName(text)
    except ValueError:
        names = [name.value for name in EventName]
        near = get_close_matches(text, names, n=1)
        cure = f"did you mean {near[0]!r}?" if near else f"the events are {', '.join(names)}"
        message = f"there is no event {text!r}: {cure}"
        raise InvalidInput(message, errors=(FieldError("name", message, "UNKNOWN_EVENT"),)) from None


def waiting(job: Job) -> JobEvent:
    """The job stands in line: it was submitted without delay, fell due, was promoted, or is retried by hand."""
    return _of_job(EventName.WAITING, job)


def active(job: Job) -> JobEvent:
    """A run of the job has begun: `{prev}`."""
    return _of_job(EventName.ACTIVE, job, prev=JobState.WAITING.value)


def progress(job: Job, value: Any, at: datetime) -> JobEvent:
    """The running job has told how far it is: `{progress}`, a number or an object."""
    return _of_job(EventName.PROGRESS, job, at=at, progress=value)


def ended(job: Job) -> JobEvent | None:
    """What the end of a run means; None where the run was handed back, which is nobody's business but the worker's.

    completed `{result, prev}` · failed, for good, `{failedReason, prev, attemptsMade, final}` · retrying
    `{failedReason, prev, attemptsMade, delay (ms), final}` · stalled, its worker is lost and it runs again, `{worker, lostRuns}`.
    """
    if job.state is JobState.COMPLETED:
        return _of_job(EventName.COMPLETED, job, result=job.result, prev=JobState.ACTIVE.value)
    if job.state is JobState.FAILED:
        return _of_job(EventName.FAILED, job, **_failure(job), final=True)
    last = job.attempts[-1] if job.attempts else None
    if last is None or last.outcome == "stopped":
        return None
    if last.outcome == "lost":
        return _of_job(EventName.STALLED, job, worker=last.worker, lostRuns=job.lost_runs)
    wait = (job.due_at - (last.ended_at or job.due_at)).total_seconds()
    return _of_job(EventName.RETRYING, job, **_failure(job), delay=max(0, round(wait * 1000)), final=False)


def duplicated(job: Job) -> JobEvent:
    """A job was submitted under the id of this one, which stays as it is: `{state}`."""
    return _of_job(EventName.DUPLICATED, job, state=job.state.value)


def removed(job: Job, at: datetime) -> JobEvent:
    """The job is forgotten: `{prev}`."""
    return _of_job(EventName.REMOVED, job, at=at, prev=job.state.value)


def paused(queue: str, at: datetime, *, by: str = "", reason: str = "") -> JobEvent:
    """Workers take no more jobs of the queue: `{by, reason}`."""
    return JobEvent(EventName.PAUSED, queue, at, arguments={"by": by, "reason": reason})


def resumed(queue: str, at: datetime, *, by: str = "") -> JobEvent:
    """Workers take jobs of the queue again: `{by}`."""
    return JobEvent(EventName.RESUMED, queue, at, arguments={"by": by})


def drained(queue: str, at: datetime) -> JobEvent:
    """A worker that was busy with the queue has found nothing more in it."""
    return JobEvent(EventName.DRAINED, queue, at)


def cleaned(queue: str, at: datetime, *, count: int, type: str, ids: Sequence[str] = ()) -> JobEvent:
    """Old jobs were forgotten: `{jobIds, type, count}`; `type` is the state that they were in, or `finished` for both."""
    return JobEvent(EventName.CLEANED, queue, at, arguments={"jobIds": list(ids), "type": type, "count": count})


def _of_job(name: EventName, job: Job, *, at: datetime | None = None, **arguments: Any) -> JobEvent:
    return JobEvent(name, job.queue, at or job.updated_at or job.created_at, job.id, arguments, job.request_id)


def _failure(job: Job) -> dict[str, Any]:
    return {"failedReason": job.error, "prev": JobState.ACTIVE.value, "attemptsMade": job.failures}
