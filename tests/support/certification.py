"""A small department for tests: certification over a store in memory, a clock that stands still, and forms to submit."""

import itertools
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from PIL import Image

from backend.adapters.documents import applications, appointments
from backend.adapters.documents.applications import DocumentApplications
from backend.adapters.documents.appointments import DocumentAppointments
from backend.adapters.documents.effects import EFFECTS, DocumentEffects
from backend.adapters.memory.calendar import MemoryCalendar
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.memory.events import MemoryPublisher
from backend.adapters.memory.files import MemoryFiles
from backend.certification.actors import SYSTEM, Actor
from backend.certification.inspections import InspectionService
from backend.certification.policy_rules import PolicyRules
from backend.certification.service import CertificationService
from backend.certification.working_days import ThaiHolidays
from backend.clock import FrozenClock

MONDAY = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)  # 10:00 in Bangkok
FARMER = Actor("u-farmer", "FARMER", "somchai@example.com")
NEIGHBOUR = Actor("u-neighbour", "FARMER", "malee@example.com")
REVIEWER = Actor("u-reviewer", "REVIEWER", "reviewer@example.com")
INSPECTOR = Actor("u-inspector", "INSPECTOR", "inspector@example.com")
APPROVER = Actor("u-approver", "APPROVER", "approver@example.com")
ADMIN = Actor("u-admin", "ADMIN", "admin@example.com")
__all__ = ["SYSTEM"]
STAFF = (REVIEWER, INSPECTOR, APPROVER, ADMIN)

_ADDRESS = {"line": "9 หมู่ 1", "subdistrict": "ไร่น้อย", "district": "เมืองอุบลราชธานี", "province": "อุบลราชธานี", "postalCode": "34000"}
_APPLICANT = {
    "type": "INDIVIDUAL",
    "nameTh": "นายสมชาย ใจดีสมมุติ",
    "nationalId": "1000700007073",
    "address": _ADDRESS,
    "phone": "0890000001",
    "email": "somchai@example.com",
}
_CONSENTS = {
    "privacyNoticeVersion": "2569-01",
    "privacyNoticeAcceptedAt": "2026-10-30T02:15:00Z",
    "truthDeclaration": True,
    "allowCrossBorderAi": True,
}


def replacement_form(**changes: Any) -> dict[str, Any]:
    """The shortest application that may be submitted: a lost certificate."""
    form = {
        "requestType": "REPLACEMENT",
        "replacementReason": "LOST",
        "certificationScopes": ["CULTIVATION"],
        "purposes": ["COMMERCIAL_DOMESTIC"],
        "previousCertificateNumber": "GACP-TH-2568-Q8W2ZT",
        "applicant": _APPLICANT,
        "documents": [_document("ID_CARD"), _document("POLICE_REPORT")],
        "consents": _CONSENTS,
    }
    return deepcopy({**form, **changes})


def complete_form(**changes: Any) -> dict[str, Any]:
    """A new application for turmeric that may be submitted."""
    slots = ("ID_CARD", "HOUSE_REGISTRATION", "LAND_RIGHTS", "SITE_MAP", "PRODUCTION_PLAN", "SOP_MANUAL")
    views = ("FIELD_OVERVIEW", "FIELD_OVERVIEW", "SURROUNDINGS", "CROP_CLOSEUP", "STORAGE", "WATER_SOURCE")
    form = {
        "requestType": "NEW",
        "certificationScopes": ["CULTIVATION"],
        "purposes": ["COMMERCIAL_DOMESTIC"],
        "applicant": _APPLICANT,
        "farm": {
            "nameTh": "สวนสมุนไพรสมมุติ",
            "address": _ADDRESS,
            "location": {"lat": 15.2448, "lng": 104.8473},
            "area": {"rai": 5, "ngan": 0, "sqWah": 0},
            "cultivatedArea": {"rai": 4, "ngan": 0, "sqWah": 0},
            "areaTypes": ["OUTDOOR"],
            "land": {"tenure": "OWNED", "documentType": "โฉนดที่ดิน", "documentNumber": "12345"},
            "landHistory": {"previousUse": "นาข้าว"},
            "water": {"sources": ["POND"]},
        },
        "crops": [
            {
                "herbCode": "TURMERIC",
                "scientificName": "Curcuma longa",
                "partsUsed": ["RHIZOME"],
                "materialSource": "กลุ่มเกษตรกร",
                "plantedArea": {"rai": 4, "ngan": 0, "sqWah": 0},
                "expectedYieldKgPerCycle": 8000,
                "cyclesPerYear": 1,
            }
        ],
        "documents": [_document(slot) for slot in slots],
        "photos": [_photo(slot, number) for number, slot in enumerate(views)],
        "consents": _CONSENTS,
    }
    return deepcopy({**form, **changes})


def _document(slot: str) -> dict[str, Any]:
    return {"slot": slot, "fileName": f"{slot.lower()}.pdf", "mime": "application/pdf", "sizeBytes": 42_000, "sha256": f"{slot:0<64}"}


def _photo(slot: str, number: int) -> dict[str, Any]:
    return {
        "slot": slot,
        "fileName": f"{number}.jpg",
        "mime": "image/jpeg",
        "sizeBytes": 2_000_000,
        "width": 4000,
        "height": 3000,
        "sharpness": 0.8,
        "takenOn": "2026-10-20",
        "sha256": f"{slot}{number}".ljust(64, "0"),
        "gps": {"lat": 15.2448, "lng": 104.8473},
    }


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def picture(format: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """A small valid picture with something to see in it."""
    image = Image.effect_noise(size, 60).convert("RGB")
    out = BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


@dataclass
class Department:
    """Certification and its surroundings; every part can be looked at."""

    ai: Any = None
    rules: Any = field(default_factory=PolicyRules)
    store: Any = field(default_factory=MemoryStore)
    clock: FrozenClock = field(default_factory=lambda: FrozenClock(MONDAY))
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    calendar: MemoryCalendar = field(default_factory=MemoryCalendar)

    def __post_init__(self) -> None:
        self.store.ensure(*applications.COLLECTIONS, *appointments.COLLECTIONS, EFFECTS)
        self.repository = DocumentApplications(self.store)
        self.appointments = DocumentAppointments(self.store)
        self.effects = DocumentEffects(self.store, self.clock)
        shared = {"repository": self.repository, "appointments": self.appointments, "publisher": self.publisher}
        shared |= {"holidays": ThaiHolidays.load(), "clock": self.clock}
        ids = itertools.count(1)
        self.service = CertificationService(**shared, files=self.files, rules=self.rules, ai=self.ai, new_id=lambda: f"id{next(ids)}")
        self.inspections = InspectionService(**shared, calendar=self.calendar, effects=self.effects)

    def draft(self, form: dict[str, Any] | None = None, owner: Actor = FARMER):
        return self.service.create(owner, complete_form() if form is None else form)

    def submitted(self, form: dict[str, Any] | None = None):
        return self.service.submit(FARMER, self.draft(form).id)

    def in_review(self, form: dict[str, Any] | None = None):
        application = self.submitted(form)
        if application.status == "SUBMITTED":
            self.service.run_quality_check(application.id, application.qc_run_id)
        return self.service.get(REVIEWER, application.id)

    def sent_back(self, *paths: str, form: dict[str, Any] | None = None):
        items = [{"path": path, "reason": "does not match the papers"} for path in paths or ("farm.area",)]
        return self.service.request_revision(REVIEWER, self.in_review(form).id, items, "please put this right")
