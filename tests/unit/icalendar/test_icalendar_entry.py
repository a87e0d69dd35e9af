"""An appointment becomes an iCalendar event that calendar programs read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from backend.adapters.icalendar import entry
from tests.support.appointments import an_appointment

AT = datetime(2026, 11, 2, 3, tzinfo=UTC)


def written(**changes: Any) -> str:
    made = entry.calendar()
    made.add_component(entry.event(an_appointment(**changes), "https://gacp.example", AT))
    return made.to_ical().decode()


def read(**changes: Any) -> icalendar.Event:
    return icalendar.Calendar.from_ical(written(**changes)).events[0]


def test_the_calendar_is_published_and_named_in_thai() -> None:
    calendar = icalendar.Calendar.from_ical(entry.calendar().to_ical())

    assert str(calendar["method"]) == "PUBLISH"
    assert str(calendar["x-wr-calname"]) == "การตรวจประเมิน GACP"
    assert {"prodid", "version"} <= {name.lower() for name in calendar}


def test_the_uid_is_the_appointment_and_stays_through_every_change() -> None:
    assert str(read()["uid"]) == str(read(sequence=4, status="CANCELLED")["uid"]) == "apt-0001"
    assert int(str(read(sequence=4)["sequence"])) == 4


def test_times_are_written_in_utc_without_a_time_zone_table() -> None:
    text = written()

    assert "DTSTART:20261109T020000Z\r\n" in text
    assert "DTEND:20261109T060000Z\r\n" in text
    assert "VTIMEZONE" not in text


def test_thai_texts_survive_the_folding_of_lines() -> None:
    text = written()

    assert str(read()["summary"]) == "[GACP] ตรวจ ณ สถานที่ – GACP-2569-000001"
    assert "ต.น้ำพุ อ.เมืองราชบุรี" in str(read()["location"])
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


def test_every_line_ends_as_the_standard_asks() -> None:
    assert "\n" not in written().replace("\r\n", "")


@pytest.mark.parametrize(("status", "written_status", "busy"), [("PROPOSED", "TENTATIVE", "OPAQUE"), ("CONFIRMED", "CONFIRMED", "OPAQUE")])
def test_an_appointment_that_stands_takes_the_time(status: str, written_status: str, busy: str) -> None:
    event = read(status=status)

    assert (str(event["status"]), str(event["transp"])) == (written_status, busy)


def test_a_cancelled_appointment_gives_the_time_free_and_reminds_nobody() -> None:
    event = read(status="CANCELLED")

    assert (str(event["status"]), str(event["transp"])) == ("CANCELLED", "TRANSPARENT")
    assert list(event.walk("VALARM")) == []


def test_people_are_reminded_a_day_and_an_hour_before() -> None:
    alarms = read().walk("VALARM")

    assert [alarm["trigger"].dt for alarm in alarms] == [-timedelta(hours=24), -timedelta(hours=1)]
    assert {str(alarm["action"]) for alarm in alarms} == {"DISPLAY"}


def test_a_visit_tells_where_it_is() -> None:
    event = read()

    assert event["geo"].to_ical() == "13.5001;99.8002"


@pytest.mark.parametrize("changes", [{"type": "VIDEO"}, {"place": {}}, {"place": {"lat": 13.5}}])
def test_no_point_is_told_where_there_is_none(changes: dict[str, Any]) -> None:
    assert "geo" not in read(**changes)


def test_a_visit_without_a_place_has_no_location() -> None:
    assert "location" not in read(place={})


def test_every_type_has_a_colour_of_its_own() -> None:
    assert len({str(read(type=kind)["color"]) for kind in ("VIDEO", "HYBRID_VIDEO", "HYBRID_ONSITE", "ONSITE")}) == 4
