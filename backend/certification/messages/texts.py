"""Finds the words for a code and for the place it is about."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from backend.certification.form import ApplicationForm
from backend.certification.labels import LABELS, Label


@dataclass(frozen=True)
class Message:
    """What is wrong, in both languages, and how the applicant puts it right ("" where the applicant cannot)."""

    th: str
    en: str
    how_to_fix_th: str
    how_to_fix_en: str


def message(code: str, path: str, form: ApplicationForm | None = None) -> Message:
    """The words for a code at a path; with the form at hand, a photo is called by its slot.

    Raises KeyError for a code that the table does not know.
    """
    template = _table("codes")[code]
    what = name_of(path, form)
    return Message(*(template[key].format(th=what.th, en=what.en) for key in ("th", "en", "fixTh", "fixEn")))


def name_of(path: str, form: ApplicationForm | None = None) -> Label:
    """What people call the place: a document, photo, category, check or field; an unknown one keeps its path."""
    kind, _, rest = path.partition(".")
    if kind == "documents":
        return _alternatives(rest)
    if kind == "photos" and rest:
        return _photo(rest, form)
    if kind == "selfAssessment":
        return LABELS["category"].get(rest.partition(".")[0], Label(path, path))
    if path in _names("checks"):
        return _names("checks")[path]
    return _field(path)


def reasons_of(circumstances: Iterable[str]) -> Label:
    """Why something is required, such as `new application, cannabis`; of every application where nothing special holds."""
    named = [_names("circumstances")[code] for code in circumstances if code in _names("circumstances")]
    if not named:
        return Label("ทุกคำขอ", "every application")
    return Label(", ".join(name.th for name in named), ", ".join(name.en for name in named))


def _alternatives(rest: str) -> Label:
    slots = [_names("documents").get(slot, Label(slot, slot)) for slot in rest.partition(".")[0].split("|")]
    return Label(" หรือ ".join(slot.th for slot in slots), " or ".join(slot.en for slot in slots))


def _photo(rest: str, form: ApplicationForm | None) -> Label:
    step = rest.partition(".")[0]
    if not step.isdigit():
        return _names("photos").get(step, Label(step, step))
    number = int(step)
    slot = form.photos[number].slot if form and number < len(form.photos) else None
    named = _names("photos").get(slot or "", Label("รูปถ่าย", "photo"))
    return Label(f"{named.th} (รูปที่ {number + 1})", f"{named.en} (photo {number + 1})")


def _field(path: str) -> Label:
    indexes = re.findall(r"\.(\d+)(?=\.|$)", path)
    named = _names("fields").get(re.sub(r"\.\d+(?=\.|$)", ".*", path))
    if named is None:
        return Label(path, path)
    if not indexes:
        return named
    place = int(indexes[0]) + 1
    return Label(f"{named.th} (ลำดับที่ {place})", f"{named.en} (no. {place})")


@cache
def _names(group: str) -> Mapping[str, Label]:
    return {code: Label(*words) for code, words in _table("names")[group].items()}


@cache
def _table(name: str) -> Mapping[str, Mapping[str, str]]:
    table: Mapping[str, Mapping[str, str]] = json.loads((files("backend.certification.messages") / f"{name}.json").read_text("utf-8"))
    return table
