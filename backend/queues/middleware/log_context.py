"""Binds request id, job, attempt, user and application, so that every log line of a job carries them and no job mentions them."""

from contextlib import AbstractContextManager

from backend import context
from backend.queues.middleware.base import Middleware
from backend.queues.records import Job


class LogContext(Middleware):
    """The request that asked for the job goes on being the request of everything that the job does."""

    hears_probes = True

    def running(self, job: Job) -> AbstractContextManager[object]:
        return context.Binding(
            {
                "requestId": job.request_id or context.new_request_id(),
                "jobId": job.id,
                "jobType": job.type,
                "queue": job.queue,
                "attempt": job.attempts[-1].number if job.attempts else 0,
                "mode": job.mode,
                "userId": job.requested_by,
                "applicationId": job.subject,
            }
        )
