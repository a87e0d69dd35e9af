"""The reviewer's form: one complete list of what the applicant has to put right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from backend.certification.dates import parse_day
from backend.certification.normalise import normalise_text
from backend.certification.quality.result import Issue
from backend.certification.revision import REVISION_DAYS
from backend.errors import Conflict, FieldError, InvalidInput
from backend.pages.form.desk import Desk, open_desk
from backend.pages.form.views import Problem
from backend.pages.language import language
from backend.pages.rendering import page, place_name, translate
from backend.pages.words import own_language
from backend.web.current_user import current_actor
from backend.web.state import use_cases

blueprint = Blueprint("revision_pages", __name__, url_prefix="/officer/applications/<application_id>/revision")
Answer = Response | WerkzeugResponse
_FREE_ROWS = 3


@dataclass(frozen=True)
class Row:
    """One line of the list; `number` is its place in the form, `chosen` whether it is asked for."""

    number: int
    path: str
    reason: str
    chosen: bool
    free: bool = False


@blueprint.get("")
def ask(application_id: str) -> Answer:
    """The issues of the check as a list to choose from, and empty lines for more."""
    desk = open_desk(application_id)
    return _page(desk, _suggested(desk), [])


@blueprint.post("")
def send(application_id: str) -> Answer:
    """Send the application back; nothing of the list is lost where something is wrong with it."""
    desk = open_desk(application_id)
    rows = _posted()
    chosen = [row for row in rows if row.chosen]
    try:
        use_cases().certification.request_revision(
            current_actor(),
            application_id,
            [{"path": row.path, "reason": row.reason} for row in chosen],
            request.form.get("comment", ""),
            due_on=_due_on(),
            version=_version(),
        )
    except InvalidInput as error:
        return _page(desk, rows, [_problem(item, chosen) for item in error.errors], status=422)
    except Conflict as error:
        return _page(desk, rows, [Problem(own_language(str(error)))], status=409)
    return redirect(url_for("officer_pages.application", application_id=application_id))


def _suggested(desk: Desk) -> list[Row]:
    result = desk.application.ai_qc
    issues = [issue for issue in (result.issues if result else ()) if issue.visible_to_applicant and issue.path]
    words = [_said(issue) for issue in issues]
    rows = [Row(number, issue.path, words[number], chosen=False) for number, issue in enumerate(issues)]
    return rows + [Row(len(rows) + number, "", "", chosen=False, free=True) for number in range(_FREE_ROWS)]


def _said(issue: Issue) -> str:
    if language() == "th":
        return f"{issue.message_th} {issue.how_to_fix_th}".strip()
    return ": ".join(part for part in (issue.message_en, issue.how_to_fix_en) if part)


def _posted() -> list[Row]:
    form = request.form
    numbers = [int(text) for text in form.getlist("row") if text.isdecimal() and len(text) < 4]
    rows = []
    for number in numbers:
        path, reason = form.get(f"path.{number}", ""), form.get(f"reason.{number}", "")
        free = bool(form.get(f"free.{number}"))
        chosen = bool(path or reason.strip()) if free else bool(form.get(f"chosen.{number}"))
        rows.append(Row(number, path, reason, chosen, free))
    return rows


def _due_on() -> date | None:
    """The day that was typed, in either era; none means the usual time. Raises InvalidInput."""
    text = normalise_text(request.form.get("dueOn", ""))
    day = parse_day(text)
    if text and day is None:
        raise InvalidInput(errors=(FieldError("dueOn", translate("revision.due_invalid"), "DATE_INVALID"),))
    return day


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _problem(error: FieldError, chosen: Sequence[Row]) -> Problem:
    """The anchor is the input: `items.1.reason` is that of the second line that was chosen."""
    anchor = error.field
    parts = error.field.split(".")
    if parts[0] == "items":
        known = len(parts) == 3 and parts[1].isdecimal() and int(parts[1]) < len(chosen)
        anchor = f"{parts[2]}.{chosen[int(parts[1])].number}" if known else "items"
    return Problem(own_language(error.message), anchor, error.code)


def _places(desk: Desk) -> list[tuple[str, str]]:
    """Every part of the form that can be asked for, with its name."""
    outline = desk.outline
    paths = [
        step.each or field.path for task in outline.tasks() for step in outline.steps(task) for field in step.shown(outline.circumstances)
    ]
    needs = outline.policy.requirements
    paths += [f"documents.{name}" for name in needs.document_slots] + [f"photos.{name}" for name in needs.photo_slots]
    named = [(path, place_name(path)) for path in dict.fromkeys(paths)]
    return [(path, name) for path, name in named if name != path]


def _page(desk: Desk, rows: Sequence[Row], problems: list[Problem], *, status: int = 200) -> Response:
    return page(
        "officer/revision.html",
        status,
        application=desk.application,
        rows=rows,
        places=_places(desk),
        problems=problems,
        typed=request.form,
        days=REVISION_DAYS,
    )
