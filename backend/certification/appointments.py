"""Appointments as values: how long each kind takes, their ids, and their JSON."""

from datetime import timedelta
from typing import Any

from backend.certification.ports import Appointment
from backend.clock import to_iso

PARTS: dict[str, tuple[str, ...]] = {"VIDEO": ("VIDEO",), "HYBRID": ("HYBRID_VIDEO", "HYBRID_ONSITE"), "ONSITE": ("ONSITE",)}
"""The appointments that one form of inspection needs, in their order."""
DURATIONS = {
    "VIDEO": timedelta(minutes=90),
    "HYBRID_VIDEO": timedelta(minutes=45),
    "HYBRID_ONSITE": timedelta(minutes=180),
    "ONSITE": timedelta(minutes=240),
}


def appointment_id(run_id: str, kind: str) -> str:
    """The same run proposes the same appointments, however often it is told; `run_id` names its application already."""
    return f"{run_id}-{kind.lower().replace('_', '-')}"


def appointment_json(appointment: Appointment) -> dict[str, Any]:
    """One appointment as the API shows it."""
    place = appointment.place
    return {
        "id": appointment.id,
        "type": appointment.type,
        "start": to_iso(appointment.start),
        "end": to_iso(appointment.end),
        "status": appointment.status,
        "place": {"lat": place.get("lat"), "lng": place.get("lng"), "addressText": place.get("address_text", "")},
        "meetingUrl": appointment.meeting_url,
        "htmlLink": appointment.html_link,
        "syncStatus": appointment.sync_status,
    }
