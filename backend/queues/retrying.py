"""Decides whether a failed attempt is tried again, and when: by the class of the error and the job's own options."""

from dataclasses import dataclass

from backend.errors import Conflict, GacpError
from backend.queues.backoff import delay_after
from backend.queues.records import Job


@dataclass(frozen=True)
class Retry:
    """Try again after so many milliseconds."""

    wait_ms: int


def is_retryable(error: BaseException) -> bool:
    """Whether trying again can help: the class of our own errors says so, an unknown error may be an accident.

    A Conflict is final for the person who sent a form, but not for a job: it reads the present state on its next try.
    """
    if isinstance(error, GacpError):
        return error.retryable or isinstance(error, Conflict)
    return True


def next_try(job: Job, error: BaseException) -> Retry | None:
    """What follows this failure, the one after `job.failures` earlier ones; None where the job is dead.

    A provider that told when to come back (`retry_after`, seconds) is not asked earlier.
    """
    failures = job.failures + 1
    if failures >= job.options.attempts or not is_retryable(error):
        return None
    told = getattr(error, "retry_after", None) or 0.0
    return Retry(max(delay_after(failures, job.options.backoff), round(told * 1000)))
