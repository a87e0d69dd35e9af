"""Writes one line when a job is accepted, one when an attempt begins and one when it ends."""

from logging import INFO
from typing import Any

from backend import context
from backend.clock import to_iso
from backend.queues.errors import JobCancelled
from backend.queues.middleware.base import Middleware
from backend.queues.records import Job, JobState
from backend.telemetry.logs import logger, writes

_COMPLETED = JobState.COMPLETED
_CANCELLED = JobCancelled.__name__
log = logger("queues")


class LogLines(Middleware):
    """Identifiers and reasons only; the payload stays in the ledger."""

    def submitted(self, job: Job) -> None:
        if writes(INFO):
            log.info("Job accepted", called="job_accepted", reason=job.reason, delay_ms=job.options.delay, **_about(job))

    def running(self, job: Job) -> None:
        if writes(INFO):
            log.info(
                "Job started", called="job_started", worker=job.attempts[-1].worker if job.attempts else "", attempts=job.options.attempts
            )

    def ended(self, job: Job) -> None:
        if job.state is _COMPLETED and not writes(INFO):
            return
        attempt = job.attempts[-1] if job.attempts else None
        fields = {**_about(job), "attempt": attempt.number if attempt else 0, "attempts": job.options.attempts}
        if attempt and attempt.ended_at:
            fields["duration_ms"] = round((attempt.ended_at - attempt.started_at).total_seconds() * 1000)
        if job.state is _COMPLETED:
            log.info("Job completed", called="job_completed", **fields)
        elif job.error_class == _CANCELLED and job.state is JobState.FAILED:
            log.info("Job was cancelled", called="job_cancelled", detail=job.error, **fields)
        elif job.state is JobState.FAILED:
            log.error("Job failed for good", called="job_failed", error=job.error_class, detail=job.error, **fields)
        elif attempt and attempt.outcome == "stopped":
            log.info("Job was handed back", called="job_handed_back", **fields)
        elif attempt and attempt.outcome == "lost":
            log.warning("Job lost its worker and runs again", called="job_stalled", worker=attempt.worker, **fields)
        else:
            again = {"error": job.error_class, "detail": job.error, "due_at": to_iso(job.due_at)}
            log.warning("Job will be tried again", called="job_retrying", **again, **fields)


def _about(job: Job) -> dict[str, Any]:
    """A line may be written by whoever is not in the context of the job; in it, every line has these anyway."""
    fields = {
        "requestId": job.request_id,
        "jobId": job.id,
        "jobType": job.type,
        "queue": job.queue,
        "userId": job.requested_by,
        "applicationId": job.subject,
        "mode": job.mode,
    }
    return {} if fields.items() <= context.bound().items() else fields
