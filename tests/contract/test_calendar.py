"""What every calendar promises, over memory, the iCalendar feed, and Google Calendar behind a real socket."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest

from backend.adapters.google.calendar import GoogleCalendar
from backend.adapters.icalendar.feed import ICalendarFeed
from backend.adapters.memory.calendar import MemoryCalendar
from backend.certification.ports import Appointment, Calendar
from backend.clock import FrozenClock
from tests.support.appointments import an_appointment
from tests.support.fake_google_calendar import FakeGoogleCalendar

BASE_URL = "https://gacp.example"


@dataclass(frozen=True)
class Seen:
    """What a reader of the calendar sees of one entry."""

    summary: str
    description: str
    location: str
    status: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Provider:
    calendar: Calendar
    look: Callable[[], list[Seen]]


def in_memory() -> Provider:
    calendar = MemoryCalendar(base_url=BASE_URL)

    def look() -> list[Seen]:
        kept = calendar.entries.values()
        return [
            Seen(e.notice.summary, e.notice.description, e.notice.location, e.notice.status, e.appointment.start, e.appointment.end)
            for e in kept
        ]

    return Provider(calendar, look)


def as_feed(folder: Path) -> Provider:
    calendar = ICalendarFeed(folder, BASE_URL, FrozenClock(datetime(2026, 11, 2, 3, tzinfo=UTC)))

    def look() -> list[Seen]:
        feed = folder / "feed.ics"
        events = icalendar.Calendar.from_ical(feed.read_bytes()).events if feed.exists() else []
        return [_seen_in_feed(event) for event in events]

    return Provider(calendar, look)


def _seen_in_feed(event: icalendar.Event) -> Seen:
    texts = [str(event.get(name, "")) for name in ("summary", "description", "location", "status")]
    return Seen(*texts[:3], texts[3].lower(), event["dtstart"].dt, event["dtend"].dt)


def at_google(server: FakeGoogleCalendar, folder: Path) -> Provider:
    calendar = GoogleCalendar(server.calendar_id, server.key_file(folder), BASE_URL, endpoint=server.url)

    def look() -> list[Seen]:
        return [
            Seen(e["summary"], e["description"], e["location"], e["status"], _moment(e["start"]), _moment(e["end"]))
            for e in server.events.values()
        ]

    return Provider(calendar, look)


def _moment(value: dict[str, str]) -> datetime:
    return datetime.fromisoformat(value["dateTime"])


@pytest.fixture(params=["memory", "icalendar", "google"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Provider]:
    if request.param == "memory":
        yield in_memory()
    elif request.param == "icalendar":
        yield as_feed(tmp_path / "calendar")
    else:
        with FakeGoogleCalendar() as server:
            yield at_google(server, tmp_path)


def test_an_appointment_is_seen_with_its_time_number_and_place(provider: Provider) -> None:
    provider.calendar.put(an_appointment())

    [seen] = provider.look()
    assert seen.summary == "[GACP] ตรวจ ณ สถานที่ – GACP-2569-000001"
    assert (seen.start, seen.end) == (datetime(2026, 11, 9, 2, tzinfo=UTC), datetime(2026, 11, 9, 6, tzinfo=UTC))
    assert seen.location == "ต.น้ำพุ อ.เมืองราชบุรี จ.ราชบุรี https://www.google.com/maps?q=13.5001,99.8002"
    assert f"{BASE_URL}/applications/app-0001" in seen.description
    assert seen.status == "tentative"


def test_a_repeat_changes_nothing(provider: Provider) -> None:
    first = provider.calendar.put(an_appointment())
    before = provider.look()

    again = provider.calendar.put(an_appointment())

    assert again.event_id == first.event_id
    assert provider.look() == before


def test_two_appointments_are_two_entries(provider: Provider) -> None:
    one = provider.calendar.put(an_appointment(id="apt-1"))
    other = provider.calendar.put(an_appointment(id="apt-2"))

    assert one.event_id != other.event_id
    assert len(provider.look()) == 2


def test_a_moved_appointment_is_moved(provider: Provider) -> None:
    appointment = an_appointment()
    provider.calendar.put(appointment)

    provider.calendar.put(
        replace(appointment, start=appointment.start + timedelta(days=1), end=appointment.end + timedelta(days=1), sequence=1)
    )

    [seen] = provider.look()
    assert (seen.start.day, seen.end.day) == (10, 10)


def test_a_late_delivery_of_an_older_version_does_not_undo_the_newer_one(provider: Provider) -> None:
    old = an_appointment(sequence=1)
    new = an_appointment(sequence=2, status="CONFIRMED", start=old.start + timedelta(days=1), end=old.end + timedelta(days=1))
    provider.calendar.put(new)

    provider.calendar.put(old)

    [seen] = provider.look()
    assert (seen.status, seen.start) == ("confirmed", new.start)


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("PROPOSED", "tentative"),
        ("RESCHEDULED", "tentative"),
        ("CONFIRMED", "confirmed"),
        ("IN_PROGRESS", "confirmed"),
        ("COMPLETED", "confirmed"),
        ("NO_SHOW", "confirmed"),
    ],
)
def test_the_status_tells_whether_the_appointment_stands(provider: Provider, status: str, shown: str) -> None:
    provider.calendar.put(an_appointment(status=status))

    assert [seen.status for seen in provider.look()] == [shown]


def test_a_cancelled_appointment_stays_visible_as_cancelled(provider: Provider) -> None:
    provider.calendar.put(an_appointment())

    provider.calendar.cancel(an_appointment(sequence=1))

    [seen] = provider.look()
    assert seen.status == "cancelled"
    assert seen.summary == "[GACP] ตรวจ ณ สถานที่ – GACP-2569-000001"


def test_a_change_counts_even_where_the_sequence_was_not_raised(provider: Provider) -> None:
    provider.calendar.put(an_appointment())
    provider.calendar.put(an_appointment(status="CONFIRMED"))
    confirmed = [seen.status for seen in provider.look()]

    provider.calendar.cancel(an_appointment())

    assert confirmed == ["confirmed"]
    assert [seen.status for seen in provider.look()] == ["cancelled"]


@pytest.mark.parametrize("status", ["CANCELLED", "DECLINED"])
def test_putting_an_appointment_that_will_not_take_place_cancels_its_entry(provider: Provider, status: str) -> None:
    first = provider.calendar.put(an_appointment())

    again = provider.calendar.put(an_appointment(sequence=1, status=status))

    assert again.event_id == first.event_id
    assert [seen.status for seen in provider.look()] == ["cancelled"]


def test_putting_a_cancelled_appointment_that_was_never_there_adds_nothing(provider: Provider) -> None:
    provider.calendar.put(an_appointment(status="CANCELLED"))

    assert provider.look() == []


def test_cancelling_what_is_not_there_is_success(provider: Provider) -> None:
    provider.calendar.cancel(an_appointment())

    assert provider.look() == []


def test_cancelling_twice_is_success(provider: Provider) -> None:
    provider.calendar.put(an_appointment())

    provider.calendar.cancel(an_appointment(sequence=1))
    provider.calendar.cancel(an_appointment(sequence=1))

    assert [seen.status for seen in provider.look()] == ["cancelled"]


def test_an_older_version_does_not_revive_a_cancelled_entry(provider: Provider) -> None:
    provider.calendar.put(an_appointment())
    provider.calendar.cancel(an_appointment(sequence=1))

    provider.calendar.put(an_appointment())

    assert [seen.status for seen in provider.look()] == ["cancelled"]


def test_an_older_cancellation_does_not_cancel_a_newer_version(provider: Provider) -> None:
    provider.calendar.put(an_appointment(sequence=2, status="CONFIRMED"))

    provider.calendar.cancel(an_appointment(sequence=1))

    assert [seen.status for seen in provider.look()] == ["confirmed"]


def test_a_newer_version_revives_a_cancelled_entry(provider: Provider) -> None:
    provider.calendar.put(an_appointment())
    provider.calendar.cancel(an_appointment(sequence=1))

    provider.calendar.put(an_appointment(sequence=2, status="CONFIRMED"))

    assert [seen.status for seen in provider.look()] == ["confirmed"]


def test_a_video_call_has_no_place_but_its_link(provider: Provider) -> None:
    provider.calendar.put(an_appointment(type="VIDEO", meeting_url="https://meet.example/abc"))

    [seen] = provider.look()
    assert seen.location == "https://meet.example/abc"


def test_workers_that_put_the_same_appointment_at_once_make_one_entry(provider: Provider) -> None:
    def put(_: int) -> str:
        return provider.calendar.put(an_appointment()).event_id

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(put, range(4)))

    assert len(ids) == 1
    assert len(provider.look()) == 1


def test_an_entry_id_fits_every_calendar(provider: Provider) -> None:
    appointment: Appointment = an_appointment(id="นัด/หมาย ../1")

    entry = provider.calendar.put(appointment)

    assert len(entry.event_id) == 24
    assert set(entry.event_id) <= set("0123456789abcdefghijklmnopqrstuv")
