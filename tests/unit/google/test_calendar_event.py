"""An appointment becomes an event of Google Calendar."""

from typing import Any

import pytest

from backend.adapters.google.calendar_event import cancelled_body, event_body, meeting_request, sequence_of
from tests.support.appointments import an_appointment

BASE_URL = "https://gacp.example"


def test_times_are_utc_and_shown_in_bangkok() -> None:
    body = event_body(an_appointment(), BASE_URL)

    assert body["start"] == {"dateTime": "2026-11-09T02:00:00.000Z", "timeZone": "Asia/Bangkok"}
    assert body["end"] == {"dateTime": "2026-11-09T06:00:00.000Z", "timeZone": "Asia/Bangkok"}


def test_people_are_reminded_a_day_before_by_mail_and_an_hour_before_on_the_screen() -> None:
    assert event_body(an_appointment(), BASE_URL)["reminders"] == {
        "useDefault": False,
        "overrides": [{"method": "email", "minutes": 1440}, {"method": "popup", "minutes": 60}],
    }


def test_every_type_has_a_colour_of_its_own() -> None:
    colours = {
        kind: event_body(an_appointment(type=kind), BASE_URL)["colorId"] for kind in ("VIDEO", "HYBRID_VIDEO", "HYBRID_ONSITE", "ONSITE")
    }

    assert colours == {"VIDEO": "7", "HYBRID_VIDEO": "5", "HYBRID_ONSITE": "6", "ONSITE": "10"}


def test_nobody_is_invited_by_google() -> None:
    assert "attendees" not in event_body(an_appointment(), BASE_URL)


@pytest.mark.parametrize("kind", ["VIDEO", "HYBRID_VIDEO"])
def test_a_video_call_asks_for_one_meeting_room(kind: str) -> None:
    request = meeting_request(an_appointment(type=kind), "event1")

    assert request["conferenceData"]["createRequest"] == {"requestId": "event1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}


@pytest.mark.parametrize(
    "appointment",
    [
        an_appointment(type="ONSITE"),
        an_appointment(type="HYBRID_ONSITE"),
        an_appointment(type="VIDEO", meeting_url="https://meet.example/abc"),
    ],
)
def test_no_room_is_asked_for_where_none_is_needed(appointment: Any) -> None:
    assert meeting_request(appointment, "event1") == {}


def test_a_cancellation_touches_nothing_but_the_status_and_our_marks() -> None:
    body = cancelled_body(an_appointment(sequence=3))

    assert set(body) == {"status", "extendedProperties"}
    assert body["status"] == "cancelled"
    assert sequence_of(body) == 3


def test_the_sequence_is_found_again_in_the_event() -> None:
    assert sequence_of(event_body(an_appointment(sequence=12), BASE_URL)) == 12


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"extendedProperties": None},
        {"extendedProperties": {"private": None}},
        {"extendedProperties": {"private": {"gacpSequence": "x"}}},
        {"extendedProperties": {"private": {"gacpSequence": None}}},
    ],
)
def test_an_event_without_our_mark_is_older_than_every_appointment(event: dict[str, Any]) -> None:
    assert sequence_of(event) == -1
