"""The last task: see everything, confirm, and hand it in."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from backend.clock import to_iso
from backend.errors import Conflict, InvalidInput
from backend.pages.form import findings as found_of
from backend.pages.form.desk import Desk, open_desk
from backend.pages.form.views import Problem
from backend.pages.rendering import page
from backend.pages.summary import sections
from backend.pages.words import own_language
from backend.web.current_user import current_actor
from backend.web.state import use_cases

blueprint = Blueprint("check_pages", __name__, url_prefix="/applications/<application_id>")
Answer = Response | WerkzeugResponse
NOTICE_VERSION = "2569-01"
_CONSENTS = ("consents.privacyNoticeAcceptedAt", "consents.truthDeclaration")


@blueprint.get("/check")
def check(application_id: str) -> Answer:
    """All answers, and what the rules say of them."""
    desk = open_desk(application_id)
    if not desk.is_open:
        return redirect(url_for("application_pages.status", application_id=application_id))
    return _check_page(desk)


@blueprint.post("/check")
def submit(application_id: str) -> Answer:
    """Keep what was confirmed and hand the application in, as it was when the page was shown."""
    desk = open_desk(application_id)
    done = url_for("application_pages.status", application_id=application_id, sent=1)
    if not desk.is_open:
        return redirect(done)  # the button was pressed twice, or the answer got lost: it was handed in
    try:
        confirmed = use_cases().certification.edit(current_actor(), application_id, _confirmed(desk), _version())
        _hand_in(confirmed.status, application_id, confirmed.version)
    except InvalidInput:
        return _check_page(open_desk(application_id), status=422)
    except Conflict as error:
        return _check_page(open_desk(application_id), [Problem(own_language(str(error)))], status=409)
    return redirect(done)


def _hand_in(status: str, application_id: str, version: int) -> None:
    certification = use_cases().certification
    hand_in = certification.submit if status == "DRAFT" else certification.resubmit
    hand_in(current_actor(), application_id, version)


def _confirmed(desk: Desk) -> dict[str, Any]:
    """What was ticked; a revision leaves the declarations of the first submission as they are."""
    if desk.application.revision is not None:
        return {}
    ticked = request.form
    before = desk.application.form.consents.privacy_notice_accepted_at
    accepted = (before or to_iso(use_cases().clock.now())) if ticked.get(_CONSENTS[0]) else None
    return {
        "consents": {
            "privacyNoticeVersion": NOTICE_VERSION if accepted else None,
            "privacyNoticeAcceptedAt": accepted,
            "truthDeclaration": bool(ticked.get(_CONSENTS[1])),
            "aiProcessingNoticeSeen": True,
            "allowCrossBorderAi": bool(ticked.get("consents.allowCrossBorderAi")),
        }
    }


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _check_page(desk: Desk, more: list[Problem] | None = None, *, status: int = 200) -> Response:
    answer = use_cases().certification.check(current_actor(), desk.id)
    findings = found_of.check_of(answer)
    consents = [finding for finding in findings if finding["path"] in _CONSENTS]
    others = [finding for finding in findings if finding not in consents]
    asked_now = status == 422  # before the button was pressed nobody is told off for an empty box
    problems = [_linked(desk, finding) for finding in others]
    problems += [found_of.problem(finding, anchor=finding["path"]) for finding in consents if asked_now]
    return page(
        "check.html",
        status,
        application=desk.application,
        problems=(more or []) + problems,
        blocked=bool(others),
        unticked={finding["path"] for finding in consents} if asked_now else set(),
        hints=[] if others else _hints(desk, answer),
        sections=sections(desk),
        ticked=request.form if request.method == "POST" else {},
        preview=answer["qc"],
    )


def _linked(desk: Desk, finding: found_of.Finding) -> Problem:
    return found_of.problem(finding, href=found_of.where_to_fix(desk.outline, desk.id, finding["path"]))


def _hints(desk: Desk, answer: dict[str, Any]) -> list[Problem]:
    """What stops nobody but costs points: issues of the review, and odd values."""
    issues = [item for item in (*answer["qc"].get("issues", ()), *answer.get("warnings", ())) if item["messageTh"]]
    return [_linked(desk, item) for item in issues]
