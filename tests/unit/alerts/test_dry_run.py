"""Would it have fired last week? The readings that were kept, with the thresholds that somebody thinks of."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.errors import InvalidInput, NotFound
from tests.support.alerts import ALL_IS_WELL, NOON, Watchtower, with_queue

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def tower():
    """Two bad stretches in one queue, one of them short, and a quiet end; nothing of it was above a threshold in force."""
    tower = Watchtower()
    tower.look()
    for failed, minutes in ((0, 10), (8, 30), (0, 60), (6, 5), (0, 60)):
        tower.go_on(minutes * MINUTE, with_queue(counts={"failed": failed}), every=MINUTE)
    return tower


def test_with_the_thresholds_in_force_it_says_what_was(tower):
    found = tower.book.dry_run("failed-jobs")
    assert (found.stretches, tower.happened("raised")) == ([], [])
    assert found.minutes == 166
    assert "Only 166 of 10080 minutes are known, the first at 2026-11-02T05:00:00.000Z" in found.note


def test_with_a_lower_one_it_says_when_how_often_and_until_when(tower):
    found = tower.book.dry_run("failed-jobs", thresholds={"warning": 5}, length=165 * MINUTE).to_json()
    assert (found["times"], found["known"], found["note"]) == (2, True, None)
    assert found["alerts"] == [
        {
            "labels": {"queue": "aiQc"},
            "severity": "warning",
            "raisedAt": "2026-11-02T05:12:00.000Z",  # it had lasted for a minute
            "resolvedAt": "2026-11-02T05:56:00.000Z",  # and had been gone for a quarter of an hour
            "peak": 8.0,
        },
        {
            "labels": {"queue": "aiQc"},
            "severity": "warning",
            "raisedAt": "2026-11-02T06:42:00.000Z",
            "resolvedAt": "2026-11-02T07:16:00.000Z",  # twice as long, as it had come back within a day
            "peak": 6.0,
        },
    ]


def test_what_fires_at_the_end_has_no_end(tower):
    tower.go_on(5 * MINUTE, with_queue(counts={"failed": 9}), every=MINUTE)
    [stretch] = tower.book.dry_run("failed-jobs", thresholds={"warning": 8}).stretches
    assert (stretch.ended, stretch.peak) == (None, 9.0)


def test_it_is_asked_for_one_queue(tower):
    tower.go_on(5 * MINUTE, with_queue("email", counts={"failed": 99}), every=MINUTE)
    assert [each.labels for each in tower.book.dry_run("failed-jobs", queue="email").stretches] == [{"queue": "email"}]
    assert tower.book.dry_run("failed-jobs", queue="report").stretches == []


def test_a_dry_run_agrees_with_what_really_happened():
    tower = Watchtower()
    tower.look()
    for on in (3, 40, 7):
        tower.go_on(on * MINUTE, with_queue(counts={"active": 120, "failed": 11}), every=MINUTE)
        tower.go_on(2 * HOUR, ALL_IS_WELL, every=MINUTE)
    for rule in ("failed-jobs", "queue-depth"):
        real = sorted((alert.raised_at, alert.resolved_at) for alert in tower.book.page(slug=rule).items)
        assert [(each.raised, each.ended) for each in tower.book.dry_run(rule).stretches] == real
        assert len(real) == 3


def test_what_nobody_knew_is_said_and_changes_nothing():
    tower = Watchtower()
    tower.go_on(5 * MINUTE, every=MINUTE)
    refunds = tower.book.dry_run("refunds")
    assert (refunds.minutes, refunds.to_json()["known"]) == (0, False)
    assert "Nothing is known of this rule" in refunds.note
    away = replace(with_queue(workers=None), silent_workers=None)
    tower.go_on(5 * MINUTE, with_queue(workers=0), every=MINUTE)
    tower.go_on(5 * MINUTE, away, every=MINUTE)
    [stretch] = tower.book.dry_run("worker-lost").stretches
    assert (stretch.raised, stretch.ended) == (NOON + 7 * MINUTE, None)


def test_a_rule_or_level_that_is_not_there_is_told_with_those_that_are(tower):
    with pytest.raises(NotFound, match="failed-jobs, waiting-jobs"):
        tower.book.dry_run("failed")
    with pytest.raises(InvalidInput, match="failed-jobs has no level critical; it has: warning") as caught:
        tower.book.dry_run("failed-jobs", thresholds={"critical": 5})
    assert [error.field for error in caught.value.errors] == ["critical"]


def test_readings_are_kept_as_long_as_is_said():
    tower = Watchtower()
    tower.look(with_queue(counts={"failed": 99}))
    tower.clock.move(timedelta(days=8, hours=2))
    tower.look(ALL_IS_WELL)
    assert tower.book.dry_run("failed-jobs", length=timedelta(days=30)).minutes == 1
