"""Workers that grow, hang or are stopped by hand, in real processes: they are replaced or end, and no job is lost or repeated."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from backend.adapters.rq.worker.liveness import signs
from backend.bootstrap import build
from backend.jobs.clean_jobs import clean_jobs
from backend.queues.records import JobState
from backend.queues.service import Submission
from backend.settings import load
from tests.integration.test_worker_replaced import overseen, pids
from tests.support.overseen_worker import bite, hold_the_lock, leak
from tests.support.queue_process import Work, noted, platform_at, work
from tests.support.queue_runs import finished, until

pytestmark = pytest.mark.servers


@pytest.fixture
def platform(redis_url, tmp_path):
    return platform_at(redis_url, tmp_path, more=(leak, hold_the_lock, bite))


@pytest.fixture
def environment(redis_url, tmp_path):
    return {"DATA_DIR": str(tmp_path), "ENABLE_QUEUE": "true", "REDIS_URL": redis_url}


@contextmanager
def product(*arguments, **environment):
    """`gacp worker` as people start it, the first of a process group as in a terminal."""
    command = [sys.executable, "-m", "backend.console", "worker", *arguments]
    process = subprocess.Popen(command, env={**os.environ, **environment}, start_new_session=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def press_ctrl_c(process):
    os.killpg(process.pid, signal.SIGINT)


@pytest.mark.slow
def test_a_worker_whose_jobs_leak_is_recycled_and_nothing_is_lost_or_repeated(platform, redis_url, tmp_path):
    with overseen(redis_url, tmp_path, processes=2, maxMemoryMib=110):
        first = pids(tmp_path)
        answers = [platform.service.submit(leak, Work(name=f"n{number}", seconds=0.1)) for number in range(150)]
        assert all(finished(platform, answer) for answer in answers)
        assert until(lambda: len(pids(tmp_path)) == 2 and not pids(tmp_path) & first)
    names = sorted(f"n{number}" for number in range(150))
    assert sorted(noted(tmp_path, "started")) == sorted(noted(tmp_path, "done")) == names


@pytest.mark.slow
def test_a_job_that_lets_no_thread_run_costs_three_workers_and_what_comes_behind_it_is_done_by_the_fourth(platform, redis_url, tmp_path):
    with overseen(redis_url, tmp_path, hangsAfterS=2):
        first = pids(tmp_path)
        hangs = platform.service.submit(hold_the_lock, Work(name="hangs", seconds=100))
        assert until(lambda: noted(tmp_path, "held"))
        neighbours = [platform.service.submit(work, Work(name=f"n{number}", seconds=0.5)) for number in range(3)]
        assert until(lambda: platform.service.get(hangs.job_id).finished, 80)
        assert all(finished(platform, answer) for answer in neighbours)
        assert until(lambda: pids(tmp_path) and not pids(tmp_path) & first)
    job = platform.service.get(hangs.job_id)
    assert (job.state, job.error_class) == (JobState.FAILED, "LostWorker")
    assert [attempt.outcome for attempt in job.attempts] == ["lost"] * 3
    assert noted(tmp_path, "held") == ["hangs"] * 3
    assert sorted(noted(tmp_path, "done")) == ["n0", "n1", "n2"]


@pytest.mark.slow
def test_a_killer_costs_its_neighbours_time_and_nobody_else_anything(platform, redis_url, tmp_path):
    names = ["killer", *(f"n{number}" for number in range(7))]
    with overseen(redis_url, tmp_path, concurrency=8, apart=True):
        crowd = [Submission(bite if name == "killer" else work, Work(name=name, seconds=1.5 + (name != "killer"))) for name in names]
        crowd = platform.service.submit_many(crowd)

        def lost(times):
            return until(lambda: all(platform.service.get(each.job_id).lost_runs >= times for each in crowd), 60)

        assert lost(1)
        assert lost(2)
        began = time.monotonic()
        short = platform.service.submit_many([Submission(work, Work(name=f"s{number}", seconds=0.01)) for number in range(20)])
        assert all(finished(platform, each) for each in short)
        assert time.monotonic() - began < 3, "one second where nothing else keeps the machine busy"
        assert sum(platform.service.get(each.job_id).finished for each in crowd[1:]) < 7
        assert all(finished(platform, each) for each in crowd)
    dead, *done = [platform.service.get(each.job_id) for each in crowd]
    assert (dead.state, dead.error_class) == (JobState.FAILED, "LostWorker")
    assert re.search(r" held the job for [1-6] s \(.*signal 9", dead.error), "as long as it ran, and not as long as it waited"
    assert {(each.state, each.lost_runs, len(each.attempts)) for each in done} == {(JobState.COMPLETED, 2, 3)}
    assert sorted(noted(tmp_path, "done")) == sorted([*names[1:], *(f"s{number}" for number in range(20))])
    assert sorted(noted(tmp_path, "started")) == sorted([*names * 3, *(f"s{number}" for number in range(20))])


def test_ctrl_c_lets_what_runs_end_and_the_exit_code_is_0(platform, redis_url, tmp_path):
    with overseen(redis_url, tmp_path, processes=2) as process:
        answers = [platform.service.submit(work, Work(name=f"n{number}", seconds=1.5)) for number in range(3)]
        assert until(lambda: len(noted(tmp_path, "started")) == 3)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert all(platform.service.get(answer.job_id).state == JobState.COMPLETED for answer in answers)
    assert sorted(noted(tmp_path, "done")) == ["n0", "n1", "n2"]


@pytest.mark.parametrize("arguments", [(), ("--alone",)], ids=["with a parent", "alone"])
def test_ctrl_c_in_a_terminal_ends_the_product_with_0_and_nothing_stays(environment, tmp_path, arguments):
    with product(*arguments, **environment) as process:
        assert until(lambda: pids(tmp_path))
        (pid,) = pids(tmp_path)
        press_ctrl_c(process)
        assert process.wait(20) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_it_takes_jobs_soon_after_its_start(environment, tmp_path):
    with product("--alone", **environment):
        began = time.monotonic()
        assert until(lambda: pids(tmp_path))
        assert time.monotonic() - began < 6, "1.5 s where nothing else keeps the machine busy"


def test_alone_it_becomes_its_own_successor_when_it_has_worked_long_enough(environment, tmp_path):
    services = build(load(**environment))
    with product("--alone", WORKER_MAX_JOBS="1", **environment) as process:
        assert until(lambda: signs(tmp_path / "run"))
        (before,) = signs(tmp_path / "run")
        answer = services.queues.submit(clean_jobs, {})
        assert until(lambda: services.queues.get(answer.job_id).state == JobState.COMPLETED)
        assert until(lambda: {sign.name for sign in signs(tmp_path / "run")} - {before.name})
        after = next(sign for sign in signs(tmp_path / "run") if sign.name != before.name)
        assert after.pid == before.pid == process.pid
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    services.close()


@pytest.mark.parametrize("arguments", [(), ("--alone",)], ids=["with a parent", "alone"])
@pytest.mark.parametrize(("variable", "value"), [("SMTP_URL", "http://mail"), ("ADMIN_EMAIL", "a@b.example"), ("ENABLE_QUEUE", "false")])
def test_a_setting_that_cannot_be_used_is_refused_at_the_start_by_its_name(environment, arguments, variable, value):
    command = [sys.executable, "-m", "backend.console", "worker", *arguments]
    done = subprocess.run(
        command, env={**os.environ, **environment, variable: value}, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("gacp: ")
    assert variable.split("_")[0] in done.stderr
