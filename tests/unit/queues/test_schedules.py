"""When a recurring job is due, and what firing, skipping and redefining make of its entry."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.queues import schedules
from backend.queues.repeat import Repeat
from backend.queues.schedules import Entry, Schedule, next_due

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)  # 12:00 in Bangkok, a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def moments(repeat, after=NOON, most=10):
    """The first moments at which it fires."""
    found = []
    while len(found) < most and (due := next_due(repeat, after, fired=len(found))):
        found.append(due)
        after = due
    return found


def hours(repeat, **more):
    return [(due - NOON) / HOUR for due in moments(repeat, **more)]


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        (Repeat(cron="0 3 * * *"), [15, 39, 63]),  # 03:00 in Bangkok is 20:00 UTC of the day before
        (Repeat(cron="0 3 * * *", tz="UTC"), [22, 46, 70]),
        (Repeat(cron="0 12 * * *"), [24, 48, 72]),  # later than now, not now
        (Repeat(cron="30 12 * * 1-5"), [0.5, 24.5, 48.5]),
        (Repeat(cron="0 0 29 2 *"), [(datetime(2028, 2, 28, 17, tzinfo=UTC) - NOON) / HOUR]),
        (Repeat(every=7_200_000), [1, 3, 5]),  # counted from 1970: even hours of UTC
        (Repeat(every=3_600_000, limit=2), [1, 2]),
        (Repeat(cron="0 * * * *", end_date=NOON + 2 * HOUR), [1, 2]),
        (Repeat(cron="0 * * * *", start_date=NOON + 5 * HOUR), [5, 6, 7]),
        (Repeat(every=3_600_000, start_date=NOON + 5 * HOUR), [5, 6, 7]),
        (Repeat(every=3_600_000, start_date=NOON - 5 * HOUR), [1, 2, 3]),
        (Repeat(every=3_600_000, start_date=NOON + HOUR, end_date=NOON + HOUR), [1]),
        (Repeat(cron="0 * * * *", end_date=NOON), []),
        (Repeat(cron="0 0 30 2 *"), []),
    ],
)
def test_it_is_due_at(repeat, expected):
    assert hours(repeat, most=3)[: len(expected)] == expected
    assert len(hours(repeat, most=3)) >= len(expected)


@pytest.mark.parametrize(("repeat", "number"), [(Repeat(every=1000, limit=4), 4), (Repeat(cron="0 9 7 * *", limit=5), 5)])
def test_it_fires_as_often_as_its_limit_and_no_more(repeat, number):
    assert len(moments(repeat)) == number


def test_daily_for_five_days_at_the_hour_of_bangkok():
    assert [due.hour for due in moments(Repeat(cron="25 9 * * *"), most=5)] == [2] * 5


def entry(**changes):
    repeat = changes.pop("repeat", Repeat(every=3_600_000))
    return Entry(Schedule("hourly", "run_errand", repeat), "code", NOON, **changes)


def test_firing_counts_and_moves_past_everything_that_was_missed():
    after = schedules.fire(entry(note="old"), "hourly-1", NOON + 5.5 * HOUR)
    assert (after.fired, after.last_due, after.last_job_id, after.note) == (1, NOON, "hourly-1", "")
    assert after.next_due == NOON + 6 * HOUR


def test_the_last_firing_ends_it():
    after = schedules.fire(entry(repeat=Repeat(every=3_600_000, limit=3), fired=2), "hourly-1", NOON)
    assert (after.fired, after.next_due) == (3, None)
    assert schedules.enable(schedules.disable(after), NOON).next_due is None


def test_a_skipped_moment_counts_for_no_limit_and_says_why():
    after = schedules.skip(entry(repeat=Repeat(every=3_600_000, limit=1)), "busy", NOON)
    assert (after.skipped, after.fired, after.note, after.next_due) == (1, 0, "busy", NOON + HOUR)


def test_what_is_enabled_again_missed_nothing():
    off = schedules.disable(entry())
    assert off.enabled is False
    on = schedules.enable(off, NOON + 7.5 * HOUR)
    assert (on.enabled, on.next_due) == (True, NOON + 8 * HOUR)
    assert schedules.enable(on, NOON + DAY) is on


def test_another_payload_keeps_the_next_moment_and_another_rule_starts_afresh():
    before = entry(fired=4, enabled=False, version=7)
    payload = Schedule("hourly", "run_errand", Repeat(every=3_600_000), {"place": "here"})
    same_rule = schedules.define(payload, "code", NOON + HOUR, before)
    assert (same_rule.schedule, same_rule.next_due, same_rule.fired) == (payload, NOON, 4)
    daily = Schedule("hourly", "run_errand", Repeat(cron="0 3 * * *"))
    other_rule = schedules.define(daily, "code", NOON, before)
    assert (other_rule.next_due, other_rule.fired, other_rule.enabled, other_rule.version) == (NOON + 15 * HOUR, 0, False, 7)


def test_the_id_of_a_job_tells_schedule_and_moment():
    assert schedules.job_id_for("hourly", NOON) == "hourly-1793595600000"


def test_an_entry_tells_all_about_itself_and_no_next_moment_while_it_is_off():
    told = entry(fired=2, last_due=NOON - HOUR, last_job_id="hourly-0").to_json()
    assert told["next"] == "2026-11-02T05:00:00.000Z"
    assert (told["last"], told["lastJobId"], told["fired"]) == ("2026-11-02T04:00:00.000Z", "hourly-0", 2)
    assert told["repeat"] == {"every": 3_600_000, "tz": "Asia/Bangkok"}
    assert schedules.disable(entry()).to_json()["next"] is None
