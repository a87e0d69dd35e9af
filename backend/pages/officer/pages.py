"""The officers' list, and everything about one application on one page."""

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from backend.accounts.roles import Role
from backend.certification.application import Application
from backend.certification.policy import Policy
from backend.certification.states import Status, allowed
from backend.clock import bangkok_date
from backend.jobs.run_ai_qc import RunAiQc, run_ai_qc
from backend.pages.form.desk import open_desk
from backend.pages.form.views import Option
from backend.pages.language import language
from backend.pages.officer.letters import letters_of
from backend.pages.rendering import label_text, page
from backend.pages.summary import sections
from backend.web.current_user import current_actor
from backend.web.state import use_cases

blueprint = Blueprint("officer_pages", __name__, url_prefix="/officer")
Answer = Response | WerkzeugResponse
BY_HAND_PRIORITY = 5  # an officer waits for it: before the automatic runs, which have 7 (1 is first)
_PER_PAGE = 25
_NEVER_LISTED = frozenset({Status.NONE, Status.EXPIRED})


@blueprint.get("")
def applications() -> Answer:
    """Applications of one state (those in review where none is chosen), the latest first."""
    status = request.args.get("status", Status.IN_REVIEW.value)
    found = use_cases().certification.list(
        current_actor(), status=status if status != "all" else None, cursor=request.args.get("cursor"), limit=_PER_PAGE
    )
    states = [Option(state.value, label_text("status", state), state == status) for state in Status if state not in _NEVER_LISTED]
    return page(
        "officer/list.html", rows=[(item, herbs_of(item)) for item in found.items], chosen_state=status, states=states, next=found.next
    )


@blueprint.get("/applications/<application_id>")
def application(application_id: str) -> Answer:
    """The result of the check, appointments, letters, papers, answers and history."""
    desk = open_desk(application_id)
    actor = current_actor()
    found = desk.application
    return page(
        "officer/detail.html",
        application=found,
        herbs=herbs_of(found),
        shown=use_cases().certification.to_json(actor, found),
        sections=sections(desk, ids_hidden=actor.role != Role.REVIEWER),
        letters=letters_of(application_id),
        may_ask=allowed(found.status, "request_revision", actor.role),
        may_run=found.status == Status.IN_REVIEW and not found.is_replacement,
        started=request.args.get("started"),
    )


@blueprint.post("/applications/<application_id>/run-check")
def run_check(application_id: str) -> Answer:
    """Check the quality once more; a worker does it, or this request where there is none."""
    actor = current_actor()
    run_id = use_cases().certification.request_quality_check(actor, application_id)
    payload = RunAiQc(application_id=application_id, run_id=run_id)
    use_cases().queues.submit(run_ai_qc, payload, subject=application_id, requested_by=actor.id, priority=BY_HAND_PRIORITY)
    return redirect(url_for("officer_pages.application", application_id=application_id, started=1))


def herbs_of(application: Application) -> str:
    """The herbs of an application in one line."""
    policy = Policy.in_force(bangkok_date(application.created_at))
    known = [(policy.herb(crop.herb_code), crop) for crop in application.form.crops]
    names = [(herb.name_th if language() == "th" else herb.name_en) if herb else crop.herb_name_other for herb, crop in known]
    return ", ".join(name for name in names if name)
