"""What a calendar shows of an inspection: no names, IDs or phone numbers, for everybody who is invited reads it (domain.md f.3)."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Literal

from backend.certification.ports import Appointment

EntryStatus = Literal["tentative", "confirmed", "cancelled"]

TYPE_LABELS_TH = {
    "VIDEO": "ตรวจทางวิดีโอ",
    "HYBRID_VIDEO": "ตรวจแบบผสม (ทางวิดีโอ)",
    "HYBRID_ONSITE": "ตรวจแบบผสม (ณ สถานที่)",
    "ONSITE": "ตรวจ ณ สถานที่",
}
TYPE_LABELS_EN = {
    "VIDEO": "Video inspection",
    "HYBRID_VIDEO": "Hybrid inspection (video part)",
    "HYBRID_ONSITE": "Hybrid inspection (on-site part)",
    "ONSITE": "On-site inspection",
}
VIDEO_TYPES = frozenset({"VIDEO", "HYBRID_VIDEO"})

_STATUSES: dict[str, EntryStatus] = {
    "PROPOSED": "tentative",
    "RESCHEDULED": "tentative",
    "DECLINED": "cancelled",
    "CANCELLED": "cancelled",
}
_VIDEO_CHECKLIST = (
    "โทรศัพท์ที่มีกล้อง แบตเตอรี่เต็ม และสัญญาณอินเทอร์เน็ตในแปลง / A phone with a camera, a full battery, and a signal in the field",
    "คู่มือการปฏิบัติงาน (SOP) และบันทึกการเพาะปลูก / The SOP manual and the cultivation records",
    "เส้นทางเดินชม: แหล่งน้ำ แปลง ที่เก็บปุ๋ย ที่เก็บรักษา / A route to walk: water, field, fertiliser store, storage",
)
_ONSITE_CHECKLIST = (
    "เอกสารตัวจริงของทุกฉบับที่ยื่น / The originals of every document that was handed in",
    "คู่มือการปฏิบัติงาน (SOP) และบันทึกการเพาะปลูก / The SOP manual and the cultivation records",
    "แปลง แหล่งน้ำ ที่เก็บปุ๋ยและสารเคมี ที่เก็บรักษา เปิดให้ตรวจได้ / Field, water and every store open to the inspector",
    "พื้นที่สำหรับเก็บตัวอย่าง / Room to take samples",
)


@dataclass(frozen=True)
class CalendarNotice:
    """The texts of one entry, Thai first; `location` is empty where nobody travels and no meeting is known yet."""

    summary: str
    description: str
    location: str
    status: EntryStatus


def notice(appointment: Appointment, base_url: str) -> CalendarNotice:
    """The entry of an appointment; `base_url` is where people reach the pages."""
    return CalendarNotice(
        summary=f"[GACP] {TYPE_LABELS_TH.get(appointment.type, 'ตรวจ')} – {appointment.application_number}",
        description=_description(appointment, base_url),
        location=_location(appointment),
        status=entry_status(appointment),
    )


def entry_status(appointment: Appointment) -> EntryStatus:
    """A proposal is tentative until the farmer confirms; what will not take place is cancelled, never removed."""
    return _STATUSES.get(appointment.status, "confirmed")


def entry_id(appointment_id: str, generation: int = 1) -> str:
    """The id of an entry, derived so that a repeat finds the same one: 24 characters of base32hex, as Google Calendar asks.

    A calendar that forgot an entry for good does not take its id again; `generation` then gives the next one.
    """
    seed = appointment_id if generation == 1 else f"{appointment_id}#{generation}"
    return base64.b32hexencode(hashlib.sha256(seed.encode()).digest()[:15]).decode("ascii").lower()


def _description(appointment: Appointment, base_url: str) -> str:
    checklist = _VIDEO_CHECKLIST if appointment.type in VIDEO_TYPES else _ONSITE_CHECKLIST
    lines = [
        f"{TYPE_LABELS_TH.get(appointment.type, 'ตรวจ')} / {TYPE_LABELS_EN.get(appointment.type, 'Inspection')}",
        f"{base_url}/applications/{appointment.application_id}",
        "",
        "สิ่งที่ต้องเตรียม / What to have ready:",
        *(f"- {item}" for item in checklist),
    ]
    return "\n".join(lines)


def _location(appointment: Appointment) -> str:
    if appointment.type in VIDEO_TYPES:
        return appointment.meeting_url
    place = appointment.place
    parts = [str(place.get("address_text") or "").strip()]
    if place.get("lat") is not None and place.get("lng") is not None:
        parts.append(f"https://www.google.com/maps?q={place['lat']},{place['lng']}")
    return " ".join(part for part in parts if part)
