"""The worker as a process of its own, on a real Valkey and a real store: outages, kills and stops."""

import os
import signal
import time
from functools import partial

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from backend.adapters.rq.tickets import ENTRY_POINT
from backend.queues.records import JobState
from tests.support.queue_process import Work, noted, platform_at, work, work_briefly
from tests.support.queue_runs import finished, process, until

pytestmark = pytest.mark.servers


@pytest.fixture
def platform(redis_url, tmp_path):
    # A loaded machine must not make jobs run in their caller: these tests are about workers.
    return platform_at(redis_url, tmp_path, deadline_ms=10_000)


def test_a_worker_runs_jobs_and_leaves_nothing_of_a_completed_one_in_redis(platform, redis_url, tmp_path):
    with process("worker", redis_url, tmp_path):
        answers = [platform.service.submit(work, Work(name=f"n{number}")) for number in range(5)]
        assert all(finished(platform, answer) for answer in answers)
        assert until(lambda: not Redis.from_url(redis_url).keys("rq:job:*"))
    assert sorted(noted(tmp_path, "done")) == ["n0", "n1", "n2", "n3", "n4"]
    job = platform.service.get(answers[0].job_id)
    assert (job.state, job.mode, job.result) == (JobState.COMPLETED, "queue", {"attempt": 1})


def test_redis_holds_no_payload_and_rq_can_read_the_job(platform, redis_url):
    answer = platform.service.submit(work, Work(name="สมชาย-1234567890123"), subject="app-1")
    connection = Redis.from_url(redis_url)
    job = Job.fetch(answer.job_id, connection=connection, serializer=JSONSerializer)
    assert (job.func_name, job.args, job.origin, job.description) == (ENTRY_POINT, [], "aiQc", "work")
    assert Queue("aiQc", connection=connection).job_ids == [answer.job_id]
    everything = b"".join(
        connection.dump(key) + b"".join(connection.hvals(key)) if connection.type(key) == b"hash" else connection.dump(key)
        for key in connection.keys("*")
    )
    assert "สมชาย".encode() not in everything
    assert b"1234567890123" not in everything
    assert b"1234567890123" not in job.data


def test_a_failing_job_is_retried_after_its_backoff_and_then_dead_and_its_owner_told_once(platform, redis_url, tmp_path):
    with process("scheduler", redis_url, tmp_path), process("worker", redis_url, tmp_path):
        healed = platform.service.submit(work, Work(name="healed", fail=2))
        dead = platform.service.submit(work, Work(name="dead", fail=3))
        assert finished(platform, healed)
        assert finished(platform, dead)
        assert until(lambda: noted(tmp_path, "dead") == ["dead"])
        registry = Queue("aiQc", connection=Redis.from_url(redis_url)).failed_job_registry
        assert until(lambda: registry.get_job_ids() == [dead.job_id])
    assert platform.service.get(healed.job_id).result == {"attempt": 3}
    job = platform.service.get(dead.job_id)
    assert [attempt.outcome for attempt in job.attempts] == ["failed"] * 3
    assert (job.attempts[1].started_at - job.attempts[0].ended_at).total_seconds() >= 0.2


def test_a_timeout_ends_a_job_that_swallows_every_exception(platform, redis_url, tmp_path):
    with process("worker", redis_url, tmp_path):
        answer = platform.service.submit(work_briefly, Work(name="slow", seconds=20))
        assert finished(platform, answer)
    job = platform.service.get(answer.job_id)
    assert (job.state, job.error, job.attempts[0].outcome) == (JobState.FAILED, "Promise timed out after 300 milliseconds", "timedOut")
    assert noted(tmp_path, "done") == []


def test_a_killed_worker_s_job_runs_again_on_another_and_once(platform, redis_url, tmp_path):
    with process("scheduler", redis_url, tmp_path):
        with process("worker", redis_url, tmp_path) as doomed:
            answer = platform.service.submit(work, Work(name="survivor", seconds=2))
            assert until(lambda: noted(tmp_path, "started"))
            doomed.send_signal(signal.SIGKILL)
            doomed.wait()
        with process("worker", redis_url, tmp_path):
            assert until(lambda: platform.service.get(answer.job_id).finished, 40)
    job = platform.service.get(answer.job_id)
    assert [attempt.outcome for attempt in job.attempts] == ["lost", "completed"]
    assert job.result == {"attempt": 1}
    assert noted(tmp_path, "done") == ["survivor"]


def test_sigterm_lets_the_running_job_end_and_leaves_the_rest_in_line(platform, redis_url, tmp_path):
    with process("worker", redis_url, tmp_path) as worker:
        first = platform.service.submit(work, Work(name="first", seconds=1.5))
        second = platform.service.submit(work, Work(name="second"))
        assert until(lambda: noted(tmp_path, "started"))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0
    assert platform.service.get(first.job_id).state is JobState.COMPLETED
    assert platform.service.get(second.job_id).state is JobState.WAITING
    assert Queue("aiQc", connection=Redis.from_url(redis_url)).job_ids == [second.job_id]
    assert BaseWorker.all(connection=Redis.from_url(redis_url)) == []


def test_a_job_that_outlives_the_deadline_goes_back_to_the_front_uncounted(platform, redis_url, tmp_path):
    with process("worker", redis_url, tmp_path, 0.5) as worker:
        long = platform.service.submit(work, Work(name="long", seconds=30))
        other = platform.service.submit(work, Work(name="other"))
        assert until(lambda: noted(tmp_path, "started"))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0
    job = platform.service.get(long.job_id)
    assert (job.state, job.attempts[0].outcome, job.failures) == (JobState.WAITING, "stopped", 0)
    assert Queue("aiQc", connection=Redis.from_url(redis_url)).job_ids == [long.job_id, other.job_id]


def test_a_pause_holds_within_a_second_and_new_jobs_wait(platform, redis_url, tmp_path):
    with process("worker", redis_url, tmp_path):
        assert finished(platform, platform.service.submit(work, Work(name="before")))
        platform.control.pause("aiQc")
        time.sleep(1.1)
        waiting = platform.service.submit(work, Work(name="waits"))
        mail = platform.service.submit(work_briefly, Work(name="mail"))
        assert finished(platform, mail)
        time.sleep(1.2)
        assert platform.service.get(waiting.job_id).state is JobState.WAITING
        assert platform.control.stats()["aiQc"]["paused"] == 1
        platform.control.resume("aiQc")
        assert finished(platform, waiting)


def test_what_redis_forgot_is_put_back_by_the_relay(platform, redis_url, tmp_path):
    waiting = platform.service.submit(work, Work(name="waiting"))
    delayed = platform.service.submit(work, Work(name="delayed"), delay=7000)
    Redis.from_url(redis_url).flushall()
    with process("scheduler", redis_url, tmp_path), process("worker", redis_url, tmp_path):
        assert finished(platform, waiting)
        assert finished(platform, delayed)
    assert sorted(noted(tmp_path, "done")) == ["delayed", "waiting"]


def test_the_worker_is_seen_by_rq_while_it_runs_a_job(platform, redis_url, tmp_path):
    with process("worker", redis_url, tmp_path):
        answer = platform.service.submit(work, Work(name="seen", seconds=2))
        connection = Redis.from_url(redis_url)
        # A worker that has just begun may run a job before it has said which state it is in.
        seen = partial(BaseWorker.all, connection=connection, serializer=JSONSerializer)
        assert until(lambda: any(w.current_execution_count and w.get_state() != "?" for w in seen()))
        worker = seen()[0]
        assert (worker.get_state(), worker.get_current_job_id()) == ("busy", answer.job_id)
        assert finished(platform, answer)
        assert until(lambda: BaseWorker.all(connection=connection)[0].successful_job_count == 1)


def test_the_worker_process_starts_quickly(tmp_path, redis_url):
    started = time.monotonic()
    with process("worker", redis_url, tmp_path):
        assert until(lambda: Redis.from_url(redis_url).scard("rq:workers") == 1, 10)
    assert time.monotonic() - started < (10 if os.environ.get("CI") else 6)
