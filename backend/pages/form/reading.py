"""Reads what a step posted into a JSON merge patch: what was left empty is taken off the form."""

from typing import Any

from werkzeug.datastructures import MultiDict

from backend.certification.area import parse_notation
from backend.certification.normalise import normalise_text
from backend.pages.form.fields import Field, Kind

Posted = MultiDict[str, str]
_PARTS: dict[Kind, tuple[str, ...]] = {"area": ("rai", "ngan", "sqWah"), "assessment": ("status", "note")}
_YES_NO = {"yes": True, "no": False}


def patch_of(fields: tuple[Field, ...], posted: Posted) -> dict[str, Any]:
    """`{"farm": {"nameTh": …}}`: one nested value per field."""
    patch: dict[str, Any] = {}
    for field in fields:
        place = patch
        *parents, last = field.path.split(".")
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = _value(field, posted)
    return patch


def item_of(fields: tuple[Field, ...], posted: Posted) -> dict[str, Any]:
    """One item of a list, without what was left empty."""
    return {name: value for name, value in patch_of(fields, posted).items() if value not in (None, [], {})}


def _value(field: Field, posted: Posted) -> Any:
    if field.kind == "checkboxes":
        return [code for code in posted.getlist(field.path) if code]
    if field.kind == "yes_no":
        return _YES_NO.get(posted.get(field.path, ""))
    if field.kind == "area":
        return _area(field, posted)
    if field.kind in _PARTS:
        return {part: _text(posted, f"{field.path}.{part}") for part in _PARTS[field.kind]}
    return _text(posted, field.path)


def _area(field: Field, posted: Posted) -> dict[str, str | None]:
    """The three parts; the notation of deeds, `4-2-25`, may be typed into the first."""
    parts = {part: _text(posted, f"{field.path}.{part}") for part in _PARTS["area"]}
    first = normalise_text(parts["rai"] or "")
    if "-" not in first.lstrip("-"):
        return parts
    try:
        return {**parts, **parse_notation(first)}
    except ValueError:
        return parts  # the form says what is wrong with it


def _text(posted: Posted, name: str) -> str | None:
    return posted.get(name, "").strip() or None
