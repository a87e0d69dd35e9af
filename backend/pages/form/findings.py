"""What validation says of an application, in the visitor's words and with the page where it can be put right."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import url_for

from backend.errors import FieldError
from backend.pages.form.fields import Step
from backend.pages.form.outline import Outline
from backend.pages.form.views import Problem
from backend.pages.language import language
from backend.pages.rendering import translate
from backend.pages.words import own_language

Finding = Mapping[str, str]
_SAY_THEIR_CURE = frozenset({"REQUIRED", "FIELD_MISSING"})
_WHOLE_PAGES = {"documents": "file_pages.documents", "photos": "file_pages.photos"}


def problem(finding: Finding, href: str = "", anchor: str = "") -> Problem:
    """A finding of the check (or an issue of the review) as people read it: what is wrong, and how to put it right."""
    spoken = "Th" if language() == "th" else "En"
    cure = "" if finding["code"] in _SAY_THEIR_CURE else finding.get(f"howToFix{spoken}", "")
    parts = (finding[f"message{spoken}"], cure)
    return Problem(" – ".join(part for part in parts if part), anchor, finding["code"], href)


def refused(errors: Iterable[FieldError]) -> list[tuple[str, Problem]]:
    """What the server refused to keep, by path."""
    return [(error.field, Problem(_words(error), error.field, error.code)) for error in errors]


def of_step(findings: Iterable[Finding], outline: Outline, step: Step, item: int | None = None) -> list[tuple[str, Problem]]:
    """The findings that this page can put right, by path."""
    prefix = f"{step.each}.{item}." if step.each else ""
    found = []
    for finding in findings:
        where = outline.asks(finding["path"])
        if where and where[0] == step and finding["path"].startswith(prefix):
            found.append((finding["path"], problem(finding, anchor=where[1].path if where[1] else "")))
    return found


def where_to_fix(outline: Outline, application_id: str, path: str) -> str:
    """The address of the page that asks for that path; "" for what no page asks."""
    kind, _, rest = path.partition(".")
    if kind in {"documents", "photos"} and rest:
        return _slot_page(outline, application_id, kind, rest.partition(".")[0])
    if path in _WHOLE_PAGES:
        return url_for(_WHOLE_PAGES[path], application_id=application_id)
    found = outline.asks(path)
    if found is None:
        return ""
    step, field = found
    if not step.each or field is None:
        return url_for("form_pages.step", application_id=application_id, name=step.name, check=1, _anchor=field.path if field else None)
    number = path.removeprefix(f"{step.each}.").partition(".")[0]
    return url_for("item_pages.item", application_id=application_id, name=step.name, number=int(number), _anchor=field.path)


def _slot_page(outline: Outline, application_id: str, kind: str, name: str) -> str:
    photos = outline.form.photos
    if kind == "photos" and name.isdecimal():
        name = (photos[int(name)].slot or "") if int(name) < len(photos) else ""
    if not name:
        return url_for("file_pages.photos", application_id=application_id)
    return url_for("file_pages.slot", application_id=application_id, slot=name.partition("|")[0])


def _words(error: FieldError) -> str:
    if error.code == "TYPE_INVALID":
        return translate("form.not_a_number")
    return own_language(error.message)


def check_of(answer: Mapping[str, Any]) -> list[Finding]:
    """The findings in the answer of `certification.check`."""
    found: list[Finding] = answer["validationErrors"]
    return found
