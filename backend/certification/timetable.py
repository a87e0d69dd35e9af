"""Finds the time of an inspection: office hours of working days, and never two at once."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice

from backend.certification.appointments import DURATIONS
from backend.certification.ports import HolidayTable
from backend.certification.repository import Booking
from backend.certification.working_days import add_working_days, working_days_from
from backend.clock import BANGKOK, bangkok_date, require_aware

OPENS, CLOSES = time(8, 30), time(16, 30)
LUNCH_FROM, LUNCH_TO = time(12, 0), time(13, 0)
LAST_ONSITE_START = time(13, 0)
NOTICE_DAYS = 3  # working days between today and the earliest inspection
_STEP = timedelta(minutes=30)
_ACROSS_LUNCH = frozenset({"ONSITE"})  # a visit of four hours fits neither half of the day: the team rests at the farm
_ONSITE = frozenset({"ONSITE", "HYBRID_ONSITE"})

Slot = tuple[datetime, datetime]


def earliest_day(now: datetime, holidays: HolidayTable) -> date:
    """Three working days after today (in Thailand)."""
    return add_working_days(bangkok_date(now), NOTICE_DAYS, holidays)


def days_from(day: date, count: int, holidays: HolidayTable) -> list[date]:
    """That many working days, `day` included where it is one."""
    return list(islice(working_days_from(day, holidays), count))


def free_slots(kind: str, day: date, booked: Sequence[Booking]) -> Iterator[Slot]:
    """The times of a day at which an inspection of that kind fits between the bookings, the earliest first."""
    for start, end in _slots(kind, day):
        if not any(start < booking.end and booking.start < end for booking in booked):
            yield start, end


def _slots(kind: str, day: date) -> Iterator[Slot]:
    duration = DURATIONS[kind]
    start = datetime.combine(day, OPENS)
    while (end := start + duration) <= datetime.combine(day, CLOSES):
        if _fits(kind, start.time(), end.time()):
            yield _utc(start), _utc(end)
        start += _STEP


def _fits(kind: str, start: time, end: time) -> bool:
    if kind in _ONSITE and start > LAST_ONSITE_START:
        return False
    if kind in _ACROSS_LUNCH:
        return not LUNCH_FROM <= start < LUNCH_TO
    return end <= LUNCH_FROM or start >= LUNCH_TO


def _utc(moment: datetime) -> datetime:
    return require_aware(moment.replace(tzinfo=BANGKOK))
