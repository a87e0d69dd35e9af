"""Takes out of a free text what points to a person: numbers, addresses, names."""

import re
from collections.abc import Mapping

from backend.certification.form import ApplicationForm
from backend.certification.policy_tables import NameSimilarity

_SHORTEST_NAME = 3  # a part of two characters is found inside too many words
_PATTERNS = (
    (re.compile(r"\S+@\S+"), "[EMAIL]"),
    (re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE), "[LINK]"),
    (re.compile(r"(?<!\w)(?:line|ไลน์)(?: ?id| ?ไอดี)? ?[:=：] ?@?[\w.\-]+", re.IGNORECASE), "[LINE]"),
    (re.compile(r"-?\d{1,3}\.\d{3,} ?[,; ] ?-?\d{1,3}\.\d{3,}"), "[POSITION]"),
    (re.compile(r"(?<!\d)\d(?:[ \-]?\d){12}(?!\d)"), "[ID]"),
    (re.compile(r"(?<!\d)(?:\+66|0)(?:[ \-().]*\d){8,9}(?!\d)"), "[PHONE]"),
    (re.compile(r"(?:บ้านเลขที่|เลขที่) ?\d+(?:/\d+)*|(?<![\d/])\d+(?:/\d+)* ?(?=(?:หมู่|ม\.))"), "[ADDRESS] "),
)
_TITLED_NAME = re.compile(r"(?:นางสาว|น\.ส\.|นาย|นาง|ด\.ช\.|ด\.ญ\.) ?[ก-๙]{2,}(?: [ก-๙]{2,})?")


class Scrubber:
    """Knows who is named in one form, and writes their roles instead."""

    def __init__(self, form: ApplicationForm, titles: NameSimilarity) -> None:
        applicant = form.applicant
        people = {
            "[APPLICANT]": (applicant.name_th, applicant.name_en),
            "[REPRESENTATIVE]": (applicant.representative.name_th,),
            "[ATTORNEY]": (applicant.attorney.name,),
            "[OWNER]": (form.farm.land.owner_name,),
            "[PERSON]": tuple(document.name_on_document for document in form.documents),
        }
        whole = {applicant.line_id: "[LINE]", applicant.address.line: "[ADDRESS]", form.farm.address.line: "[ADDRESS]"}
        found = {text: role for text, role in whole.items() if text} | _roles(people, titles)
        self._roles = dict(sorted(found.items(), key=lambda item: -len(item[0])))

    def clean(self, text: str | None) -> str | None:
        """The text without names, numbers of identity, telephone numbers, e-mail addresses, positions and house numbers."""
        if not text:
            return text
        for name, role in self._roles.items():  # the longest first, so that no part of it is left over
            text = re.sub(re.escape(name), role, text, flags=re.IGNORECASE)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return _TITLED_NAME.sub("[PERSON]", text)


def _roles(people: Mapping[str, tuple[str | None, ...]], titles: NameSimilarity) -> dict[str, str]:
    """Every whole name and every part of it that is long enough."""
    found: dict[str, str] = {}
    for role, names in people.items():
        for name in filter(None, names):
            for part in _parts(name, titles):
                found.setdefault(part, role)
    return found


def _parts(name: str, titles: NameSimilarity) -> list[str]:
    title = next((title for title in titles.titles_dropped if name.startswith(title)), "")
    bare = name.removeprefix(title).strip()
    return [part for part in (name, bare, *bare.split()) if len(part) >= _SHORTEST_NAME]
