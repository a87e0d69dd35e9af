"""What the hour brings: delayed jobs are counted as waiting once they are due, and a job with a `ttl` never waits for ever."""

from datetime import timedelta

import pytest

from backend.errors import TemporaryFailure
from backend.queues.duties import healing
from backend.queues.errors import JobExpired
from backend.queues.records import JobState
from backend.queues.testing import drain, run_until_quiet
from backend.queues.working import run_delivery
from tests.support.queues import Desk, run_errand


def submit(desk, **more):
    return desk.service.submit(run_errand, {"place": "x"}, **more).job_id


def waited(desk, milliseconds):
    desk.clock.move(timedelta(milliseconds=milliseconds))
    return desk.platform.timers.expire()


def test_a_job_that_no_worker_took_in_time_fails_as_expired_and_who_listens_is_told_once():
    desk = Desk()
    job_id = submit(desk, ttl=1000)
    assert waited(desk, 999) == 0
    assert waited(desk, 1) == 1
    assert waited(desk, 5000) == 0
    job = desk.service.get(job_id)
    assert (job.state, job.error_class, job.error, job.attempts) == (
        JobState.FAILED,
        JobExpired.__name__,
        "expired: no worker took the job within 1000 ms",
        (),
    )
    assert job.finished_at == desk.clock.now() - timedelta(milliseconds=5000)
    assert [place for place, _, _ in desk.errands.dead] == ["x"]
    assert desk.broker.take(["aiQc"], 0) is None
    assert drain(desk.platform) == []


def test_a_worker_that_draws_an_expired_job_ends_it_without_running_it():
    desk = Desk()
    job_id = submit(desk, ttl=1000)
    desk.clock.move(timedelta(seconds=1))
    ended = run_delivery(desk.platform, desk.broker.take(["aiQc"], 0), worker="w")
    assert (ended.id, ended.state, desk.errands.done) == (job_id, JobState.FAILED, [])
    assert desk.broker.buried == {job_id: "JobExpired"}
    assert len(desk.errands.dead) == 1


def test_the_time_runs_from_the_moment_at_which_the_job_is_due():
    desk = Desk()
    submit(desk, ttl=1000, delay=5000)
    assert waited(desk, 5999) == 0
    assert waited(desk, 1) == 1


def test_a_job_that_has_begun_never_expires():
    desk = Desk()
    job_id = submit(desk, ttl=100, attempts=2, backoff=60_000)
    desk.errands.outcomes = [TemporaryFailure("busy")]
    drain(desk.platform)
    assert waited(desk, 50_000) == 0
    run_until_quiet(desk.platform, desk.clock)
    assert desk.service.get(job_id).state is JobState.COMPLETED


def test_a_job_without_ttl_waits_for_ever():
    desk = Desk()
    submit(desk)
    assert waited(desk, 10_000_000_000) == 0


def test_it_expires_also_while_redis_is_away_and_in_a_paused_queue():
    desk = Desk()
    desk.control.pause("aiQc")
    job_id = submit(desk, ttl=100)
    desk.broker.away = True
    assert waited(desk, 100) == 1
    assert desk.service.get(job_id).state is JobState.FAILED


def test_a_delayed_job_counts_as_waiting_once_it_is_due_also_while_redis_is_away():
    desk = Desk()
    submit(desk, delay=1000)
    assert desk.platform.timers.fall_due() == 0
    assert desk.control.stats()["aiQc"]["delayed"] == 1
    desk.broker.away = True
    desk.clock.move(timedelta(seconds=1))
    assert desk.platform.timers.fall_due() == 1
    assert (desk.control.stats()["aiQc"]["delayed"], desk.control.stats()["aiQc"]["waiting"]) == (0, 1)
    assert desk.platform.timers.fall_due() == 0


@pytest.mark.parametrize("enabled", ["true", "false"])
def test_the_scheduler_does_both(enabled):
    names = [duty.name for duty in healing(Desk(ENABLE_QUEUE=enabled).platform)]
    assert {"count due jobs as waiting", "expire jobs"} <= set(names)
