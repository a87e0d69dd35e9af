"""The feed is a folder that many processes write to and calendar programs read at any moment."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest

from backend.adapters.icalendar.feed import FEED_NAME, ICalendarFeed
from backend.clock import FrozenClock
from backend.errors import TemporaryFailure
from tests.support.appointments import an_appointment

BASE_URL = "https://gacp.example"
WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from backend.adapters.icalendar.feed import ICalendarFeed
from backend.clock import SystemClock
from tests.support.appointments import an_appointment
feed = ICalendarFeed(Path(sys.argv[1]), "https://gacp.example", SystemClock())
for number in range(10):
    feed.put(an_appointment(id=f"apt-{sys.argv[2]}-{number}"))
"""


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 2, 3, tzinfo=UTC))


@pytest.fixture
def feed(tmp_path: Path, clock: FrozenClock) -> ICalendarFeed:
    return ICalendarFeed(tmp_path, BASE_URL, clock)


def uids(folder: Path) -> list[str]:
    return sorted(str(event["uid"]) for event in icalendar.Calendar.from_ical((folder / FEED_NAME).read_bytes()).events)


def test_every_appointment_has_a_file_and_a_place_in_the_feed(feed: ICalendarFeed, tmp_path: Path) -> None:
    entries = [feed.put(an_appointment(id=f"apt-{number}")) for number in range(3)]

    assert uids(tmp_path) == ["apt-0", "apt-1", "apt-2"]
    for number, entry in enumerate(entries):
        [event] = icalendar.Calendar.from_ical((tmp_path / f"{entry.event_id}.ics").read_bytes()).events
        assert str(event["uid"]) == f"apt-{number}"


def test_the_feed_is_one_whole_calendar(feed: ICalendarFeed, tmp_path: Path) -> None:
    feed.put(an_appointment(id="apt-1"))
    feed.put(an_appointment(id="apt-2"))

    text = (tmp_path / FEED_NAME).read_bytes().decode()
    assert (text.count("BEGIN:VCALENDAR"), text.count("END:VCALENDAR"), text.count("BEGIN:VEVENT")) == (1, 1, 2)
    assert text.endswith("END:VCALENDAR\r\n")


def test_a_repeat_leaves_the_files_untouched(feed: ICalendarFeed, tmp_path: Path, clock: FrozenClock) -> None:
    feed.put(an_appointment())
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.glob("*.ics")}
    clock.move(timedelta(hours=1))

    feed.put(an_appointment())

    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.glob("*.ics")} == before


def test_a_change_is_stamped_with_its_time(feed: ICalendarFeed, tmp_path: Path, clock: FrozenClock) -> None:
    feed.put(an_appointment())
    clock.move(timedelta(hours=1))

    entry = feed.put(an_appointment(sequence=1))

    assert b"DTSTAMP:20261102T040000Z" in (tmp_path / f"{entry.event_id}.ics").read_bytes()


def test_a_feed_that_was_lost_is_rebuilt_from_the_files(feed: ICalendarFeed, tmp_path: Path) -> None:
    feed.put(an_appointment(id="apt-1"))
    feed.put(an_appointment(id="apt-2"))
    (tmp_path / FEED_NAME).unlink()

    feed.put(an_appointment(id="apt-2"))

    assert uids(tmp_path) == ["apt-1", "apt-2"]


def test_a_file_of_somebody_else_does_not_spoil_the_feed(feed: ICalendarFeed, tmp_path: Path) -> None:
    (tmp_path / "holidays.ics").write_bytes(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")

    feed.put(an_appointment())

    assert uids(tmp_path) == ["apt-0001"]


@pytest.mark.parametrize(
    "damage", [b"", b"half a fi", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSEQUENCE:x\r\n"]
)
def test_a_damaged_file_is_written_anew(feed: ICalendarFeed, tmp_path: Path, damage: bytes) -> None:
    entry = feed.put(an_appointment())
    (tmp_path / f"{entry.event_id}.ics").write_bytes(damage)

    feed.put(an_appointment())

    assert uids(tmp_path) == ["apt-0001"]


def test_processes_that_write_at_once_lose_no_appointment(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(number)], cwd=root) for number in range(3)]

    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(uids(tmp_path)) == 30


def test_no_draft_is_left_behind(feed: ICalendarFeed, tmp_path: Path) -> None:
    feed.put(an_appointment())

    assert list(tmp_path.glob("*.tmp")) == []


def test_a_disk_that_refuses_is_a_passing_failure(tmp_path: Path, clock: FrozenClock) -> None:
    (tmp_path / "calendar").write_text("a file where the folder should be", encoding="utf-8")

    with pytest.raises(TemporaryFailure, match="calendar folder"):
        ICalendarFeed(tmp_path / "calendar", BASE_URL, clock).put(an_appointment())
