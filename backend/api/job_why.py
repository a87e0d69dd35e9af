"""Why a job waits: every reason for staff, a short answer for its owner."""

from typing import Any

from flask import Blueprint

from backend.api.jobs import require_own_job
from backend.web.current_user import current_account
from backend.web.endpoint import Answer, Endpoint, View, endpoint
from backend.web.gates import signed_in
from backend.web.state import use_cases

blueprint = Blueprint("job_why", __name__, url_prefix="/api/v1/jobs")


class ReasonView(View):
    """One reason; `until` is when it ends by itself, `jobs` are some of those in the way, `by` whose act it is: the words
    have the name, this is the id."""

    code: str
    text: str
    text_th: str
    cure: str
    command: str
    until: str | None
    jobs: list[str]
    count: int | None
    by: str | None


class EstimateView(View):
    """When it starts; null where nobody can tell. `basis` says out of what, or why not."""

    starts_at: str | None
    in_ms: int | None
    basis: str
    basis_th: str


class WhyAnswer(Answer):
    """`reasons` and `queueName` are for staff alone, the weightiest reason first; `estimate` is null for what runs or has ended."""

    job_id: str
    state: str
    summary: str
    summary_th: str
    estimate: EstimateView | None
    queue_name: str | None = None
    reasons: list[ReasonView] | None = None


@endpoint(blueprint, "GET", "/<job_id>/why", spec=Endpoint("Why a job waits", signed_in, WhyAnswer))
def why(job_id: str) -> dict[str, Any]:
    user = current_account()
    if not user.is_staff:
        require_own_job(use_cases().queues.get(job_id))
    answer = use_cases().job_why.ask(job_id)
    return answer.to_json() if user.is_staff else answer.for_owner()
