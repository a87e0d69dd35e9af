"""The book of recurring jobs and their firing: one job per moment, whatever stops, runs twice or is away."""

from datetime import timedelta

import pytest

from backend.errors import Conflict, InvalidInput, NotFound, Unavailable
from backend.queues.errors import UnknownJobType
from backend.queues.ports import JobFilter
from backend.queues.records import JobState
from backend.queues.repeat import Repeat
from backend.queues.schedule_firing import ScheduleFiring
from backend.queues.schedules import Schedule, job_id_for
from backend.queues.testing import drain
from tests.support.queues import NOON, Desk

HOUR = timedelta(hours=1)
HOURLY = Repeat(cron="0 * * * *")
FIRST = NOON + HOUR


def errand(key="hourly", repeat=HOURLY, **changes):
    return Schedule(key, "run_errand", repeat, {"place": "ตลาด"}, **changes)


@pytest.fixture
def desk():
    return Desk()


def adopt(desk, table):
    """A version of the program with these schedules starts."""
    desk.platform.registry.schedules = {schedule.key: schedule for schedule in table}
    desk.platform.schedules.adopt()


def fire(desk):
    return desk.platform.firing.fire_due()


def job_ids(desk):
    return sorted(job.id for job in desk.ledger.page(JobFilter()).items)


def entry(desk, key="hourly"):
    return desk.platform.schedules.get(key)


def test_nothing_fires_before_its_moment_and_one_job_at_it(desk):
    adopt(desk, [errand(options={"priority": 2, "attempts": 1})])
    desk.clock.move(timedelta(minutes=59, seconds=59))
    assert fire(desk) == 0
    desk.clock.move(timedelta(seconds=1))
    assert [fire(desk), fire(desk)] == [1, 0]
    job = desk.service.get(job_id_for("hourly", FIRST))
    assert (job.type, job.payload, job.subject, job.requested_by) == ("run_errand", {"place": "ตลาด", "weight": 1}, "hourly", "scheduler")
    assert (job.options.priority, job.options.attempts) == (2, 1)
    assert (entry(desk).fired, entry(desk).last_due, entry(desk).next_due) == (1, FIRST, FIRST + HOUR)


def test_it_fires_again_and_again_with_a_new_job_each_time(desk):
    adopt(desk, [errand()])
    for _ in range(3):
        desk.clock.move(HOUR)
        fire(desk)
        drain(desk.platform)
    assert job_ids(desk) == [job_id_for("hourly", NOON + hours * HOUR) for hours in (1, 2, 3)]
    assert desk.errands.done == ["ตลาด"] * 3


def test_what_was_missed_fires_once(desk):
    adopt(desk, [errand()])
    desk.clock.move(9.5 * HOUR)
    assert [fire(desk), fire(desk)] == [1, 0]
    assert job_ids(desk) == [job_id_for("hourly", FIRST)]
    assert entry(desk).next_due == NOON + 10 * HOUR


def test_what_was_missed_does_not_fire_where_that_is_asked_for(desk):
    adopt(desk, [errand(catch_up="skip")])
    desk.clock.move(HOUR + timedelta(minutes=1))
    assert fire(desk) == 1  # a minute is not missed, only late
    drain(desk.platform)
    desk.clock.move(HOUR + timedelta(seconds=1))
    assert fire(desk) == 0
    assert (entry(desk).skipped, entry(desk).note) == (1, "missed while no scheduler ran")


def test_a_moment_passes_while_the_job_before_has_not_ended(desk):
    adopt(desk, [errand(), errand("allowed", overlap="allow")])
    desk.clock.move(HOUR)
    assert fire(desk) == 2
    desk.clock.move(HOUR)
    assert fire(desk) == 1
    assert (entry(desk).skipped, entry(desk, "allowed").fired) == (1, 2)
    assert job_id_for("hourly", FIRST) in entry(desk).note
    drain(desk.platform)
    desk.clock.move(HOUR)
    assert fire(desk) == 2
    assert entry(desk).note == ""


def test_two_schedulers_that_fire_at_once_make_one_job(desk):
    adopt(desk, [errand()])
    desk.clock.move(HOUR)
    outside, book = desk.platform.outside, desk.platform.schedules

    class Slow:
        """A scheduler whose rival fires between its look and its writing."""

        def due(self, now):
            found = outside.schedules.due(now)
            assert fire(desk) == 1
            return found

    slow = ScheduleFiring(outside, book, desk.service)
    slow._entries = Slow()
    slow.fire_due()
    assert job_ids(desk) == [job_id_for("hourly", FIRST)]
    assert (entry(desk).fired, entry(desk).next_due) == (1, FIRST + HOUR)


def test_a_crash_after_the_submission_makes_no_second_job(desk):
    adopt(desk, [errand(overlap="allow")])
    desk.clock.move(HOUR)
    desk.service.submit("run_errand", {"place": "ตลาด"}, job_id=job_id_for("hourly", FIRST))
    assert fire(desk) == 1
    assert job_ids(desk) == [job_id_for("hourly", FIRST)]
    assert entry(desk).next_due == FIRST + HOUR


def test_a_store_that_is_away_costs_time_and_no_moment(desk):
    adopt(desk, [errand()])
    desk.clock.move(HOUR)
    desk.store.away = True
    with pytest.raises(Unavailable):
        fire(desk)
    desk.store.away = False
    desk.clock.move(timedelta(minutes=5))
    assert fire(desk) == 1
    assert job_ids(desk) == [job_id_for("hourly", FIRST)]


def test_with_redis_away_its_job_runs_in_the_scheduler(desk):
    adopt(desk, [errand()])
    desk.clock.move(HOUR)
    desk.broker.away = True
    assert fire(desk) == 1
    assert desk.service.get(job_id_for("hourly", FIRST)).state is JobState.COMPLETED


def test_one_that_cannot_fire_keeps_no_other_from_firing(desk):
    adopt(desk, [errand(), errand("fine")])
    broken = entry(desk)
    odd = Schedule("hourly", "run_errand", HOURLY, {"place": "x", "since_removed": 1})
    desk.platform.outside.schedules.save(type(broken)(odd, "code", broken.next_due, version=broken.version))
    desk.clock.move(HOUR)
    assert fire(desk) == 1
    assert "since_removed" in entry(desk).note
    assert entry(desk).next_due == FIRST + HOUR


def test_a_limit_ends_it(desk):
    adopt(desk, [errand(repeat=Repeat(every=3_600_000, limit=2), overlap="allow")])
    for _ in range(4):
        desk.clock.move(HOUR)
        fire(desk)
    assert (len(job_ids(desk)), entry(desk).next_due) == (2, None)


def test_what_is_switched_off_stays_off_over_every_redeploy_until_it_is_switched_on(desk):
    book = desk.platform.schedules
    adopt(desk, [errand()])
    assert book.disable("hourly").enabled is False
    adopt(desk, [errand(repeat=Repeat(cron="30 * * * *"))])
    desk.clock.move(3 * HOUR)
    assert fire(desk) == 0
    assert book.enable("hourly").next_due == NOON + 3.5 * HOUR
    desk.clock.move(HOUR / 2)
    assert fire(desk) == 1


def test_the_book_agrees_with_the_table_in_code_and_keeps_what_was_submitted(desk):
    book = desk.platform.schedules
    adopt(desk, [errand("a"), errand("b")])
    desk.service.submit("run_errand", {"place": "วัด"}, repeat={"cron": "0 6 * * *", "key": "mine"})
    adopt(desk, [errand("b"), errand("c")])
    assert [(item.key, item.origin) for item in book.entries()] == [("b", "code"), ("c", "code"), ("mine", "submitted")]


def test_adopting_the_same_table_again_writes_nothing(desk):
    adopt(desk, [errand()])
    desk.clock.move(HOUR / 2)
    adopt(desk, [errand()])
    assert entry(desk).version == 1


def test_a_submission_with_repeat_is_a_schedule_and_names_its_first_job(desk):
    options = {"priority": 3, "backoff": {"type": "exponential", "delay": 500}, "remove_on_complete": {"count": 5}}
    answer = desk.service.submit("run_errand", {"place": "วัด"}, subject="app-1", repeat={"every": 3_600_000, "key": "mine"}, **options)
    assert (answer.job_id, answer.state, answer.queued) == (job_id_for("mine", FIRST), JobState.DELAYED, True)
    assert job_ids(desk) == []
    desk.clock.move(HOUR)
    fire(desk)
    job = desk.service.get(answer.job_id)
    assert (job.payload["place"], job.subject, job.options.priority, job.options.repeat) == ("วัด", "app-1", 3, None)
    assert (job.options.backoff.delay, job.options.remove_on_complete.count) == (500, 5)


def test_a_submission_with_the_same_key_replaces_the_schedule_and_without_a_key_its_type_is_the_key(desk):
    for cron in ("0 6 * * *", "0 7 * * *"):
        desk.service.submit("run_errand", {"place": cron}, repeat=Repeat(cron=cron, key="mine"))
        desk.service.submit("run_errand", {"place": cron}, repeat=Repeat(cron=cron))
    assert [(item.key, item.schedule.payload["place"]) for item in desk.platform.schedules.entries()] == [
        ("mine", "0 7 * * *"),
        ("run_errand", "0 7 * * *"),
    ]


def test_a_repeat_that_never_comes_is_refused(desk):
    with pytest.raises(InvalidInput, match="never comes"):
        desk.service.submit("run_errand", {"place": "x"}, repeat={"cron": "0 0 30 2 *"})
    assert list(desk.platform.schedules.entries()) == []


def test_the_table_in_code_cannot_be_overwritten_by_a_submission(desk):
    adopt(desk, [errand()])
    with pytest.raises(Conflict, match="part of the program"):
        desk.service.submit("run_errand", {"place": "x"}, repeat={"cron": "0 6 * * *", "key": "hourly"})


@pytest.mark.parametrize(
    ("schedule", "error"),
    [
        (Schedule("x", "run_erand", HOURLY), UnknownJobType),
        (Schedule("x", "run_errand", HOURLY, {"plaice": "x"}), InvalidInput),
        (Schedule("x", "run_errand", HOURLY, {"place": "x"}, {"priorty": 1}), InvalidInput),
    ],
)
def test_a_schedule_that_could_never_fire_is_refused_when_it_is_defined(desk, schedule, error):
    with pytest.raises(error):
        desk.platform.schedules.define(schedule)
    assert list(desk.platform.schedules.entries()) == []


def test_running_one_now_makes_a_job_of_its_own_and_moves_nothing(desk):
    adopt(desk, [errand()])
    desk.platform.schedules.disable("hourly")
    before = entry(desk)
    answer = desk.platform.firing.run_now("hourly")
    assert answer.job_id == "hourly-now-1793595600000"
    assert entry(desk) == before
    with pytest.raises(NotFound, match="hourly"):
        desk.platform.firing.run_now("weekly")
