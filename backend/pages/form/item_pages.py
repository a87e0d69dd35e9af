"""The lists of the form, such as crops: an overview, and one page per item."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from backend.errors import InvalidInput, NotFound
from backend.pages.form.desk import Desk, open_desk
from backend.pages.form.fields import Step, Task
from backend.pages.form.findings import of_step, refused
from backend.pages.form.items import Items
from backend.pages.form.reading import item_of
from backend.pages.form.views import Answers, Problem, field_views
from backend.pages.rendering import page

blueprint = Blueprint("item_pages", __name__, url_prefix="/applications/<application_id>/form/<name>/<int:number>")
Answer = Response | WerkzeugResponse
Problems = list[tuple[str, Problem]]


@dataclass(frozen=True)
class _Place:
    """One item of one list of one application; the number after the last one is a new item."""

    desk: Desk
    task: Task
    step: Step
    items: Items
    number: int


@blueprint.get("")
def item(application_id: str, name: str, number: int) -> Answer:
    """One item, with what is wrong with it."""
    place = _find(application_id, name, number)
    problems = of_step(place.desk.check(), place.desk.outline, place.step, number) if number < len(place.items.values) else []
    return _item_page(place, Answers(place.items.get(number)), problems)


@blueprint.post("")
def save(application_id: str, name: str, number: int) -> Answer:
    """Save one item, or take it off."""
    place = _find(application_id, name, number)
    overview = place.desk.address(place.step)
    if request.form.get("action") == "remove":
        place.desk.save(place.items.without(number))
        return redirect(overview)
    fields = place.step.shown(place.desk.outline.circumstances)
    asked = {field.path for field in fields}
    try:
        saved = place.desk.save(place.items.with_item(number, item_of(fields, request.form), asked))
    except InvalidInput as error:
        return _item_page(place, Answers({}, request.form), refused(error.errors), status=422, saved=False)
    problems = of_step(saved.check(), saved.outline, place.step, number)
    if not problems:
        return redirect(overview)
    kept = _find(application_id, name, number)
    return _item_page(kept, Answers(kept.items.get(number)), problems, status=422)


def list_page(desk: Desk, task: Task, step: Step) -> Response:
    """What the list holds so far."""
    items = _items(desk, step)
    findings = desk.check()
    wrong = [bool(of_step(findings, desk.outline, step, number)) for number in range(len(items.values))]
    return page("form/list.html", items=list(zip(items.titles(desk.outline), wrong, strict=True)), **desk.frame(task, step))


def _find(application_id: str, name: str, number: int) -> _Place:
    """Raises NotFound for a list or an item that the application does not have."""
    desk = open_desk(application_id)
    task, step = desk.outline.find(name)
    items = _items(desk, step)
    if not step.each or number > len(items.values):
        raise NotFound("ไม่มีรายการนี้ / There is no such item.")
    return _Place(desk, task, step, items, number)


def _items(desk: Desk, step: Step) -> Items:
    return Items.of(desk.application.form.to_json(), step.each)


def _item_page(place: _Place, answers: Answers, problems: Problems, *, status: int = 200, saved: bool = True) -> Response:
    views = field_views(place.desk.outline, place.step, answers, problems)
    frame: dict[str, Any] = place.desk.frame(place.task, place.step) | {"back": place.desk.address(place.step)}
    exists = place.number < len(place.items.values)
    shown = {"fields": views, "problems": [each for _, each in problems], "saved": saved, "number": place.number, "exists": exists}
    return page("form/item.html", status, **shown, **frame)
