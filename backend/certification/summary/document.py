"""The summary of one application as JSON data: what the template `application-summary` draws."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backend.certification.application import Application
from backend.certification.labels import Label, label
from backend.certification.policy import Policy
from backend.certification.ports import Appointment
from backend.certification.summary.blocks import Block
from backend.certification.summary.evidence import documents_section, licences_section, photos_section
from backend.certification.summary.farm import assessment_section, crops_section, farm_section, practices_section, sop_section
from backend.certification.summary.people import applicant_section, consents_section, cover_facts, request_section
from backend.certification.summary.quality import quality_section
from backend.certification.summary.subject import Subject, Variant
from backend.certification.summary.timeline import appointments_section, revision_section, timeline_section
from backend.certification.thai_dates import english_moment, thai_moment
from backend.clock import to_iso

TEMPLATE = "application-summary"
COPIES: Mapping[Variant, Label] = {
    "applicant": Label("สำเนาสำหรับผู้ยื่นคำขอ", "Applicant's copy"),
    "officer": Label("สำเนาสำหรับเจ้าหน้าที่", "Officer's copy"),
}


def application_summary(
    application: Application,
    appointments: Sequence[Appointment],
    variant: Variant,
    *,
    policy: Policy,
    status_url: str,
    created_at: datetime,
    request_id: str = "",
) -> dict[str, Any]:
    """Domain.md g.2. The applicant's copy masks identity numbers and leaves suspicions out."""

    def herb(code: str) -> Label:
        known = policy.herb(code)
        return Label(known.name_th, known.scientific_name) if known else Label(code, code)

    subject = Subject(application, appointments, variant, herb)
    return {
        "title": _words(Label("สรุปคำขอรับรองมาตรฐาน GACP", "GACP application summary")),
        "copy": _words(COPIES[variant]),
        "number": application.number or "ร่าง / Draft",
        "status": _words(label("status", application.status)),
        "statusUrl": status_url,
        "cover": cover_facts(subject),
        "sections": _sections(subject),
        "created": {
            "at": to_iso(created_at),
            "text": f"สร้างเมื่อ {thai_moment(created_at)}",
            "note": f"Created {english_moment(created_at)}",
        },
        "requestId": request_id,
    }


def _sections(subject: Subject) -> list[Block]:
    sections: list[Block | None] = [request_section(subject), applicant_section(subject), farm_section(subject), crops_section(subject)]
    if not subject.application.is_replacement:  # a lost certificate is replaced without a second look at the farm
        sections += [practices_section(subject), sop_section(subject), assessment_section(subject)]
    sections += [
        documents_section(subject),
        photos_section(subject) if subject.form.photos or not subject.application.is_replacement else None,
        licences_section(subject),
        consents_section(subject),
        quality_section(subject),
        revision_section(subject),
        appointments_section(subject),
        timeline_section(subject),
    ]
    return [item for item in sections if item is not None]


def _words(name: Label) -> Block:
    return {"text": name.th, "note": name.en}
