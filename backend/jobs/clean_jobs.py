"""Job type: forget jobs that ended long ago; every hour."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from backend.queues.jobs import JobContext, job
from backend.queues.policies import RETENTION_DAYS
from backend.queues.repeat import Repeat
from backend.queues.schedules import Schedule
from backend.services import Services

WITHIN = timedelta(seconds=60)
"""Well below the time-out of the queue; what is left over goes in the next hour."""


class CleanJobs(BaseModel):
    """For how many days ended jobs stay."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int = Field(RETENTION_DAYS, ge=1)


@job(queue="report", payload=CleanJobs, priority=100)
def clean_jobs(payload: CleanJobs, services: Services, context: JobContext) -> dict[str, Any]:
    """Remove them, but for their numbers; returns how many per queue. It comes behind everything that people wait for."""
    return dict(services.queue_control.clean(older_than=timedelta(days=payload.days), within=WITHIN))


HOURLY = Schedule("clean-jobs", clean_jobs.name, Repeat(every=3_600_000))
