"""The status words of seed 002 at their borders, and what the settings do to these."""

import pytest

from backend.services.standing import UNKNOWN, Thresholds
from backend.settings import load

WORDS = Thresholds.of(load(GACP_ENV="test"))


@pytest.mark.parametrize(
    ("percent", "word"),
    [(None, UNKNOWN), (100, "good"), (95.01, "good"), (95, "warning"), (90, "warning"), (89.99, "critical"), (0, "critical")],
)
def test_success_rates(percent, word):
    assert WORDS.success(percent) == word


@pytest.mark.parametrize(
    ("millis", "word"), [(None, UNKNOWN), (0, "good"), (29_999, "good"), (30_000, "slow"), (60_000, "slow"), (60_001, "critical")]
)
def test_average_times(millis, word):
    assert WORDS.performance(millis) == word


@pytest.mark.parametrize(("depth", "word"), [(0, "healthy"), (99, "healthy"), (100, "busy"), (500, "busy"), (501, "overloaded")])
def test_depths(depth, word):
    assert WORDS.queue(depth) == word


@pytest.mark.parametrize(("percent", "word"), [(0, "good"), (4.99, "good"), (5, "warning"), (10, "warning"), (10.01, "critical")])
def test_refund_rates(percent, word):
    assert WORDS.credits(percent) == word


def test_thresholds_are_those_of_the_alerts():
    words = Thresholds.of(load(GACP_ENV="test", ALERT_DEPTH="5", ALERT_DEPTH_CRITICAL="9", ALERT_SLOW_S="1", ALERT_SLOW_CRITICAL_S="2"))
    assert (words.queue(4), words.queue(5), words.queue(10)) == ("healthy", "busy", "overloaded")
    assert (words.performance(999), words.performance(1_500), words.performance(2_001)) == ("good", "slow", "critical")
