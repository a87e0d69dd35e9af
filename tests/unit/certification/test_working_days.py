"""Working days around week-ends, holidays and the turn of the year."""

from datetime import date

import pytest

from backend.certification.working_days import ThaiHolidays, add_working_days, is_working_day, roll_forward

HOLIDAYS = ThaiHolidays.load()


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2026-11-02", True),  # Monday
        ("2026-11-06", True),  # Friday
        ("2026-11-07", False),  # Saturday
        ("2026-11-08", False),  # Sunday
        ("2026-10-23", False),  # Chulalongkorn Day, a Friday
        ("2026-12-07", False),  # substitute for Father's Day on a Saturday
        ("2026-12-08", True),
        ("2026-12-31", False),
        ("2027-01-01", False),
        ("2027-04-13", False),
        ("2027-10-25", False),
        ("2035-11-05", True),  # a year without a table: Mondays are open
        ("2035-11-04", False),
    ],
)
def test_offices_are_open_on_working_days_only(day, open_):
    assert is_working_day(date.fromisoformat(day), HOLIDAYS) is open_


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-11-02", 0, "2026-11-02"),
        ("2026-11-02", 3, "2026-11-05"),
        ("2026-11-05", 3, "2026-11-10"),  # over a week-end
        ("2026-11-07", 1, "2026-11-09"),  # from a Saturday
        ("2026-12-04", 3, "2026-12-11"),  # over a week-end, a substitute day and Constitution Day
        ("2026-12-30", 1, "2027-01-04"),  # over New Year
    ],
)
def test_working_days_are_counted_without_the_first(day, count, expected):
    assert add_working_days(date.fromisoformat(day), count, HOLIDAYS) == date.fromisoformat(expected)


@pytest.mark.parametrize(("day", "expected"), [("2026-11-02", "2026-11-02"), ("2026-12-05", "2026-12-08"), ("2026-12-31", "2027-01-04")])
def test_a_deadline_rolls_to_the_next_working_day(day, expected):
    assert roll_forward(date.fromisoformat(day), HOLIDAYS) == date.fromisoformat(expected)


def test_a_table_handed_in_is_the_one_that_counts():
    nothing = ThaiHolidays(frozenset())
    assert is_working_day(date(2026, 12, 10), nothing)
    assert not is_working_day(date(2026, 12, 10), HOLIDAYS)
