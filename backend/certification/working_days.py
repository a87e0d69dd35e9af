"""Working days: Monday to Friday without the public holidays of the table."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import resources

from backend.certification.ports import HolidayTable

_SATURDAY = 5


class ThaiHolidays:
    """The holidays of the dated tables in `policies/holidays-*.json`; a year without a table has week-ends only."""

    def __init__(self, days: frozenset[date]) -> None:
        self._days = days

    @classmethod
    def load(cls) -> "ThaiHolidays":
        """Read every table of the package."""
        folder = resources.files("backend.certification") / "policies"
        tables = [json.loads(file.read_text("utf-8")) for file in folder.iterdir() if file.name.startswith("holidays-")]
        return cls(frozenset(date.fromisoformat(row["date"]) for table in tables for row in table["holidays"]))

    def is_holiday(self, day: date) -> bool:
        return day in self._days


def is_working_day(day: date, holidays: HolidayTable) -> bool:
    """Whether offices are open that day."""
    return day.weekday() < _SATURDAY and not holidays.is_holiday(day)


def working_days_from(day: date, holidays: HolidayTable) -> Iterator[date]:
    """Every working day from `day` on, that day included."""
    while True:
        if is_working_day(day, holidays):
            yield day
        day += timedelta(days=1)


def add_working_days(day: date, count: int, holidays: HolidayTable) -> date:
    """The working day that comes `count` working days after `day`; `day` itself does not count."""
    later = working_days_from(day + timedelta(days=1), holidays)
    for _ in range(count):
        day = next(later)
    return day


def roll_forward(day: date, holidays: HolidayTable) -> date:
    """`day`, or the next working day: a deadline never ends on a holiday (Administrative Procedure Act, section 64)."""
    return next(working_days_from(day, holidays))
