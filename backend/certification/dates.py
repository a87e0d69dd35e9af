"""Reads the dates that people type, in the common or the Buddhist era, and counts with them."""

import calendar
import re
from datetime import date

_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_BUDDHIST_FROM, _BUDDHIST_AHEAD = 2400, 543
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def parse_day(text: str) -> date | None:
    """`2026-11-02`, `2569-11-02` or `2/11/2569` as a date; None for anything else, such as a year of two digits."""
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, match.groups())
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = map(int, match.groups())
    else:
        return None
    if year >= _BUDDHIST_FROM:
        year -= _BUDDHIST_AHEAD
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def add_months(day: date, months: int) -> date:
    """The same day of the month that many months later; where the month has no such day, the first of the next."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    missing = day.day > calendar.monthrange(year, month + 1)[1]
    return add_months(day.replace(day=1), months + 1) if missing else date(year, month + 1, day.day)


def known(value: date | str | None) -> date | None:
    """The date of a form field, or None where it is empty or could not be read."""
    return value if isinstance(value, date) else None
