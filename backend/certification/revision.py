"""A request for revision: one complete list of what to put right, and what may be changed because of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from backend.certification.form import ApplicationForm
from backend.certification.ports import HolidayTable
from backend.certification.working_days import roll_forward
from backend.clock import BANGKOK, bangkok_date, require_aware, to_iso
from backend.errors import FieldError, InvalidInput

MAX_ROUNDS = 3
REVISION_DAYS = 30  # the department's draft policy, to be confirmed

_DEPENDENTS: dict[str, tuple[str, ...]] = {
    "requestType": ("previousCertificate", "previousCertificateNumber", "replacementReason"),
    "applicant.type": ("applicant.nationalId", "applicant.registrationNumber", "applicant.representative"),
    "farm.location.lat": ("farm.location",),
    "farm.location.lng": ("farm.location",),
    "farm.area": ("farm.cultivatedArea",),
    "farm.land.tenure": ("farm.land", "documents.LAND_CONSENT"),
    "farm.land.documentType": ("farm.land.documentNumber", "documents.LAND_RIGHTS"),
    "certificationScopes": ("documents.CONTROL_PLAN", "documents.COLLECTION_PERMIT", "photos.DRYING_AREA"),
}
"""What has to follow when a part changes: correcting one half alone would leave a contradiction."""
_PATHS_OF_FORM = frozenset(field.alias or name for name, field in ApplicationForm.model_fields.items())


@dataclass(frozen=True)
class RevisionItem:
    """One thing to put right: `path` as in the issues of the quality check, such as `documents.LAND_RIGHTS` or `farm.area`."""

    path: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {"path": self.path, "reason": self.reason}


@dataclass(frozen=True)
class Revision:
    """The list of one round, 1 to 3, and when it is due."""

    round: int
    items: tuple[RevisionItem, ...]
    comment: str
    due_at: datetime
    requested_by: str
    requested_at: datetime

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "round": self.round,
            "items": [item.to_json() for item in self.items],
            "comment": self.comment,
            "dueAt": to_iso(self.due_at),
            "requestedAt": to_iso(self.requested_at),
        }

    def covers(self, path: str) -> bool:
        """Whether a changed path, such as `farm.land.tenure` or `photos.STORAGE`, is part of the list or follows from it."""
        return any(_within(path, open_path) for open_path in self._open_paths())

    def _open_paths(self) -> Iterable[str]:
        for item in self.items:
            yield item.path
            yield from _DEPENDENTS.get(item.path, ())


def revision_from_document(document: Mapping[str, Any]) -> Revision:
    """The revision as the document store keeps it."""
    return Revision(**{**document, "items": tuple(RevisionItem(**item) for item in document["items"])})


def read_items(items: Sequence[Mapping[str, Any]], form: ApplicationForm) -> tuple[RevisionItem, ...]:
    """The list as a reviewer sent it; raises InvalidInput naming each item whose path the form does not have.

    A photo may be named by its place in the list (`photos.3`): it is kept by its slot, since places shift.
    """
    read = tuple(RevisionItem(_by_slot(str(item.get("path", "")).strip(), form), str(item.get("reason", "")).strip()) for item in items)
    unknown = [index for index, item in enumerate(read) if item.path.split(".")[0] not in _PATHS_OF_FORM]
    if unknown:
        message = "ไม่มีส่วนนี้ในแบบคำขอ / The form has no such part: use a path such as farm.area or documents.LAND_RIGHTS."
        raise InvalidInput(errors=tuple(FieldError(f"items.{index}.path", message, "PATH_UNKNOWN") for index in unknown))
    return read


def due_moment(now: datetime, due_on: date | None, holidays: HolidayTable) -> datetime:
    """The last moment of the due day in Thailand: the day given, or 30 days on; never a day on which offices are closed."""
    day = roll_forward(due_on or bangkok_date(now) + timedelta(days=REVISION_DAYS), holidays)
    return require_aware(datetime.combine(day, time(23, 59, 59), BANGKOK))


def _by_slot(path: str, form: ApplicationForm) -> str:
    root, _, place = path.partition(".")
    if root == "photos" and place.isdecimal() and int(place) < len(form.photos):
        return f"photos.{form.photos[int(place)].slot}"
    return path


def _within(path: str, open_path: str) -> bool:
    return path == open_path or path.startswith(open_path + ".")
