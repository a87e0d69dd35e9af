"""How one job lies in the document store."""

from functools import lru_cache
from typing import Any

from msgspec.structs import asdict
from pydantic_core import from_json, to_json

from backend.adapters.documents.store import Document
from backend.queues.causes import cause_of
from backend.queues.options import JobOptions
from backend.queues.probes import is_probe
from backend.queues.records import FAILED, Attempt, Dropped, Job, JobState, Lease, TimelineEntry

DEAD, DROPPED, PROBED = "dead", "dropped", "probed"
ASIDE = (DROPPED, PROBED)
"""Failed jobs that count for nothing have lanes of their own: those that somebody discarded, and probes."""
MARKS = ("shelf", "cause", "replay", "replayed")


def to_document(job: Job) -> Document:
    """`lane` joins queue and state, so that one grouped count answers for all queues; lists are kept whole.

    `expires`, `expiresAt` and `runMs` are computed for the index alone; so are `shelf`, `cause` and `replayed` of the few that have them.
    """
    expires_at = job.expires_at
    document: Document = {
        "id": job.id,
        "version": job.version,
        "type": job.type,
        "queue": job.queue,
        "state": str(job.state),
        "lane": _lane_of(job),
        "payload": dict(job.payload),
        "options": job.options.to_bull(),
        "createdAt": job.created_at,
        "dueAt": job.due_at,
        "updatedAt": job.updated_at,
        "finishedAt": job.finished_at,
        "runMs": job.run_ms,
        "mode": job.mode,
        "reason": job.reason,
        "subject": job.subject,
        "requestedBy": job.requested_by,
        "requestId": job.request_id,
        "lease": asdict(job.lease) if job.lease else None,
        "attempts": [asdict(attempt) for attempt in job.attempts],
        "timeline": [asdict(entry) for entry in job.timeline],
        "log": list(job.log),
        "progress": job.progress,
        "result": dict(job.result) if job.result is not None else None,
        "error": job.error,
        "errorClass": job.error_class,
        "onDead": job.on_dead,
        "onDeadDue": job.on_dead_due,
        "onDeadTries": job.on_dead_tries,
        "discarded": job.discarded,
        "cancelBy": job.cancel_by,
        "cancelAt": job.cancel_at,
        "retriedAt": job.retried_at,
        "countedFrom": job.counted_from,
        "traceparent": job.traceparent,
        "expiresAt": expires_at,
        "expires": expires_at is not None,
    }
    if job.state is FAILED or job.replay:
        document |= marks(job) | {"dropped": asdict(job.dropped) if job.dropped else None}
    return document


def marks(job: Job) -> Document:
    """What only a dead letter is found by, or a job that was one: see MARKS."""
    cause = cause_of(job)
    return {
        "shelf": None if cause is None else DROPPED if job.dropped else DEAD,
        "cause": cause.id if cause else None,
        "replay": job.replay or None,
        "replayed": bool(job.replay),
    }


def from_document(document: Document) -> Job:
    """The job that `to_document` wrote."""
    lease: dict[str, Any] | None = document["lease"]
    dropped: dict[str, Any] | None = document.get("dropped")
    return Job(
        id=document["id"],
        version=document["version"],
        type=document["type"],
        queue=document["queue"],
        state=JobState(document["state"]),
        payload=document["payload"],
        options=_options(to_json(document["options"])),
        created_at=document["createdAt"],
        due_at=document["dueAt"],
        updated_at=document["updatedAt"],
        finished_at=document["finishedAt"],
        mode=document["mode"],
        reason=document["reason"],
        subject=document["subject"],
        requested_by=document["requestedBy"],
        request_id=document["requestId"],
        lease=Lease(**lease) if lease else None,
        attempts=tuple(Attempt(**attempt) for attempt in document["attempts"]),
        timeline=tuple(TimelineEntry(**entry) for entry in document["timeline"]),
        log=tuple(document["log"]),
        progress=document["progress"],
        result=document["result"],
        error=document["error"],
        error_class=document["errorClass"],
        on_dead=document["onDead"],
        on_dead_due=document["onDeadDue"],
        on_dead_tries=document["onDeadTries"],
        discarded=document.get("discarded", False),
        cancel_by=document.get("cancelBy", ""),
        cancel_at=document.get("cancelAt"),
        retried_at=document.get("retriedAt"),
        counted_from=document.get("countedFrom", 0),
        dropped=Dropped(**dropped) if dropped else None,
        replay=document.get("replay") or "",
        traceparent=document.get("traceparent", ""),
    )


@lru_cache(1_000)
def _options(bull: bytes) -> JobOptions:
    """Checking the options takes as long as all the rest of a job, and those of a job type are nearly always the same."""
    return JobOptions.from_bull(from_json(bull))


def lane(queue: str, state: JobState) -> str:
    return f"{queue}:{state}"


def lanes_of_failed(queue: str) -> list[str]:
    """Where the failed jobs of a queue are, also those that count for nothing."""
    return [lane(queue, JobState.FAILED), *(f"{queue}:{aside}" for aside in ASIDE)]


def _lane_of(job: Job) -> str:
    if job.dropped:
        return f"{job.queue}:{DROPPED}"
    return f"{job.queue}:{PROBED}" if job.state is FAILED and is_probe(job.type) else lane(job.queue, job.state)
