"""How a stretch of time is put together of minutes, hours and days."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.clock import bangkok_date
from backend.queues.numbers.grains import DAY, HOUR, MINUTE, cover, minute_of

NOW = datetime(2026, 11, 2, 5, 17, 42, tzinfo=UTC)  # 12:17 in Thailand


def minutes_covered(since, now):
    """Every minute that the stretches are of, in order."""
    covered = []
    for grain, first, last in cover(since, now):
        covered += range(grain.first_minute(first), grain.first_minute(last + 1))
    return covered


@pytest.mark.parametrize("span", [0, 1, 16, 17, 18, 59, 60, 61, 200, 737, 738, 1_439, 1_440, 1_441, 2_000, 2_879])
def test_what_is_younger_than_two_days_is_covered_to_the_minute_and_once(span):
    now = minute_of(NOW)
    covered = minutes_covered(now - span, now)
    assert covered[: span + 1] == list(range(now - span, now + 1))
    assert covered == sorted(set(covered))


@pytest.mark.parametrize("days", [3, 7, 29, 30])
def test_what_is_older_begins_with_its_hour(days):
    now = minute_of(NOW)
    covered = minutes_covered(now - days * 1_440, now)
    assert covered[0] == (now - days * 1_440) // 60 * 60
    assert covered == list(range(covered[0], covered[-1] + 1))


def test_what_is_older_than_a_month_begins_with_its_day_in_thailand():
    now = minute_of(NOW)
    covered = minutes_covered(now - 200 * 1_440, now)
    first = datetime.fromtimestamp(covered[0] * 60, UTC)
    assert first == datetime(2026, 4, 15, 17, tzinfo=UTC)
    assert bangkok_date(first) == bangkok_date(NOW - timedelta(days=200))
    assert covered == list(range(covered[0], covered[-1] + 1))


@pytest.mark.parametrize(("hours", "most"), [(1, 61), (24, 90), (24 * 7, 40), (24 * 30, 60), (24 * 365, 370)])
def test_few_slots_are_read_for_a_long_time(hours, most):
    now = minute_of(NOW)
    assert sum(stretch.last - stretch.first + 1 for stretch in cover(now - hours * 60, now)) <= most


def test_whole_hours_and_days_are_read_as_such():
    hour = minute_of(datetime(2026, 11, 2, 4, 0, tzinfo=UTC))
    assert [grain for grain, *_ in cover(hour, hour + 61)] == [HOUR]
    midnight = minute_of(datetime(2026, 11, 1, 17, 0, tzinfo=UTC))
    assert [grain for grain, *_ in cover(midnight, midnight + 61)] == [DAY]
    assert [grain for grain, *_ in cover(midnight - 61, midnight + 61)] == [MINUTE, HOUR, DAY]


@pytest.mark.parametrize("grain", [MINUTE, HOUR, DAY])
def test_a_slot_begins_where_the_one_before_ends(grain):
    slot = grain.slot(minute_of(NOW))
    assert grain.begins(slot) <= NOW < grain.begins(slot + 1)
    assert grain.slot(grain.first_minute(slot)) == slot
    assert grain.slot(grain.first_minute(slot) - 1) == slot - 1


def test_what_is_promised_is_kept_a_little_longer():
    now = minute_of(NOW)
    for grain in (MINUTE, HOUR, DAY):
        assert grain.begins(grain.oldest(now)) <= NOW - grain.kept - timedelta(minutes=59)
