"""Jobs as their owners and the staff see them, and the door through which a push-style worker runs one."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import BeforeValidator, Field

from backend.clock import to_iso
from backend.errors import NotFound
from backend.queues.records import Job, JobState
from backend.services.pushed import run_pushed
from backend.telemetry.logs import mask
from backend.web.current_user import current_account, current_actor
from backend.web.endpoint import Answer, Endpoint, Input, View, endpoint
from backend.web.gates import signed_in
from backend.web.internal import internal
from backend.web.state import use_cases

blueprint = Blueprint("jobs", __name__, url_prefix="/api/jobs")

# What a farmer may see of a result: a quality check also holds findings that are for officers alone.
_RESULT_FOR_OWNERS = ("status", "overallScore", "grade", "inspectionType", "outcome", "key", "sha256")


class JobView(View):
    """One job: Bull's names, and the result or the error beside them."""

    id: str
    name: str
    queue_name: str
    state: str
    progress: Any
    attempts_made: int
    created_at: str
    started_at: str | None
    finished_at: str | None
    duration_ms: int | None
    result: dict[str, Any] | None
    error: str | None


class JobAnswer(Answer):
    """One job."""

    job: JobView


class JobsAnswer(Answer):
    """A page of jobs, newest first; `next` is the cursor of the following page."""

    items: list[JobView]
    next: str | None


class ProcessBody(Input):
    """Which accepted job to run now."""

    job_id: str = Field(min_length=1, max_length=200)


class ProcessAnswer(Answer):
    """The job after the run: `success` where it is completed; where it runs elsewhere or is tried again, `state` tells."""

    job_id: str
    state: str
    result: dict[str, Any] | None = None
    error: str | None = None


def _split(states: Any) -> Any:
    """As Bull takes them: one text with commas."""
    return [state.strip() for state in states.split(",") if state.strip()] if isinstance(states, str) else states


class JobsQuery(Input):
    """Which jobs; a farmer gets their own in any case."""

    queue: Literal["aiQc", "email", "calendar", "report"] | None = None
    state: Annotated[tuple[JobState, ...], BeforeValidator(_split)] = Field((), description="One state, or several: failed,delayed")
    name: str | None = Field(None, description="The job type")
    subject: str | None = Field(None, description="What it is about: an application's id")
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=200)


@endpoint(blueprint, "GET", "", spec=Endpoint("List jobs", signed_in, JobsAnswer, query=JobsQuery))
def list_jobs(query: JobsQuery) -> dict[str, Any]:
    user = current_account()
    page = use_cases().queues.list(
        queue=query.queue,
        job_type=query.name,
        state=query.state,
        subject=query.subject,
        requested_by=None if user.is_staff else user.id,
        cursor=query.cursor,
        limit=query.limit,
    )
    return {"items": [view_of_job(job, for_staff=user.is_staff) for job in page.items], "next": page.next}


@endpoint(blueprint, "GET", "/<job_id>", spec=Endpoint("One job", signed_in, JobAnswer))
def get_job(job_id: str) -> dict[str, Any]:
    job = use_cases().queues.get(job_id)
    user = current_account()
    if not user.is_staff:
        require_own_job(job)
    return {"job": view_of_job(job, for_staff=user.is_staff)}


@endpoint(blueprint, "POST", "/process", spec=Endpoint("Run one accepted job now", internal, ProcessAnswer, body=ProcessBody))
def process_job(body: ProcessBody) -> dict[str, Any]:
    job = run_pushed(use_cases().queue_platform, body.job_id)
    done = job.state is JobState.COMPLETED
    outcome = {"result": job.result} if done else {"error": job.error or None}
    return {"success": done, "jobId": job.id, "state": job.state.value, **outcome}


def require_own_job(job: Job) -> None:
    """Whoever is signed in has asked for it, or it is about their application: what an officer started is its farmer's too. Raises
    NotFound."""
    if job.requested_by == current_account().id:
        return
    if not job.subject:
        raise NotFound(f"There is no job {job.id!r}")
    use_cases().certification.get(current_actor(), job.subject)


def view_of_job(job: Job, *, for_staff: bool) -> dict[str, Any]:
    """The job as a `JobView`; its owner does not see all that staff sees."""
    times = {"createdAt": to_iso(job.created_at), "startedAt": _iso(job.processed_at), "finishedAt": _iso(job.finished_at)}
    common = job.to_json() | times | {"durationMs": job.run_ms, "result": job.result, "error": job.error or None}
    return common if for_staff else common | _hidden_from_owners(job)


def _hidden_from_owners(job: Job) -> dict[str, Any]:
    result = {key: job.result[key] for key in _RESULT_FOR_OWNERS if key in job.result} if job.result is not None else None
    error = mask(job.error) or None
    return {
        "result": result,
        "returnvalue": result,
        "error": error,
        "failedReason": error,
        "stacktrace": [],
        "attempts": [],
        "logs": [],
        "requestedBy": "",
    }


def _iso(at: datetime | None) -> str | None:
    return to_iso(at) if at else None
