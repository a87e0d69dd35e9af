"""The pages of the form: the task list, and its steps."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from backend.errors import InvalidInput
from backend.pages.form.desk import Desk, open_desk
from backend.pages.form.fields import Step
from backend.pages.form.findings import of_step, refused
from backend.pages.form.item_pages import Problems, list_page
from backend.pages.form.progress import lines
from backend.pages.form.reading import patch_of
from backend.pages.form.views import Answers, field_views
from backend.pages.rendering import page

blueprint = Blueprint("form_pages", __name__, url_prefix="/applications/<application_id>/form")
Answer = Response | WerkzeugResponse


@blueprint.get("")
def hub(application_id: str) -> Answer:
    """The task list."""
    desk = open_desk(application_id)
    if not desk.is_open:
        return _to_status(application_id)
    return page("form/hub.html", application=desk.application, tasks=lines(desk.outline, desk.id, desk.check()))


@blueprint.get("/<name>")
def step(application_id: str, name: str) -> Answer:
    """One group of questions, or the overview of a list; with `check=1`, what is wrong with the answers so far."""
    desk = open_desk(application_id)
    task, chosen = desk.outline.find(name)
    if not desk.is_open:
        return _to_status(application_id)
    if chosen.each:
        return list_page(desk, task, chosen)
    problems = of_step(desk.check(), desk.outline, chosen) if request.args.get("check") else []
    return _step_page(desk, chosen, Answers(desk.application.form.to_json()), problems)


@blueprint.post("/<name>")
def save_step(application_id: str, name: str) -> Answer:
    """Save what was typed, whatever it is; what is wrong with it is said at once, and may be put right later."""
    desk = open_desk(application_id)
    _, chosen = desk.outline.find(name)
    patch = patch_of(chosen.shown(desk.outline.circumstances), request.form)
    if name == "location":
        patch["farm"]["location"] |= _source()
    try:
        saved = desk.save(patch)
    except InvalidInput as error:
        return _step_page(desk, chosen, Answers({}, request.form), refused(error.errors), status=422, saved=False)
    problems = of_step(saved.check(), saved.outline, chosen)
    if problems:
        return _step_page(saved, chosen, Answers(saved.application.form.to_json()), problems, status=422)
    return redirect(_after(saved, chosen))


def _source() -> dict[str, Any]:
    """How the position was found; with the swap button, latitude and longitude change places."""
    posted = request.form
    accuracy = posted.get("farm.location.accuracyM", "").strip() or None
    known: dict[str, Any] = {"source": "PHONE_GPS" if accuracy else "TYPED", "accuracyM": accuracy}
    if posted.get("action") == "swap":
        known |= {"lat": posted.get("farm.location.lng") or None, "lng": posted.get("farm.location.lat") or None}
    return known


def _after(desk: Desk, chosen: Step) -> str:
    _, following = desk.outline.neighbours(chosen)
    return desk.address(None if request.form.get("action") == "hub" else following)


def _to_status(application_id: str) -> Answer:
    return redirect(url_for("application_pages.status", application_id=application_id))


def _step_page(desk: Desk, chosen: Step, answers: Answers, problems: Problems, *, status: int = 200, saved: bool = True) -> Response:
    task, _ = desk.outline.find(chosen.name)
    views = field_views(desk.outline, chosen, answers, problems)
    return page("form/step.html", status, fields=views, problems=[each for _, each in problems], saved=saved, **desk.frame(task, chosen))
