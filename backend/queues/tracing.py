"""Spans of the queues, named as OpenTelemetry's messaging conventions have it: `send aiQc` for a submission, `process aiQc` for a run.

The conventions are still in development; these are those of 1.40, and `messaging.message.retry.count` and `…receive.latency` are Sentry's.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any

from pydantic_core import to_json

from backend.queues.middleware.base import Middleware
from backend.queues.records import Job
from backend.telemetry.tracing import NOTHING, Kind, Span, Tracer, innermost

SYSTEM = "rq"
_MANY = " many"
"""Behind the traceparent of a job that was sent together with others: its run is a trace of its own, and only linked to that."""


def sending(tracer: Tracer, queue: str, count: int = 1) -> AbstractContextManager[Span]:
    """Around the submission of so many jobs."""
    if not tracer.on:
        return NOTHING
    attributes = _attributes(queue, "send") | ({"messaging.batch.message_count": count} if count != 1 else {})
    return tracer.span(f"send {queue}", Kind.PRODUCER, attributes)


def carried(*, many: bool = False) -> str:
    """What a job that is submitted now takes along; empty where nothing is traced."""
    traceparent = innermost.get().traceparent
    return traceparent + _MANY if traceparent and many else traceparent


def note_sent(job: Job) -> None:
    """The span around says which job it sent."""
    span = innermost.get()
    if span.traceparent:
        span.note(_about(job))


def note_failed(error: BaseException) -> None:
    """The span around did not end well."""
    innermost.get().failed(type(error).__name__)


def around_runs(tracer: Tracer) -> Sequence[Middleware]:
    """What traces every run; nothing at all where nothing is traced."""
    return [TraceRuns(tracer)] if tracer.on else []


class TraceRuns(Middleware):
    """A span around each run: inside of the one that sent the job alone, and linked to that which sent it among many."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def running(self, job: Job) -> AbstractContextManager[object]:
        sent, _, many = job.traceparent.partition(" ")
        attempt = job.attempts[-1] if job.attempts else None
        waited_ms = round((attempt.started_at - job.due_at).total_seconds() * 1000) if attempt else 0
        attributes = {
            **_attributes(job.queue, "process"),
            **_about(job),
            "messaging.message.retry.count": job.failures,
            "messaging.message.receive.latency": max(0, waited_ms),
            "messaging.client.id": attempt.worker if attempt else "",
        }
        return self._tracer.span(f"process {job.queue}", Kind.CONSUMER, attributes, parent="" if many else sent, link=sent)


def _attributes(queue: str, operation: str) -> dict[str, str | int]:
    return {
        "messaging.system": SYSTEM,
        "messaging.destination.name": queue,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
    }


def _about(job: Job) -> dict[str, str | int]:
    return {
        "messaging.message.id": job.id,
        "messaging.message.body.size": _size(job.payload),
        "gacp.job.type": job.type,
        "gacp.job.mode": job.mode,
        "gacp.request.id": job.request_id,
        # Who asked, so that one person's troubles can be seen together, and not who that is.
        "user.hash": sha256(job.requested_by.encode()).hexdigest()[:16] if job.requested_by else "",
    }


def _size(payload: Mapping[str, Any]) -> int:
    return len(to_json(dict(payload)))
