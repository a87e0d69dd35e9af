"""Buckets and what is read out of them."""

from datetime import timedelta
from itertools import pairwise

import pytest

from backend.queues.numbers.histogram import BOUNDS_MS, BUCKETS, Durations, Lengths


def of(*millis):
    lengths = Lengths()
    for each in millis:
        lengths.take(timedelta(milliseconds=each))
    return Durations(tuple(lengths.buckets), lengths.total_us)


def test_bounds_reach_from_5_ms_to_10_minutes_on_a_log_scale_with_the_thresholds_of_the_alerts():
    assert (BOUNDS_MS[0], BOUNDS_MS[-1]) == (5, 600_000)
    assert {30_000, 60_000} <= set(BOUNDS_MS)
    assert all(1.4 < above / below <= 2.5 for below, above in pairwise(BOUNDS_MS))


@pytest.mark.parametrize(
    ("millis", "place"), [(0, 0), (5, 0), (5.001, 1), (10, 1), (600_000, BUCKETS - 2), (600_000.001, BUCKETS - 1), (10**9, BUCKETS - 1)]
)
def test_a_bound_belongs_to_the_bucket_below_it(millis, place):
    assert of(millis).buckets.index(1) == place


def test_a_duration_below_nothing_counts_as_nothing():
    assert of(-3) == of(0)


def test_nothing_has_no_average_and_no_percentile():
    assert (of().average_ms, of().percentile_ms(95), of().count) == (None, None, 0)


def test_the_average_is_exact():
    assert of(1, 2, 3.5).average_ms == pytest.approx(6.5 / 3)


@pytest.mark.parametrize(
    ("millis", "percent", "expected"),
    [
        ((700,), 50, 750),  # the middle of 500 to 1,000, as Prometheus takes it
        ((700,), 100, 1_000),
        ((700,), 0, 500),
        ((1, 1, 1, 1), 50, 2.5),
        ((3, 30), 50, 5),
        ((3, 30), 75, 35),
        ((3, 30), 99, 49.4),
        ((10**7,), 50, 600_000),
        ((3, 10**7), 95, 600_000),
    ],
)
def test_percentiles_are_spread_evenly_inside_of_a_bucket(millis, percent, expected):
    assert of(*millis).percentile_ms(percent) == pytest.approx(expected)


def test_percentiles_never_fall_as_they_rise():
    some = of(*(each**3 for each in range(1, 90)))
    found = [some.percentile_ms(percent) for percent in range(101)]
    assert found == sorted(found)


def test_two_histograms_together_are_that_of_both():
    assert of(1, 700).plus(of(90_000)) == Durations(list(of(1, 700, 90_000).buckets), of(1, 700, 90_000).total_us)
