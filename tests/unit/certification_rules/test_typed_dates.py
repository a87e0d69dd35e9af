"""Dates are read in the common and the Buddhist era; what is ambiguous is refused."""

from datetime import date

import pytest

from backend.certification.dates import add_months, known, parse_day


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-02", date(2026, 11, 2)),
        ("2569-11-02", date(2026, 11, 2)),
        ("2/11/2569", date(2026, 11, 2)),
        ("02.11.2026", date(2026, 11, 2)),
        ("2026/1/2", date(2026, 1, 2)),
        ("2026-11-02T23:30:00Z", date(2026, 11, 2)),
        ("2567-02-29", date(2024, 2, 29)),
        ("1900-01-01", date(1900, 1, 1)),
        ("2100-12-31", date(2100, 12, 31)),
        ("2443-01-01", date(1900, 1, 1)),
    ],
)
def test_a_date_is_read(typed, day):
    assert parse_day(typed) == day


@pytest.mark.parametrize(
    "typed",
    [
        "26-11-02",
        "2/11/69",
        "2026-13-01",
        "2026-02-29",
        "2569-02-29",
        "1899-12-31",
        "2101-01-01",
        "2399-01-01",
        "2442-12-31",
        "soon",
        "",
        "2026-11",
    ],
)
def test_what_is_no_certain_date_is_not_read(typed):
    assert parse_day(typed) is None


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 2), 36, date(2029, 11, 2)),
        (date(2026, 1, 31), 1, date(2026, 3, 1)),
        (date(2024, 1, 31), 1, date(2024, 3, 1)),
        (date(2028, 2, 29), 36, date(2031, 3, 1)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 10, 31), 1, date(2026, 12, 1)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_months_are_added(day, months, later):
    assert add_months(day, months) == later


def test_an_unread_date_is_unknown():
    assert known("31/12/68") is None
    assert known(None) is None
    assert known(date(2026, 1, 1)) == date(2026, 1, 1)
