"""Writes one line when a job is accepted and one when an attempt ends."""

from logging import INFO

from backend.queues.middleware.base import Middleware
from backend.queues.records import Job, JobState
from backend.telemetry.logs import logger, writes

log = logger("queues")


class LogLines(Middleware):
    """Identifiers and reasons only; the payload stays in the ledger."""

    def submitted(self, job: Job) -> None:
        if not writes(INFO):
            return
        log.info(
            "Job accepted", job_id=job.id, job_type=job.type, queue_name=job.queue, mode=job.mode, reason=job.reason, subject=job.subject
        )

    def ended(self, job: Job) -> None:
        if job.state is JobState.COMPLETED and not writes(INFO):
            return
        attempt = job.attempts[-1] if job.attempts else None
        fields = {
            "job_id": job.id,
            "job_type": job.type,
            "attempt_number": attempt.number if attempt else 0,
            "attempts": job.options.attempts,
            "mode": job.mode,
        }
        if attempt and attempt.ended_at:
            fields["duration_ms"] = round((attempt.ended_at - attempt.started_at).total_seconds() * 1000)
        if job.state is JobState.COMPLETED:
            log.info("Job completed", **fields)
        elif job.state is JobState.FAILED:
            log.error("Job failed for good", error=job.error_class, detail=job.error, **fields)
        else:
            log.warning("Job will be tried again", error=job.error_class, detail=job.error, due_at=str(job.due_at), **fields)
