"""Bull's scenarios of who runs when: delays, retries, promotion, stalled jobs and pauses, each at its place in line."""

from datetime import timedelta

import pytest

from backend.errors import Conflict, TemporaryFailure
from backend.queues.leases import LEASE
from backend.queues.names import QUEUES
from backend.queues.recovery import GRACE
from backend.queues.testing import drain, run_until_quiet
from tests.support.queues import run_errand

SECOND = 1000
AT_ONCE = {"type": "fixed", "delay": 0}


def add(desk, place, **options):
    return desk.service.submit(run_errand, {"place": place}, **options).job_id


def fail_first(desk, times=1):
    desk.errands.outcomes = [TemporaryFailure("not yet")] * times


def test_jobs_that_were_there_before_the_worker_run_in_turn_one_at_a_time(desk):
    for name in "abc":
        add(desk, name)
    seen = []
    desk.errands.outcomes = [lambda: seen.append(desk.control.stats()["aiQc"]["active"]) or {}] * 3
    drain(desk.platform)
    assert (desk.errands.done, seen) == (["a", "b", "c"], [1, 1, 1])


def test_the_last_in_is_the_first_out_where_that_is_asked_for(desk):
    for name in "abc":
        add(desk, name, lifo=True)
    drain(desk.platform)
    assert desk.errands.done == ["c", "b", "a"]


def test_a_job_under_work_is_not_taken_by_a_second_worker(desk):
    add(desk, "x")
    desk.take_and_vanish()
    assert (drain(desk.platform, worker="second"), desk.errands.done) == ([], [])


def test_ten_delayed_jobs_run_when_they_are_due_and_in_that_order(desk):
    for number in (7, 2, 9, 4, 1, 10, 3, 8, 6, 5):
        add(desk, str(number), delay=number * SECOND)
    drain(desk.platform)
    assert desk.errands.done == []
    desk.clock.move(timedelta(seconds=4))
    drain(desk.platform)
    assert desk.errands.done == ["1", "2", "3", "4"]
    run_until_quiet(desk.platform, desk.clock)
    assert desk.errands.done == [str(number) for number in range(1, 11)]


def test_twelve_jobs_due_in_the_same_moment_run_in_the_order_of_their_submission(desk):
    for number in range(12):
        add(desk, str(number), delay=SECOND)
    run_until_quiet(desk.platform, desk.clock)
    assert desk.errands.done == [str(number) for number in range(12)]


def test_a_delayed_job_that_falls_due_goes_behind_its_equals_and_keeps_its_priority(desk):
    add(desk, "delayed", delay=SECOND)
    add(desk, "delayed and urgent", delay=SECOND, priority=1)
    add(desk, "waited")
    desk.clock.move(timedelta(seconds=1))
    drain(desk.platform)
    assert desk.errands.done == ["delayed and urgent", "waited", "delayed"]


def test_a_retry_at_once_goes_to_the_back_and_an_urgent_one_before_the_others(desk):
    for name, priority in [("plain", 5), ("urgent", 1), ("other", 5)]:
        add(desk, name, priority=priority, backoff=AT_ONCE, attempts=2)
    fail_first(desk, 2)  # the urgent one, twice
    drain(desk.platform)
    assert desk.errands.done == ["urgent", "urgent", "plain", "other"]

    desk.errands.done.clear()
    for name in ("plain", "other"):
        add(desk, name, backoff=AT_ONCE, attempts=2)
    fail_first(desk)
    drain(desk.platform)
    assert desk.errands.done == ["plain", "other", "plain"]


def test_there_are_never_more_tries_than_attempts(desk):
    add(desk, "x", attempts=3, backoff=AT_ONCE)
    fail_first(desk, 9)
    drain(desk.platform)
    assert desk.errands.done == ["x"] * 3


def test_a_job_with_a_backoff_is_delayed_and_not_waiting(desk):
    add(desk, "x", attempts=2, backoff=SECOND)
    fail_first(desk)
    drain(desk.platform)
    assert {state: count for state, count in desk.control.stats()["aiQc"].items() if count} == {"delayed": 1}


def test_a_promoted_job_runs_at_its_priority_without_its_delay(desk):
    late = add(desk, "late", delay=60 * SECOND, priority=3)
    for name, priority in [("low", 9), ("high", 1)]:
        add(desk, name, priority=priority)
    desk.platform.job_control.promote(late)
    drain(desk.platform)
    assert desk.errands.done == ["high", "late", "low"]


def test_a_running_job_cannot_be_retried(desk):
    job_id = add(desk, "x")
    desk.take_and_vanish()
    with pytest.raises(Conflict):
        desk.platform.job_control.retry(job_id)


def test_every_failed_job_is_retried_at_its_own_priority(desk):
    for name, priority in [("low", 9), ("none", 0), ("high", 1)]:
        add(desk, name, priority=priority, attempts=1)
    fail_first(desk, 3)
    drain(desk.platform)
    desk.errands.done.clear()
    assert desk.platform.job_control.retry_all() == 3
    drain(desk.platform)
    assert desk.errands.done == ["high", "low", "none"]


def test_several_stalled_jobs_run_once_each_and_before_what_waits(desk):
    for name in ("a", "b"):
        add(desk, name)
    for worker in ("w-1", "w-2"):
        desk.take_and_vanish(worker)
    add(desk, "waits")
    desk.clock.move(LEASE + timedelta(seconds=1))
    assert desk.recovery.reap_lost() == 2
    assert desk.recovery.reap_lost() == 0, "a second check finds nothing"
    drain(desk.platform)
    assert (sorted(desk.errands.done[:2]), desk.errands.done[2:]) == (["a", "b"], ["waits"])


def test_a_job_that_stalls_too_often_fails_and_is_not_run_again(desk):
    job_id = add(desk, "x", attempts=1)
    for _ in range(3):
        desk.take_and_vanish()
        desk.clock.move(LEASE + timedelta(seconds=1))
        desk.recovery.reap_lost()
    job = desk.service.get(job_id)
    assert (job.state.value, "lost worker" in job.error, job.failures) == ("failed", True, 0)
    assert desk.broker.take(QUEUES, 0) is None


def test_a_delayed_job_that_falls_due_while_its_queue_is_paused_waits_and_keeps_its_place(desk):
    add(desk, "late", delay=SECOND)
    desk.control.pause("aiQc")
    add(desk, "added while paused")
    desk.clock.move(timedelta(seconds=2))
    assert (drain(desk.platform), desk.errands.done) == ([], [])
    desk.control.resume("aiQc")
    drain(desk.platform)
    assert sorted(desk.errands.done) == ["added while paused", "late"]


def test_pausing_again_and_again_loses_nobody_who_came_meanwhile(desk):
    for number in range(6):
        (desk.control.pause if number % 2 == 0 else desk.control.resume)("aiQc")
        add(desk, str(number))
    drain(desk.platform)
    assert desk.errands.done == [str(number) for number in range(6)]


def test_emptying_a_paused_queue_keeps_the_pause_and_who_comes_later_runs(desk):
    desk.control.pause("aiQc")
    add(desk, "gone")
    add(desk, "gone too", delay=SECOND)
    desk.control.empty("aiQc")
    add(desk, "later")
    assert (drain(desk.platform), desk.control.paused()) == ([], ["aiQc"])
    desk.control.resume("aiQc")
    run_until_quiet(desk.platform, desk.clock)
    assert desk.errands.done == ["later"]


def test_the_order_outlives_a_redis_that_forgot_everything(desk):
    for name, priority in [("c", 9), ("a", 1), ("d", 0), ("b", 1)]:
        add(desk, name, priority=priority)
    add(desk, "late", delay=60 * SECOND, priority=1)
    ids = [job.id for job in desk.service.list(state="waiting").items + desk.service.list(state="delayed").items]
    desk.broker.forget("aiQc", ids)
    desk.clock.move(GRACE * 3)
    assert desk.recovery.relay() == 5
    run_until_quiet(desk.platform, desk.clock)
    assert desk.errands.done == ["a", "b", "c", "d", "late"]
