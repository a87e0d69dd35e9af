"""When an inspection can be: office hours, lunch, and never on top of another one."""

from datetime import date, datetime, timedelta

import pytest

from backend.certification.appointments import DURATIONS, PARTS
from backend.certification.repository import Booking
from backend.certification.timetable import days_from, earliest_day, free_slots
from backend.certification.working_days import ThaiHolidays
from backend.clock import BANGKOK
from tests.support.certification import MONDAY

DAY = date(2026, 11, 5)
HOLIDAYS = ThaiHolidays.load()


def at(clock: str) -> datetime:
    return datetime.combine(DAY, datetime.strptime(clock, "%H:%M").time(), BANGKOK)  # noqa: DTZ007


def booking(start: str, end: str) -> Booking:
    return Booking("other", at(start), at(end))


def starts(kind: str, *booked: Booking) -> list[str]:
    return [f"{start.astimezone(BANGKOK):%H:%M}" for start, _ in free_slots(kind, DAY, booked)]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("VIDEO", "08:30 09:00 09:30 10:00 10:30 13:00 13:30 14:00 14:30 15:00"),
        ("HYBRID_VIDEO", "08:30 09:00 09:30 10:00 10:30 11:00 13:00 13:30 14:00 14:30 15:00 15:30"),
        ("HYBRID_ONSITE", "08:30 09:00 13:00"),
        ("ONSITE", "08:30 09:00 09:30 10:00 10:30 11:00 11:30"),
    ],
)
def test_the_day_of_each_kind_keeps_office_hours_and_lunch(kind, expected):
    assert starts(kind) == expected.split()


@pytest.mark.parametrize(("kind", "minutes"), [("VIDEO", 90), ("HYBRID_VIDEO", 45), ("HYBRID_ONSITE", 180), ("ONSITE", 240)])
def test_each_kind_takes_its_time(kind, minutes):
    assert DURATIONS[kind] == timedelta(minutes=minutes)
    assert {end - start for start, end in free_slots(kind, DAY, [])} == {timedelta(minutes=minutes)}


def test_each_form_of_inspection_has_its_parts():
    assert PARTS == {"VIDEO": ("VIDEO",), "HYBRID": ("HYBRID_VIDEO", "HYBRID_ONSITE"), "ONSITE": ("ONSITE",)}


@pytest.mark.parametrize(
    ("kind", "booked", "first"),
    [
        ("VIDEO", [("08:30", "10:00")], "10:00"),  # one may begin when the other ends
        ("VIDEO", [("08:30", "10:01")], "10:30"),
        ("VIDEO", [("10:00", "10:15")], "08:30"),
        ("VIDEO", [("09:59", "10:15")], "10:30"),
        ("HYBRID_ONSITE", [("09:00", "09:10")], "13:00"),
        ("HYBRID_ONSITE", [("09:00", "09:10"), ("15:00", "15:30")], None),
        ("ONSITE", [("08:30", "12:30")], None),
        ("ONSITE", [("12:30", "13:00")], "08:30"),
    ],
)
def test_times_that_overlap_are_left_out(kind, booked, first):
    free = starts(kind, *(booking(*times) for times in booked))
    assert (free[0] if free else None) == first


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (MONDAY, "2026-11-05"),
        (MONDAY.replace(hour=17), "2026-11-06"),  # Tuesday in Bangkok
        (MONDAY.replace(day=6), "2026-11-11"),
        (MONDAY.replace(month=12, day=29), "2027-01-05"),
    ],
)
def test_the_earliest_day_is_three_working_days_on(now, expected):
    assert earliest_day(now, HOLIDAYS).isoformat() == expected


def test_days_are_working_days():
    days = [day.isoformat() for day in days_from(date(2026, 12, 4), 4, HOLIDAYS)]
    assert days == ["2026-12-04", "2026-12-08", "2026-12-09", "2026-12-11"]
