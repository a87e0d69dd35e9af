"""What is asked about the files of an application: the slots that apply, and which facts belong to which document."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.certification.file_types import Kind
from backend.certification.form import FileFacts
from backend.certification.requirements import required_documents, required_photos
from backend.pages.form.fields import Field
from backend.pages.form.findings import Finding, problem
from backend.pages.form.outline import Outline
from backend.pages.form.views import Problem

_MISSING = frozenset({"DOCUMENT_MISSING", "PHOTO_MISSING"})
_NUMBER = Field("numberOnDocument", short=True)
_NAME = Field("nameOnDocument")
_ISSUED, _EXPIRES = Field("issuedOn", "date"), Field("expiresOn", "date")
_AREA = Field("areaOnDocument", "area")
_RESULT = Field("labResult", "radio", "labResult", "documents.*.labResult")
FACTS: dict[str, tuple[Field, ...]] = {
    "ID_CARD": (_NAME, _NUMBER, _EXPIRES),
    "COMPANY_CERTIFICATE": (_NAME, _NUMBER, _ISSUED),
    "CE_REGISTRATION": (_NAME, _NUMBER),
    "LAND_RIGHTS": (_NAME, _AREA),
    "LAND_CONSENT": (_ISSUED, _EXPIRES),
    "PREVIOUS_CERTIFICATE": (_NUMBER, _ISSUED, _EXPIRES),
    "COLLECTION_PERMIT": (_NUMBER, _ISSUED, _EXPIRES),
    "CONTROLLED_HERB_LICENSE": (_NUMBER, _ISSUED, _EXPIRES),
    "KRATOM_EXPORT_LICENSE": (_NUMBER, _ISSUED, _EXPIRES),
    "SUPERVISION_LETTER": (_ISSUED,),
    "SOIL_TEST": (_ISSUED, _RESULT),
    "WATER_TEST": (_ISSUED, _RESULT),
    "PRODUCT_TEST": (_ISSUED, _RESULT),
    "TRAINING_CERTIFICATE": (_ISSUED,),
    "CALIBRATION_CERTIFICATE": (_ISSUED,),
    "GAP_CERTIFICATE": (_NUMBER, _EXPIRES),
}
"""What the rules compare with the form; of other documents nothing is asked."""


@dataclass(frozen=True)
class Slot:
    """One slot with what is behind it; `others` are documents that would do as well."""

    name: str
    kind: Kind
    needed: int
    files: Sequence[FileFacts]
    problems: Sequence[Problem]
    others: tuple[str, ...] = ()

    @property
    def faults(self) -> list[Problem]:
        """What is wrong with the files that are there."""
        return [item for item in self.problems if item.code not in _MISSING]

    @property
    def state(self) -> str:
        if self.faults:
            return "problem"
        if len(self.files) >= max(self.needed, 1):
            return "done"
        return "in_progress" if self.files else "not_started"


def document_slots(outline: Outline, findings: Sequence[Finding]) -> tuple[list[Slot], list[Slot]]:
    """The required and the optional slots; alternatives are one slot each, and either will do."""
    present = outline.form.current_documents()
    required: list[Slot] = []
    for names in (slot.split("|") for slot in required_documents(outline.form, outline.policy)):
        satisfied = any(name in present for name in names)
        required += [_document(name, present, findings, needed=int(name in present or not satisfied), names=names) for name in names]
    taken = {slot.name for slot in required}
    optional = [name for name in (*outline.policy.requirements.optional_documents, *present) if name not in taken]
    return required, [_document(name, present, findings, needed=0, names=[name]) for name in dict.fromkeys(optional)]


def photo_slots(outline: Outline, findings: Sequence[Finding]) -> tuple[list[Slot], list[Slot]]:
    """The required and the optional slots."""
    counts = dict(required_photos(outline.form, outline.policy))
    there = [photo.slot for photo in outline.form.photos if photo.slot]
    optional = [name for name in (*outline.policy.requirements.optional_photos, *there) if name not in counts]
    return (
        [_photo(name, outline, findings, needed=count) for name, count in counts.items()],
        [_photo(name, outline, findings, needed=0) for name in dict.fromkeys(optional)],
    )


def _document(name: str, present: dict[str, Any], findings: Sequence[Finding], *, needed: int, names: list[str]) -> Slot:
    others = tuple(other for other in names if other != name)
    about = [item for item in findings if _slot_of(item["path"]) in (name, "|".join(names))]
    return Slot(name, "document", needed, [present[name]] if name in present else [], _problems(about), others)


def _photo(name: str, outline: Outline, findings: Sequence[Finding], *, needed: int) -> Slot:
    files = [photo for photo in outline.form.photos if photo.slot == name]
    places = [f"photos.{number}" for number, photo in enumerate(outline.form.photos) if photo.slot == name]
    about = [item for item in findings if item["path"] in (f"photos.{name}", *places)]
    return Slot(name, "photo", needed, files, _problems(about))


def _problems(findings: Sequence[Finding]) -> list[Problem]:
    """What is wrong with a slot; the rules say of a missing file twice that it is missing."""
    return [problem(item) for item in findings if item["code"] != "FIELD_MISSING"]


def _slot_of(path: str) -> str:
    kind, _, rest = path.partition(".")
    return rest.partition(".")[0] if kind == "documents" else ""
