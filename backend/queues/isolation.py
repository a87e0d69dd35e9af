"""Where the function of a job runs: in the process that took the job, or in one of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, Protocol

from pydantic import BaseModel

from backend.queues.errors import JobStopped
from backend.queues.jobs import JobContext, JobType
from backend.queues.records import Job

SUSPECTS_AT_ONCE = 2
"""Each has a process, which takes a second and 60 MiB, and a worker that died may have left many."""
LOOK_EVERY_S = 0.1


class Isolation(Protocol):
    """Runs a job whose type is declared with `isolated=True`, or which is suspect, apart from the process of its caller."""

    def __call__(self, job_type: JobType, job: Job, payload: BaseModel, services: Any, context: JobContext) -> Any:
        """Wait for the end of the function and return its result, plain JSON.

        Raises what the function raised, as an error of the same name that is as retryable; JobCrashed where its process ended
        instead. What is raised in the waiting thread, such as JobTimedOut, ends the process of the job at once.
        """


def in_place(job_type: JobType, job: Job, payload: BaseModel, services: Any, context: JobContext) -> Any:
    """An Isolation that isolates nothing: for a process that is itself one of a single job, and for tests."""
    del job
    return job_type(payload, services, context)


class Gate:
    """Lets few in at once; who waits may be stopped or cancelled meanwhile."""

    def __init__(self, most: int = SUSPECTS_AT_ONCE) -> None:
        self._places = BoundedSemaphore(most)

    @contextmanager
    def passing(self, context: JobContext) -> Iterator[None]:
        """Wait for a place, and hold it during a `with` block. Raises JobCancelled, or JobStopped where the process is to end."""
        while not self._places.acquire(timeout=LOOK_EVERY_S):
            context.stop_if_cancelled()
            if context.stopping():
                raise JobStopped
        try:
            yield
        finally:
            self._places.release()
