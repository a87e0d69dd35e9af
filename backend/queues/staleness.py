"""Tells which active jobs have run beyond their timeout: one rule for health, alerts and what is said of a single job."""

from datetime import datetime, timedelta

from backend.queues.ports import JobFilter, Ledger
from backend.queues.records import Job, JobState

ENDING = timedelta(seconds=15)
"""So long beyond its timeout a job may be on its way to its end."""
LOOKED_AT = 1_000


def is_stale(job: Job, now: datetime) -> bool:
    """Whether the job is active beyond its timeout, and the moment that ending it takes; one without a timeout never is."""
    if job.state is not JobState.ACTIVE or not job.options.timeout or job.processed_at is None:
        return False
    return now - job.processed_at > timedelta(milliseconds=job.options.timeout) + ENDING


def stale_jobs(ledger: Ledger, queue: str, now: datetime) -> int:
    """How many jobs of the queue are stale, among the newest `LOOKED_AT` of those that are active. May raise Unavailable."""
    page = ledger.page(JobFilter(queue=queue, state=JobState.ACTIVE), limit=LOOKED_AT)
    return sum(is_stale(job, now) for job in page.items)
