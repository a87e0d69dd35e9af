"""Runs the quality check of one application by hand."""

from typing import Any, Literal

from flask import Blueprint
from pydantic import Field, RootModel

from backend.certification.actors import Actor
from backend.errors import Conflict, Unavailable
from backend.jobs.run_ai_qc import RunAiQc, run_ai_qc
from backend.queues.records import JobState
from backend.queues.service import Submitted
from backend.web.current_user import current_actor
from backend.web.endpoint import Answer, Endpoint, Input, WholeNumber, endpoint
from backend.web.gates import staff
from backend.web.state import use_cases

blueprint = Blueprint("ai_qc", __name__, url_prefix="/api/v1/ai-qc")
BY_HAND_PRIORITY = 5  # before the automatic runs, which have 7 (1 is first)


class RunBody(Input):
    """`useQueue: false` runs it now; the rest are Bull's job options, times in milliseconds."""

    use_queue: bool = True
    priority: WholeNumber = Field(BY_HAND_PRIORITY, ge=0, le=2_097_151)
    delay: WholeNumber = Field(0, ge=0, le=31_536_000_000)
    attempts: WholeNumber | None = Field(None, ge=1, le=1000)
    backoff: WholeNumber | dict[str, Any] | None = None
    lifo: bool | None = None
    timeout: WholeNumber | None = Field(None, ge=0, le=31_536_000_000)
    job_id: str | None = None


class QueuedAnswer(Answer):
    """A worker takes it; `jobId` finds it again."""

    status: Literal["queued"]
    job_id: str
    message: str


class CompletedAnswer(Answer):
    """It ran in this request; `data` is the result."""

    status: Literal["completed"]
    job_id: str
    data: dict[str, Any]


class RunAnswer(RootModel[QueuedAnswer | CompletedAnswer]):
    """Queued, or completed already."""


@endpoint(blueprint, "POST", "/applications/<application_id>/run", spec=Endpoint("Run the quality check", staff, RunAnswer, body=RunBody))
def run(application_id: str, body: RunBody) -> dict[str, Any]:
    actor = current_actor()
    run_id = use_cases().certification.request_quality_check(actor, application_id)
    submitted = use_cases().queues.submit(
        run_ai_qc,
        RunAiQc(application_id=application_id, run_id=run_id),
        subject=application_id,
        requested_by=actor.id,
        inline=not body.use_queue,
        **body.model_dump(exclude={"use_queue"}, exclude_none=True),
    )
    if submitted.duplicate:
        _require_same_work(submitted.job_id, application_id)
    if submitted.queued:
        return {"jobId": submitted.job_id, "status": "queued", "message": "AI QC queued for processing"}
    return {"jobId": submitted.job_id, "status": "completed", "data": _result(actor, application_id, submitted)}


def _require_same_work(job_id: str, application_id: str) -> None:
    """An id that other work has already would answer with that work's result. Raises Conflict."""
    job = use_cases().queues.get(job_id)
    if (job.type, job.subject) != (run_ai_qc.name, application_id):
        raise Conflict("jobId นี้เป็นของงานอื่น โปรดใช้รหัสอื่น / This jobId belongs to another job: choose another.")


def _result(actor: Actor, application_id: str, submitted: Submitted) -> dict[str, Any]:
    """What the run found; one that failed for good has left the fallback in the application."""
    if submitted.state is JobState.COMPLETED and submitted.result is not None:
        return dict(submitted.result)
    result = use_cases().certification.get(actor, application_id).ai_qc
    if result is None:
        raise Unavailable("The quality check failed; it is tried again shortly", retry_after=60)
    return result.to_json()
