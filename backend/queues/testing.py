"""Helpers for tests of code that uses the queue: what was submitted, what was told, run what waits, hold the clock.

The doubles of everything outside ship in `backend.adapters.memory`: `queues.memory_platform` is a platform made of them.
"""

from datetime import timedelta
from typing import Any

from backend.clock import FrozenClock
from backend.queues.events import JobEvent
from backend.queues.jobs import JobType
from backend.queues.listening import ANY
from backend.queues.names import QUEUES
from backend.queues.platform import QueuePlatform
from backend.queues.ports import JobFilter
from backend.queues.records import Job
from backend.queues.working import work_once

__all__ = ["FrozenClock", "assert_not_submitted", "assert_submitted", "drain", "hearing", "run_until_quiet", "submitted"]

MAX_JOBS = 1_000


def submitted(platform: QueuePlatform, job_type: JobType | None = None) -> list[Job]:
    """Every job in the ledger, oldest first, of one type where it is given."""
    where = JobFilter(type=job_type.name if job_type else None)
    return list(reversed(platform.outside.ledger.page(where, limit=MAX_JOBS).items))


def assert_submitted(platform: QueuePlatform, job_type: JobType, times: int = 1, **payload: Any) -> Job:
    """There are `times` jobs of the type whose payload has these values; returns the newest. Raises AssertionError."""
    if times < 1:
        raise ValueError("times starts at 1: for none there is assert_not_submitted")
    jobs = submitted(platform, job_type)
    matching = [job for job in jobs if payload.items() <= dict(job.payload).items()]
    if len(matching) != times:
        found = "; ".join(str(dict(job.payload)) for job in jobs) or "none"
        raise AssertionError(f"{len(matching)} {job_type.name} jobs have {payload}, not {times}. Submitted: {found}")
    return matching[-1]


def assert_not_submitted(platform: QueuePlatform, job_type: JobType, **payload: Any) -> None:
    """There is no job of the type whose payload has these values. Raises AssertionError."""
    jobs = [job for job in submitted(platform, job_type) if payload.items() <= dict(job.payload).items()]
    if jobs:
        raise AssertionError(f"{len(jobs)} {job_type.name} jobs were submitted: {'; '.join(str(dict(job.payload)) for job in jobs)}")


def hearing(platform: QueuePlatform, name: str = ANY, *, queue: str | None = None) -> list[JobEvent]:
    """A list that fills with the events of that name (any, by default) from now on, in their order."""
    heard: list[JobEvent] = []
    platform.events.on(name, heard.append, queue=queue)
    return heard


def drain(platform: QueuePlatform, *, worker: str = "test-worker") -> list[Job]:
    """Run what waits now, by priority, as a worker would; returns the jobs as each run left them. Delayed jobs stay."""
    ran: list[Job] = []
    while len(ran) < MAX_JOBS:
        platform.outside.broker.promote_due(platform.outside.clock.now())
        done = work_once(platform, QUEUES, worker=worker)
        if done is None:
            return ran
        ran.extend(done)
    raise AssertionError(f"The queues do not run dry: more than {MAX_JOBS} jobs")


def run_until_quiet(platform: QueuePlatform, clock: FrozenClock, *, within: timedelta = timedelta(hours=1)) -> list[Job]:
    """Drain, move the clock to the next due job, and again, until nothing is due within that time."""
    end = clock.now() + within
    ran = drain(platform)
    while (following := platform.outside.ledger.pending(limit=1).items) and following[0].due_at <= end:
        clock.set(max(clock.now(), following[0].due_at))
        step = drain(platform)
        if not step:
            break
        ran.extend(step)
    return ran
