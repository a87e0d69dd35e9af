"""Redis refuses, hangs, restarts and comes back, while jobs are submitted and run."""

import signal
import time

import pytest
from redis import Redis

from backend.adapters.rq.roster import RqRoster
from backend.queues.records import JobState
from tests.support.queue_process import Work, noted, platform_at, work
from tests.support.queue_runs import finished, process, until
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.servers


@pytest.fixture
def server(tmp_path):
    server = RedisServer(tmp_path / "valkey")
    yield server
    server.go_on()
    server.kill()


@pytest.fixture
def platform(server, tmp_path):
    return platform_at(server.url, tmp_path, deadline_ms=250)


def timed_submit(platform, name):
    started = time.monotonic()
    answer = platform.service.submit(work, Work(name=name))
    return answer, time.monotonic() - started


def test_a_redis_that_refuses_costs_no_time_and_the_job_runs_in_the_caller(server, platform):
    platform.service.submit(work, Work(name="warm"))
    server.kill()
    answers = [timed_submit(platform, f"n{number}") for number in range(3)]
    assert [(answer.mode, answer.state) for answer, _ in answers] == [("inline", JobState.COMPLETED)] * 3
    assert max(seconds for _, seconds in answers) < 0.5
    server.start()


@pytest.mark.parametrize("warm", [True, False])
def test_a_redis_that_hangs_costs_the_first_caller_its_deadline_and_the_next_nothing(server, platform, tmp_path, warm):
    if warm:
        platform.service.submit(work, Work(name="warm"))
    server.hang()
    first, waited = timed_submit(platform, "first")
    second, next_waited = timed_submit(platform, "second")
    assert (first.mode, second.mode) == ("inline", "inline")
    assert 0.2 < waited < 0.5
    assert next_waited < 0.2
    assert platform.control.health().healthy is False
    server.go_on()


def test_a_job_handed_over_to_a_hanging_redis_runs_once_when_it_wakes_up(server, platform, tmp_path):
    platform.service.submit(work, Work(name="warm"))
    server.hang()
    answer, _ = timed_submit(platform, "once")
    assert answer.state is JobState.COMPLETED
    server.go_on()
    with process("worker", server.url, tmp_path):
        assert until(lambda: "warm" in noted(tmp_path, "done"))
        time.sleep(1)
    assert sorted(noted(tmp_path, "done")) == ["once", "warm"]
    assert Redis.from_url(server.url).keys("rq:job:*") == []


def test_the_circuit_closes_again_after_its_trial(server, platform):
    server.kill()
    assert timed_submit(platform, "away")[0].mode == "inline"
    server.start()
    assert until(lambda: timed_submit(platform, "trial")[0].mode == "queue", 8)
    assert platform.control.health().to_json()["redis"] == "up"


def test_worker_and_scheduler_outlive_a_restart_of_redis_and_its_data(server, platform, tmp_path):
    with process("scheduler", server.url, tmp_path), process("worker", server.url, tmp_path) as worker:
        before = platform.service.submit(work, Work(name="before", seconds=2))
        waiting = platform.service.submit(work, Work(name="waiting"))
        assert until(lambda: noted(tmp_path, "started"))
        server.kill()
        time.sleep(1.5)
        server.start()
        Redis.from_url(server.url).flushall()
        assert finished(platform, before)
        assert until(lambda: platform.service.get(waiting.job_id).finished, 30)
        assert worker.poll() is None
        platform.circuit.succeeded()
        after = platform.service.submit(work, Work(name="after"))
        assert after.mode == "queue"
        assert finished(platform, after)
    assert sorted(noted(tmp_path, "done")) == ["after", "before", "waiting"]


def test_workers_without_a_scheduler_bring_back_what_a_flush_took(server, platform, tmp_path):
    with process("worker", server.url, tmp_path) as one, process("worker", server.url, tmp_path) as other:
        running = [platform.service.submit(work, Work(name=f"running-{number}", seconds=2)) for number in range(2)]
        waiting = [platform.service.submit(work, Work(name=f"waiting-{number}")) for number in range(6)]
        assert until(lambda: len(noted(tmp_path, "started")) == 2)
        Redis.from_url(server.url).flushall()
        assert until(lambda: all(platform.service.get(each.job_id).finished for each in (*running, *waiting)), 30)
        assert (one.poll(), other.poll()) == (None, None)
    assert sorted(noted(tmp_path, "done")) == sorted(
        f"{name}-{number}" for name, of in (("running", 2), ("waiting", 6)) for number in range(of)
    )


@pytest.mark.parametrize("jobs", [1, 0])
@pytest.mark.parametrize("how", ["kill", "hang"])
def test_a_worker_that_is_told_to_end_while_redis_is_away_ends_when_its_jobs_have(server, platform, tmp_path, how, jobs):
    with process("worker", server.url, tmp_path) as worker:
        answers = [platform.service.submit(work, Work(name=f"n{number}", seconds=1.5)) for number in range(jobs)]
        assert until(lambda: len(noted(tmp_path, "started")) == jobs and RqRoster(Redis.from_url(server.url)).seen())
        time.sleep(0.5)
        getattr(server, how)()
        told = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(40) == 0
        assert time.monotonic() - told < 1.5 * jobs + (1.5 if how == "kill" else 6.5)
        assert all(platform.service.get(answer.job_id).state is JobState.COMPLETED for answer in answers)
    server.go_on() if how == "hang" else server.start()
    assert how == "hang" or len(platform.outside.broker.in_flight()) == jobs, "one that hung has heard of the ends when it wakes up"
    with process("worker", server.url, tmp_path):
        assert until(lambda: not platform.outside.broker.in_flight(), 30), "what Redis still shows is put right"
    assert noted(tmp_path, "started") == noted(tmp_path, "done") == [f"n{number}" for number in range(jobs)]


def test_a_second_scheduler_takes_over_when_the_first_is_killed(server, platform, tmp_path):
    with process("scheduler", server.url, tmp_path, "1") as first:
        assert until(lambda: not platform.outside.leadership.acquire("scheduler", "me", *_now_and_now(platform)))
        with process("scheduler", server.url, tmp_path, "2"), process("worker", server.url, tmp_path):
            first.kill()
            delayed = platform.service.submit(work, Work(name="delayed"), delay=500)
            assert until(lambda: platform.service.get(delayed.job_id).finished, 30)


def _now_and_now(platform):
    now = platform.outside.clock.now()
    return now, now
