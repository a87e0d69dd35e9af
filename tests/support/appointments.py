"""Builds inspection appointments with good defaults."""

from datetime import UTC, datetime
from typing import Any

from backend.certification.ports import Appointment


def an_appointment(**changes: Any) -> Appointment:
    """An on-site visit on Monday 9 November 2026, 09:00 to 13:00 in Bangkok, proposed."""
    return Appointment(
        **{
            "id": "apt-0001",
            "application_id": "app-0001",
            "application_number": "GACP-2569-000001",
            "type": "ONSITE",
            "start": datetime(2026, 11, 9, 2, tzinfo=UTC),
            "end": datetime(2026, 11, 9, 6, tzinfo=UTC),
            "place": {"lat": 13.5001, "lng": 99.8002, "address_text": "ต.น้ำพุ อ.เมืองราชบุรี จ.ราชบุรี"},
            **changes,
        }
    )
