"""Decides whether a failed attempt is tried again, and when: by the class of the error and the job's own options."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from backend.errors import Conflict, GacpError
from backend.queues.backoff import GIVE_UP, Backoff, BackoffStrategy, bounded, delay_after
from backend.queues.errors import JobCancelled
from backend.queues.records import Job
from backend.telemetry.logs import logger

Strategies = Mapping[str, BackoffStrategy]
_NONE: Strategies = MappingProxyType({})
log = logger("queues.retrying")


@dataclass(frozen=True)
class Retry:
    """Try again after so many milliseconds."""

    wait_ms: int


def is_retryable(error: BaseException) -> bool:
    """Whether trying again can help: the class of our own errors says so, an unknown error may be an accident.

    A Conflict is final for the person who sent a form, but not for a job: it reads the present state on its next try.
    """
    if isinstance(error, JobCancelled):
        return False
    if isinstance(error, GacpError):
        return error.retryable or isinstance(error, Conflict)
    return True


def next_try(job: Job, error: BaseException, strategies: Strategies = _NONE) -> Retry | None:
    """What follows this failure, the one after `job.failures` earlier ones; None where the job is dead.

    A provider that told when to come back (`retry_after`, seconds) is not asked earlier.
    """
    failures = job.failures + 1
    if failures >= job.options.attempts or job.discarded or job.cancel_at is not None or not is_retryable(error):
        return None
    wait = _wait(failures, error, job.options.backoff, strategies)
    if wait is None:
        return None
    told = getattr(error, "retry_after", None) or 0.0
    return Retry(max(wait, round(told * 1000)))


def _wait(failures: int, error: BaseException, backoff: Backoff | None, strategies: Strategies) -> int | None:
    """Milliseconds, or None where a strategy gives up. A strategy that fails, or is gone, waits for the fixed delay."""
    strategy = strategies.get(backoff.type) if backoff else None
    if backoff is None or strategy is None:
        return delay_after(failures, backoff)
    try:
        asked = strategy.wait(failures, error, backoff.options or {})
    except Exception:
        # The job has failed already; a mistake in how long to wait must not bury it as well.
        log.exception("A backoff strategy failed: the fixed delay is waited", strategy=strategy.name)
        return delay_after(failures, backoff)
    return None if asked == GIVE_UP else bounded(max(0, asked or 0), backoff)
