"""Times are aware, in UTC, to the millisecond."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from backend.clock import FrozenClock, SystemClock, bangkok_date, from_iso, from_millis, require_aware, to_iso, to_millis

NOON = datetime(2026, 11, 2, 12, 0, 0, 123000, tzinfo=UTC)


def test_the_system_clock_is_aware_and_has_no_microseconds_below_a_millisecond():
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(0)
    assert now.microsecond % 1000 == 0


def test_the_system_clock_makes_one_object_for_each_millisecond():
    ticks = iter((1_000_000, 1_999_999, 2_000_000, 1_500_000))
    clock = SystemClock(lambda: next(ticks))
    first, same, second, back = (clock.now() for _ in range(4))
    assert same is first
    assert (first, second, back) == (from_millis(1), from_millis(2), from_millis(1))


def test_a_frozen_clock_stands_still_until_it_is_moved_or_set():
    clock = FrozenClock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.move(timedelta(seconds=5))
    assert clock.now() == NOON + timedelta(seconds=5)
    clock.set(NOON)
    assert clock.now() == NOON


def test_a_naive_time_is_refused_with_the_cure():
    with pytest.raises(ValueError, match="tzinfo=UTC"):
        require_aware(datetime(2026, 11, 2, 12))
    with pytest.raises(ValueError, match="zone"):
        from_iso("2026-11-02T12:00:00")


def test_iso_times_end_in_z_and_come_back_the_same():
    assert to_iso(NOON) == "2026-11-02T12:00:00.123Z"
    assert from_iso(to_iso(NOON)) == NOON


def test_a_time_of_another_zone_is_written_in_utc():
    assert to_iso(datetime(2026, 11, 2, 19, tzinfo=timezone(timedelta(hours=7)))) == "2026-11-02T12:00:00.000Z"


def test_milliseconds_come_back_the_same():
    assert to_millis(NOON) == 1793620800123
    assert from_millis(to_millis(NOON)) == NOON


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 12, 31, 16, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_the_day_in_thailand_begins_at_seventeen_hours_utc(at, day):
    assert bangkok_date(at) == day
