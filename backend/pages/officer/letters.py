"""The letters about one application, from the jobs that send them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.jobs.send_letter import send_letter
from backend.queues.names import EMAIL
from backend.queues.records import Job, JobState
from backend.web.state import use_cases

_MOST = 50


@dataclass(frozen=True)
class LetterLine:
    """One letter: its kind, and what became of it (`SENT`, …, or the state of the job that is to send it)."""

    kind: str
    outcome: str
    at: datetime


def letters_of(application_id: str) -> Sequence[LetterLine]:
    """The latest first; a job is kept for seven days, and so is its line here."""
    found = use_cases().queues.list(queue=EMAIL, job_type=send_letter.name, subject=application_id, limit=_MOST)
    return [LetterLine(str(job.payload.get("kind", "")), _outcome(job), job.finished_at or job.created_at) for job in found.items]


def _outcome(job: Job) -> str:
    if job.state is JobState.COMPLETED and job.result:
        return str(job.result.get("outcome", "SENT"))
    return "FAILED" if job.state is JobState.FAILED else "WAITING"
