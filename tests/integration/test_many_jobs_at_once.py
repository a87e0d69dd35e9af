"""Workers that run many jobs at once, as processes on a real Valkey: killed, suspended and stopped in the middle of them."""

import signal
import time
from collections import Counter

import pytest
from redis import Redis
from rq import Queue

from backend.queues.records import JobState
from backend.queues.service import Submission
from tests.support.queue_process import Work, noted, platform_at, work
from tests.support.queue_runs import finished, process, until

pytestmark = [pytest.mark.servers, pytest.mark.slow]
DEADLINE_S, AT_ONCE = 25, 10


@pytest.fixture
def platform(redis_url, tmp_path):
    return platform_at(redis_url, tmp_path)


def submit(platform, count, seconds):
    pieces = [Submission(work, Work(name=f"n{number}", seconds=seconds)) for number in range(count)]
    return [each.job_id for each in platform.service.submit_many(pieces)]


def states(platform, ids):
    return Counter(platform.service.get(job_id).state for job_id in ids)


def test_forty_jobs_that_wait_take_the_time_of_four(platform, redis_url, tmp_path):
    ids = submit(platform, 40, 0.5)
    with process("worker", redis_url, tmp_path, DEADLINE_S, AT_ONCE):
        assert until(lambda: noted(tmp_path, "started"))
        began = time.monotonic()
        assert until(lambda: states(platform, ids) == {JobState.COMPLETED: 40})
    assert time.monotonic() - began < 8
    assert Counter(noted(tmp_path, "started")) == Counter(noted(tmp_path, "done"))


def test_a_killed_worker_s_jobs_all_run_again_though_no_scheduler_is_there(platform, redis_url, tmp_path):
    ids = submit(platform, 30, 0.3)
    with process("worker", redis_url, tmp_path, DEADLINE_S, AT_ONCE) as doomed:
        assert until(lambda: len(noted(tmp_path, "done")) >= 5)
        doomed.kill()
        doomed.wait()
    with process("worker", redis_url, tmp_path, DEADLINE_S, AT_ONCE):
        assert until(lambda: states(platform, ids) == {JobState.COMPLETED: 30}, 40)
        assert until(lambda: not platform.outside.broker.in_flight())
    runs = Counter(noted(tmp_path, "started"))
    assert all(count <= 2 for count in runs.values())
    assert sum(runs.values()) <= 30 + 2 * AT_ONCE
    assert {attempt.outcome for job_id in ids for attempt in platform.service.get(job_id).attempts} <= {"completed", "lost"}


def test_what_a_suspended_worker_makes_of_jobs_that_another_took_over_counts_for_nothing(platform, redis_url, tmp_path):
    ids = submit(platform, 3, 4)
    with process("worker", redis_url, tmp_path, DEADLINE_S, AT_ONCE) as suspended:
        assert until(lambda: len(noted(tmp_path, "started")) == 3)
        suspended.send_signal(signal.SIGSTOP)
        with process("worker", redis_url, tmp_path, DEADLINE_S, AT_ONCE) as other:
            assert until(lambda: len(noted(tmp_path, "started")) == 6, 40)
            suspended.send_signal(signal.SIGCONT)
            assert until(lambda: states(platform, ids) == {JobState.COMPLETED: 3})
            assert until(lambda: not platform.outside.broker.in_flight())
            for each in (suspended, other):
                each.send_signal(signal.SIGTERM)
            assert [each.wait(20) for each in (suspended, other)] == [0, 0]
    jobs = [platform.service.get(job_id) for job_id in ids]
    assert [[attempt.outcome for attempt in job.attempts] for job in jobs] == [["lost", "completed"]] * 3
    assert len({attempt.worker for job in jobs for attempt in job.attempts if attempt.outcome == "completed"}) == 1


def test_a_stopped_worker_hands_everything_back_in_its_order_and_exits_with_0(platform, redis_url, tmp_path):
    ids = submit(platform, 6, 30)
    with process("worker", redis_url, tmp_path, DEADLINE_S, 3) as worker:
        assert until(lambda: len(noted(tmp_path, "started")) == 3)
        worker.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        worker.send_signal(signal.SIGINT)  # the second one: not the 25 seconds of the first
        assert worker.wait(8) == 0
    assert Queue("aiQc", connection=Redis.from_url(redis_url)).job_ids == ids
    assert states(platform, ids) == {JobState.WAITING: 6}
    assert [platform.service.get(job_id).failures for job_id in ids] == [0] * 6


def test_redis_may_forget_everything_in_the_middle(platform, redis_url, tmp_path):
    ids = submit(platform, 20, 0.4)
    with process("scheduler", redis_url, tmp_path), process("worker", redis_url, tmp_path, DEADLINE_S, 5):
        assert until(lambda: len(noted(tmp_path, "done")) >= 5)
        Redis.from_url(redis_url).flushall()
        Redis.from_url(redis_url).script_flush()
        assert until(lambda: states(platform, ids) == {JobState.COMPLETED: 20}, 60)
        assert finished(platform, platform.service.submit(work, Work(name="after")))
    assert Counter(noted(tmp_path, "done")) == Counter([f"n{number}" for number in range(20)] + ["after"])
