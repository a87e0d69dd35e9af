"""The applicant's applications: the list, a new one, and the page that says where one stands."""

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from backend.certification.states import EDITABLE, OWNER, allowed
from backend.errors import Conflict
from backend.pages.form.desk import open_desk
from backend.pages.rendering import page
from backend.pages.status import standing
from backend.web.current_user import current_account, current_actor
from backend.web.state import use_cases

blueprint = Blueprint("application_pages", __name__, url_prefix="/applications")
Answer = Response | WerkzeugResponse
_PER_PAGE = 20


@blueprint.get("")
def applications() -> Answer:
    """The visitor's own applications, those first that wait for them."""
    if current_account().is_staff:
        return redirect(url_for("officer_pages.applications"))
    found = use_cases().certification.list(current_actor(), cursor=request.args.get("cursor"), limit=_PER_PAGE)
    waiting = [item for item in found.items if item.status in EDITABLE]
    return page("applications.html", items=found.items, waiting=waiting, next=found.next)


@blueprint.post("")
def begin() -> Answer:
    """Begin an empty draft; the e-mail address of the account is filled in already."""
    email = current_account().email
    made = use_cases().certification.create(current_actor(), {"schemaVersion": 1, "applicant": {"email": email}})
    return redirect(url_for("form_pages.hub", application_id=made.id))


@blueprint.get("/<application_id>")
def status(application_id: str) -> Answer:
    """Where it stands, what was found, what comes next."""
    if current_account().is_staff:
        return redirect(url_for("officer_pages.application", application_id=application_id))
    desk = open_desk(application_id)
    if desk.application.status == "DRAFT":
        return redirect(url_for("form_pages.hub", application_id=application_id))
    shown = use_cases().certification.to_json(current_actor(), desk.application)
    return page(
        "status.html", application=desk.application, shown=shown, standing=standing(desk, shown), just_sent=request.args.get("sent")
    )


@blueprint.get("/<application_id>/state")
def state(application_id: str) -> dict[str, str]:
    """A fingerprint that changes when the status page has something new to say; the page asks for it now and then."""
    desk = open_desk(application_id)
    shown = use_cases().certification.to_json(current_actor(), desk.application)
    return {"fingerprint": standing(desk, shown).fingerprint}


@blueprint.get("/<application_id>/withdraw")
def ask_withdrawal(application_id: str) -> Answer:
    """What giving up means, before it is done."""
    desk = open_desk(application_id)
    _require_withdrawable(desk.application.status)
    return page("withdraw.html", application=desk.application)


@blueprint.post("/<application_id>/withdraw")
def withdraw(application_id: str) -> Answer:
    use_cases().certification.withdraw(current_actor(), application_id, request.form.get("reason", ""))
    return redirect(url_for("application_pages.status", application_id=application_id))


def _require_withdrawable(status: str) -> None:
    if not allowed(status, "withdraw", OWNER):
        raise Conflict(f"ถอนคำขอไม่ได้ในสถานะ {status} / The application cannot be withdrawn while it is {status}.")
