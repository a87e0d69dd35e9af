"""What happened and what is to come: the requested revision, the inspections, and the history of the application."""

from backend.certification.history import HistoryEntry
from backend.certification.labels import Label, label
from backend.certification.messages.texts import name_of
from backend.certification.ports import Appointment
from backend.certification.summary.blocks import Block, Words, fact, facts, note, section, table
from backend.certification.summary.reasons import reason_words
from backend.certification.summary.subject import Subject, moment
from backend.certification.thai_dates import english_day, english_moment, english_time, thai_day, thai_moment, thai_time

HOUSEKEEPING = frozenset({"edit", "upload", "remove", "qc_started", "report_made"})
TOLD_TO_APPLICANTS = frozenset({"request_revision", "resubmit", "reject", "withdraw"})
"""Events whose reason was written for the applicant, or by them; the others' reasons are notes among officers."""


def revision_section(subject: Subject) -> Block | None:
    """The complete list of what has to be put right, while a revision is asked for."""
    revision = subject.application.revision
    if revision is None:
        return None
    due = Label(f"{thai_day(revision.due_at)} เวลา {thai_time(revision.due_at)}", english_day(revision.due_at))
    rows = [fact("ครั้งที่", "Round", str(revision.round)), fact("ส่งภายใน", "Due", due)]
    columns = (("ส่วนที่ต้องแก้ไข", "Part", 3.0), ("เหตุผล", "Reason", 5.0))
    items = table(columns, [(name_of(item.path, subject.form), item.reason) for item in revision.items])
    return section("revision", "รายการที่ขอให้แก้ไข", "Requested revision", [facts(rows), items])


def appointments_section(subject: Subject) -> Block | None:
    """The inspections that are proposed or agreed, where there are any."""
    rows = [_appointment(item) for item in subject.appointments if item.status != "CANCELLED"]
    columns = (("การตรวจ", "Inspection", 2.4), ("วันและเวลา", "Date and time", 3.2), ("สถานะ", "State", 1.6), ("สถานที่", "Place", 3.0))
    return section("appointments", "นัดตรวจประเมิน", "Inspections", [table(columns, rows)]) if rows else None


def timeline_section(subject: Subject) -> Block:
    entries = [item for item in subject.application.history if subject.for_officers or item.event not in HOUSEKEEPING]
    columns = (
        ("วันเวลา", "When", 2.3),
        ("เหตุการณ์", "Event", 3.0),
        ("โดย", "By", 2.0),
        ("สถานะหลังจากนั้น", "Status after", 2.6),
        ("เหตุผล", "Reason", 2.4),
    )
    empty = note("ยังไม่มีเหตุการณ์", "Nothing happened yet.")
    rows = [_entry(subject, item) for item in entries]
    return section("timeline", "ลำดับเหตุการณ์", "Timeline", [table(columns, rows) if rows else empty])


def _appointment(item: Appointment) -> tuple[Words | Block, ...]:
    when = Label(
        f"{thai_moment(item.start).removesuffix(' น.')}–{thai_time(item.end)}",
        f"{english_moment(item.start)}–{english_time(item.end)}",
    )
    return label("appointment", item.type), when, label("appointmentStatus", item.status), item.place.get("address_text")


def _entry(subject: Subject, item: HistoryEntry) -> tuple[Words | Block, ...]:
    told = subject.for_officers or item.event in TOLD_TO_APPLICANTS
    return (
        moment(item.at),
        label("event", item.event),
        label("role", item.actor_role),
        label("status", item.target),
        reason_words(item, subject.form) if told else None,
    )
