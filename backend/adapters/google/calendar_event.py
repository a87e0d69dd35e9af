"""One appointment as an event of Google Calendar's REST API (domain.md f.3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.certification.calendar_notice import VIDEO_TYPES, notice
from backend.certification.ports import Appointment
from backend.clock import to_iso

EventBody = dict[str, Any]

_COLOURS = {"VIDEO": "7", "HYBRID_VIDEO": "5", "HYBRID_ONSITE": "6", "ONSITE": "10"}  # peacock, banana, tangerine, basil
_REMINDERS = ({"method": "email", "minutes": 24 * 60}, {"method": "popup", "minutes": 60})
_APPOINTMENT, _SEQUENCE = "gacpAppointment", "gacpSequence"


def event_body(appointment: Appointment, base_url: str) -> EventBody:
    """All that we own of the event; what officers add to it by hand is left alone by a PATCH."""
    texts = notice(appointment, base_url)
    return {
        "summary": texts.summary,
        "description": texts.description,
        "location": texts.location,
        "status": texts.status,
        "start": _moment(appointment.start),
        "end": _moment(appointment.end),
        "colorId": _COLOURS.get(appointment.type, "8"),
        "reminders": {"useDefault": False, "overrides": list(_REMINDERS)},
        **_marks(appointment),
    }


def cancelled_body(appointment: Appointment) -> EventBody:
    """The change that cancels an event and keeps it visible as cancelled."""
    return {"status": "cancelled", **_marks(appointment)}


def meeting_request(appointment: Appointment, event_id: str) -> EventBody:
    """Asks for a Meet room; the same request id never makes a second one. Empty where none is needed."""
    if appointment.type not in VIDEO_TYPES or appointment.meeting_url:
        return {}
    return {"conferenceData": {"createRequest": {"requestId": event_id, "conferenceSolutionKey": {"type": "hangoutsMeet"}}}}


def sequence_of(event: Mapping[str, Any]) -> int:
    """The sequence of the appointment that was written last, or -1 for an event without our mark.

    Google's own `sequence` cannot serve: Google raises it by itself and refuses a lower one.
    """
    private = (event.get("extendedProperties") or {}).get("private") or {}
    try:
        return int(private.get(_SEQUENCE, -1))
    except (TypeError, ValueError):
        return -1


def _marks(appointment: Appointment) -> EventBody:
    return {"extendedProperties": {"private": {_APPOINTMENT: appointment.id, _SEQUENCE: str(appointment.sequence)}}}


def _moment(at: datetime) -> dict[str, str]:
    return {"dateTime": to_iso(at), "timeZone": "Asia/Bangkok"}
