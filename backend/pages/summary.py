"""All answers of an application, section by section, as people read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from backend.certification.area import Area
from backend.pages.form.desk import Desk
from backend.pages.form.fields import Field, Step
from backend.pages.form.items import Items
from backend.pages.form.views import Answers, words_of
from backend.pages.language import language
from backend.pages.rendering import label_text, listed_text, page_day, translate


@dataclass(frozen=True)
class Section:
    """One step with its answers, as (question, answer); `title` is the item's name in a list."""

    name: str
    title: str
    href: str
    rows: Sequence[tuple[str, str]]


def sections(desk: Desk, *, ids_hidden: bool = False) -> dict[str, list[Section]]:
    """The sections of each task that applies; with `ids_hidden`, of national IDs only the last three digits."""
    form = _with_hidden_ids(desk) if ids_hidden else desk.application.form.to_json()
    return {
        task.name: [found for step in desk.outline.steps(task) for found in _of_step(desk, step, form)] for task in desk.outline.tasks()
    }


def _of_step(desk: Desk, step: Step, form: Mapping[str, Any]) -> list[Section]:
    if not step.each:
        href = url_for("form_pages.step", application_id=desk.id, name=step.name)
        return [Section(step.name, "", href, _rows(desk, step, form))]
    items = Items.of(form, step.each)
    titles = items.titles(desk.outline)
    found = []
    for number, value in enumerate(items.values):
        href = url_for("item_pages.item", application_id=desk.id, name=step.name, number=number)
        found.append(Section(step.name, titles[number], href, _rows(desk, step, value)))
    return found or [Section(step.name, "", url_for("form_pages.step", application_id=desk.id, name=step.name), [])]


def _with_hidden_ids(desk: Desk) -> dict[str, Any]:
    form = desk.application.form.to_json()
    applicant = form.get("applicant", {})
    for person in (applicant, applicant.get("representative") or {}):
        if person.get("nationalId"):
            person["nationalId"] = hidden_id(person["nationalId"])
    return form


def hidden_id(number: str) -> str:
    """`x-xxxx-xxxxx-12-3`: enough to compare with a card, too little to misuse."""
    digits = [char for char in number if char.isdigit()]
    return f"x-xxxx-xxxxx-{''.join(digits[-3:-1])}-{digits[-1]}" if len(digits) >= 3 else "x-xxxx-xxxxx-xx-x"


def _rows(desk: Desk, step: Step, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    true = desk.outline.circumstances
    return [(words_of(field, step, true), _answer(desk, field, Answers(data))) for field in step.shown(true)]


def _answer(desk: Desk, field: Field, answers: Answers) -> str:
    value = answers.one(field.path)
    if field.kind == "checkboxes":
        return listed_text(field.labels, [code for code in answers.many(field.path) if code])
    if field.kind == "radio" or (field.kind == "select" and field.labels):
        return label_text(field.labels, value)
    if field.kind == "area":
        return area_text({part: answers.one(f"{field.path}.{part}") or None for part in ("rai", "ngan", "sqWah")})
    if field.kind == "assessment":
        status, note = answers.one(f"{field.path}.status"), answers.one(f"{field.path}.note")
        return " – ".join(part for part in (label_text("assessment", status), note) if part)
    return _simple(desk, field, value)


def _simple(desk: Desk, field: Field, value: str) -> str:
    if not value:
        return ""
    if field.kind == "date":
        return page_day(value)
    if field.kind == "yes_no":
        return translate(f"common.{value}")
    if field.kind == "month":
        return translate(f"months.{value}") if value in {str(number) for number in range(1, 13)} else value
    herb = desk.outline.policy.herb(value) if field.kind == "herb" else None
    if herb:
        return herb.name_th if language() == "th" else herb.name_en
    return value


def area_text(parts: Mapping[str, Any]) -> str:
    """`4 ไร่ 2 งาน 25 ตารางวา (7,300 ตร.ม.)`, or nothing for an area that was not given."""
    area = Area.model_validate(parts)
    if area.is_blank:
        return ""
    shown = {"rai": _number(area.rai), "ngan": _number(area.ngan), "sq_wah": _number(area.sq_wah)}
    return translate("form.area", **shown, square_metres=f"{area.square_metres:,.0f}")


def _number(value: float | None) -> str:
    return f"{value or 0:g}"
