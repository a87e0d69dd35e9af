"""A real worker below its real parent: what cannot go on in it is ended, it is replaced, and nothing is lost."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from rq.command import send_shutdown_command, send_stop_job_command
from rq.serializers import JSONSerializer

from backend.adapters.rq.roster import RqRoster
from backend.adapters.rq.worker import overseer
from backend.adapters.rq.worker.liveness import signs
from backend.queues.records import JobState
from tests.support.overseen_worker import walk_out
from tests.support.queue_process import Work, noted, platform_at, work, work_briefly
from tests.support.queue_runs import finished, until

pytestmark = pytest.mark.servers


@pytest.fixture
def platform(redis_url, tmp_path):
    return platform_at(redis_url, tmp_path, more=(walk_out,))


@contextmanager
def overseen(url, folder, *, processes=1, **limits):
    child = [sys.executable, "-m", "tests.support.overseen_worker", url, str(folder), json.dumps(limits)]
    with (folder / "worker.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(overseer.__file__)), str(processes), *child], stderr=log, stdout=log
        )
    try:
        assert until(lambda: len(signs(folder / "run")) == processes)
        yield process
    finally:
        process.kill()
        process.wait()


def pids(folder):
    return {sign.pid for sign in signs(folder / "run")}


def test_a_job_that_sleeps_in_c_has_timed_out_and_its_neighbour_runs_again_in_a_new_process(platform, redis_url, tmp_path):
    with overseen(redis_url, tmp_path):
        before = pids(tmp_path)
        neighbour = platform.service.submit(work, Work(name="neighbour", seconds=9))
        stuck = platform.service.submit(work_briefly, Work(name="stuck", seconds=60))
        assert finished(platform, stuck)
        assert finished(platform, neighbour)
        assert until(lambda: pids(tmp_path) and not pids(tmp_path) & before)
    job = platform.service.get(stuck.job_id)
    assert (job.state, job.attempts[0].outcome, len(job.attempts)) == (JobState.FAILED, "timedOut", 1)
    again = platform.service.get(neighbour.job_id)
    assert [attempt.outcome for attempt in again.attempts] == ["stopped", "completed"]
    assert noted(tmp_path, "done") == ["neighbour"]


def test_workers_that_are_recycled_all_the_time_lose_and_repeat_nothing(platform, redis_url, tmp_path):
    with overseen(redis_url, tmp_path, processes=2, maxJobs=5):
        first = pids(tmp_path)
        answers = [platform.service.submit(work, Work(name=f"n{number}", seconds=0.2)) for number in range(60)]
        assert all(finished(platform, answer) for answer in answers)
        assert until(lambda: bool(pids(tmp_path) - first))
    assert sorted(noted(tmp_path, "done")) == sorted(f"n{number}" for number in range(60))
    took = Counter(platform.service.get(answer.job_id).attempts[-1].worker for answer in answers)
    assert max(took.values()) <= 5


def test_rqs_commands_stop_a_job_and_then_the_worker_for_good(platform, redis_url, tmp_path):
    redis = Redis.from_url(redis_url)
    with overseen(redis_url, tmp_path) as process:
        (seen,) = (until(lambda: RqRoster(redis).seen()) and RqRoster(redis).seen()) or [None]
        answer = platform.service.submit(work, Work(name="long", seconds=3))
        assert until(lambda: noted(tmp_path, "started"))
        send_stop_job_command(redis, answer.job_id, serializer=JSONSerializer)
        assert finished(platform, answer)
        job = platform.service.get(answer.job_id)
        assert (job.state, job.error, len(job.attempts)) == (JobState.FAILED, "cancelled by rq", 1)
        assert noted(tmp_path, "done") == []
        send_shutdown_command(redis, seen.name)
        assert process.wait(20) == 0
    assert RqRoster(redis).seen() == []


@pytest.mark.parametrize("code", [0, overseer.WRONG_USE, overseer.REPLACE])
def test_a_job_that_ends_its_process_costs_no_other_process_whatever_the_exit_code_is(platform, redis_url, tmp_path, code):
    with overseen(redis_url, tmp_path, processes=2) as process:
        before = pids(tmp_path)
        answer = platform.service.submit(walk_out, Work(name="out", fail=code))
        assert until(lambda: len(pids(tmp_path) & before) == 1)
        neighbours = [platform.service.submit(work, Work(name=f"n{number}", seconds=0.2)) for number in range(8)]
        assert until(lambda: platform.service.get(answer.job_id).finished, 40)
        assert all(finished(platform, neighbour) for neighbour in neighbours)
        assert until(lambda: len(pids(tmp_path)) == 2)
        assert len(pids(tmp_path) & before) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert [attempt.outcome for attempt in platform.service.get(answer.job_id).attempts] == ["lost", "completed"]
    assert sorted(noted(tmp_path, "done")) == [*sorted(f"n{number}" for number in range(8)), "out"]


def test_a_rolling_restart_under_load_loses_and_repeats_nothing(platform, redis_url, tmp_path):
    with overseen(redis_url, tmp_path, processes=2) as process:
        before = pids(tmp_path)
        answers = []
        process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 20
        while pids(tmp_path) & before and time.monotonic() < end:
            answers.append(platform.service.submit(work, Work(name=f"n{len(answers)}", seconds=0.05)))
            time.sleep(0.05)
        assert not pids(tmp_path) & before
        assert all(finished(platform, answer) for answer in answers)
    assert sorted(noted(tmp_path, "done")) == sorted(f"n{number}" for number in range(len(answers)))


def test_a_worker_ends_with_its_parent_and_its_jobs_run_again(platform, redis_url, tmp_path):
    with overseen(redis_url, tmp_path) as process:
        answer = platform.service.submit(work, Work(name="survivor", seconds=4))
        assert until(lambda: noted(tmp_path, "started"))
        process.kill()
        assert until(lambda: pids(tmp_path) == set(), 5)
    with overseen(redis_url, tmp_path):
        assert until(lambda: platform.service.get(answer.job_id).finished, 40)
    assert [attempt.outcome for attempt in platform.service.get(answer.job_id).attempts] == ["lost", "completed"]
