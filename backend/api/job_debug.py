"""One job under the lamp: for an engineer who asks why it is where it is."""

from typing import Any, Literal

from flask import Blueprint

from backend.api.job_why import EstimateView, ReasonView
from backend.clock import to_iso
from backend.web.endpoint import Answer, Endpoint, View, endpoint
from backend.web.gates import staff
from backend.web.state import use_cases

blueprint = Blueprint("job_debug", __name__)


class LeaseView(View):
    """The right to run the job: who has it, and until when."""

    worker: str
    until: str
    valid: bool
    expires_in_ms: int


class PlaceView(View):
    """Where Redis has the job, and how many are before it; `state` says whether Redis could be asked."""

    state: Literal["up", "away", "off", "unknown"]
    place: Literal["waiting", "delayed", "inFlight", "finished", "failed", "nowhere"] | None


class PausedView(View):
    """By whom the queue is paused, and why."""

    by: str
    reason: str
    since: str


class JobQueueView(View):
    """How the queue of the job is."""

    name: str
    status: Literal["healthy", "degraded", "unhealthy"]
    issues: list[str]
    is_running: bool
    processing_capacity: int
    paused: PausedView | None


class EffectView(View):
    """What another run would do to the outside, and what was done already and will not be repeated."""

    key: str
    kind: str
    would_happen: bool
    done_at: str | None


class DebugAnswer(Answer):
    """Everything that is known of one job, without personal data: its record with attempts, timeline and log, what is around it, why
    it is where it is, and what to do next."""

    timestamp: str
    job: dict[str, Any]
    due_at: str
    updated_at: str | None
    version: int
    discarded: bool
    error_class: str | None
    on_dead: Literal["none", "pending", "done"]
    stale: bool
    lease: LeaseView | None
    holder: dict[str, Any] | None
    redis: PlaceView
    queue: JobQueueView
    effects: list[EffectView] | None
    reasons: list[ReasonView]
    estimate: EstimateView | None
    next: ReasonView


@endpoint(blueprint, "GET", "/api/health/queues/job/<job_id>/debug", spec=Endpoint("Everything known of one job", staff, DebugAnswer))
def debug(job_id: str) -> dict[str, Any]:
    services = use_cases()
    return {"timestamp": to_iso(services.clock.now()), **services.job_debug.examine(job_id, services).to_json()}
