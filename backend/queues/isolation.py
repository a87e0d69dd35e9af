"""Where the function of a job runs: in the process that took the job, or in one of its own."""

from typing import Any, Protocol

from pydantic import BaseModel

from backend.queues.jobs import JobContext, JobType
from backend.queues.records import Job


class Isolation(Protocol):
    """Runs a job whose type is declared with `isolated=True`, apart from the process of its caller."""

    def __call__(self, job_type: JobType, job: Job, payload: BaseModel, services: Any, context: JobContext) -> Any:
        """Wait for the end of the function and return its result, plain JSON.

        Raises what the function raised, as an error of the same name that is as retryable; JobCrashed where its process ended
        instead. What is raised in the waiting thread, such as JobTimedOut, ends the process of the job at once.
        """


def in_place(job_type: JobType, job: Job, payload: BaseModel, services: Any, context: JobContext) -> Any:
    """An Isolation that isolates nothing: for a process that is itself one of a single job, and for tests."""
    del job
    return job_type(payload, services, context)
