"""A job in a process of its own: whatever it does there costs its attempt, and its worker nothing."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from backend.adapters.isolation.parent import ChildIsolation
from backend.adapters.rq.worker.cancelling import interruption
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.vitals import memory_mib
from backend.foundation import ISOLATED
from backend.jobs.clean_jobs import clean_jobs
from backend.queues.jobs import Attempt, JobState
from tests.support.isolated_jobs import TYPES, Trick, bold_trick, command, quick_trick, small_trick, trick, trick_again
from tests.support.workers import House, shape, until

pytestmark = pytest.mark.servers


@pytest.fixture
def house(tmp_path):
    return House(types=(*TYPES, shape), isolation=ChildIsolation(command(tmp_path)))


@pytest.fixture
def worker(house):
    with house.worker(concurrency=4) as running:
        yield running


def submit(house, kind, do, **fields):
    return house.service.submit(kind, Trick(do=do, **fields)).job_id


def ended(house, job_id):
    """The job once it has ended."""
    assert until(lambda: house.service.get(job_id).finished, 20)
    return house.service.get(job_id)


def run(house, do, kind=trick, **fields):
    return ended(house, submit(house, kind, do, **fields))


def only(job) -> Attempt:
    (attempt,) = job.attempts
    return attempt


def pid_of_the_job(folder) -> int:
    file = folder / "pid"
    assert until(lambda: file.exists() and file.read_text())
    return int(file.read_text())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def is_gone(pid) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return ") Z " in stat.read_text()
    except OSError:
        return True


@pytest.mark.usefixtures("worker")
def test_it_runs_in_another_process_which_ends_with_it(house):
    job = run(house, "answer")
    assert job.state == "completed"
    assert job.result["pid"] != os.getpid()
    assert until(lambda: is_gone(job.result["pid"]))


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("do", "said"),
    [("segfault", "signal 11"), ("exit", "exit code 3"), ("kill -9", "signal 9")],
)
def test_a_process_that_ends_before_its_job_is_a_failed_attempt(house, do, said):
    job = run(house, do)
    assert (job.state, job.error_class) == ("failed", "JobCrashed")
    assert said in job.error


@pytest.mark.usefixtures("worker")
def test_a_crash_is_tried_again_as_often_as_the_type_says(house):
    assert [attempt.outcome for attempt in run(house, "segfault", trick_again).attempts] == ["failed", "failed"]


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("do", "name", "attempts"),
    [
        ("fail for good", "PermanentFailure", 1),
        ("stumble", "KeyError", 2),
        ("sys.exit", "SystemExit", 2),
        ("return an object", "PermanentFailure", 1),
    ],
)
def test_an_error_keeps_its_name_and_whether_trying_again_can_help(house, do, name, attempts):
    job = run(house, do, trick_again)
    assert (job.state, job.error_class, len(job.attempts)) == ("failed", name, attempts)
    if do in ("fail for good", "stumble"):
        *_, where, error = job.attempts[-1].trace.splitlines()
        assert ("isolated_jobs.py" in where, error) == (True, name)


@pytest.mark.usefixtures("worker")
def test_a_provider_that_said_when_to_come_back_is_not_asked_earlier(house):
    job_id = submit(house, trick_again, "fail")
    assert until(lambda: house.service.get(job_id).state == "delayed")
    job = house.service.get(job_id)
    assert (job.due_at - job.attempts[0].ended_at).total_seconds() >= 6.9


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("do", ["spin in C", "hold the lock"])
def test_a_time_out_ends_what_no_exception_reaches_and_the_others_go_on(house, tmp_path, do):
    job_id, others = submit(house, quick_trick, do, size=60), house.submit(shape, 20)
    pid = pid_of_the_job(tmp_path)
    job = ended(house, job_id)
    assert only(job).outcome == "timedOut"
    assert (only(job).ended_at - only(job).started_at).total_seconds() < 6
    assert until(lambda: is_gone(pid))
    assert until(lambda: set(house.states(others)) == {"completed"})


@pytest.mark.usefixtures("worker")
def test_a_cancelled_job_hears_of_it_at_its_next_check_point(house, tmp_path):
    job_id = submit(house, trick, "wait for the cancel")
    pid_of_the_job(tmp_path)
    house.platform.job_control.cancel(job_id, by="somchai")
    job = ended(house, job_id)
    assert (job.state, job.error) == ("failed", "cancelled by somchai")


def test_a_worker_that_has_to_stop_is_asked_for_by_the_job(house, worker, tmp_path):
    job_id = submit(house, trick, "wait for the stop")
    pid_of_the_job(tmp_path)
    worker.stop()
    assert worker.ended() == [0]
    assert house.service.get(job_id).result == {"asked": True}


def test_a_worker_that_has_no_more_time_takes_the_process_along(house, tmp_path):
    limits = Limits()
    with house.worker(time_limit=limits.limit, interrupt=interruption(limits)) as worker:
        job_id = submit(house, trick, "spin in C")
        pid = pid_of_the_job(tmp_path)
        worker.stop(within_s=0)
        assert worker.ended() == [0]
    assert is_gone(pid)
    assert house.service.get(job_id).state == "waiting"


@pytest.mark.usefixtures("worker")
def test_progress_log_lines_and_the_context_pass_both_ways(house):
    job = run(house, "report")
    assert job.result["context"] == [job.id, 1, "aiQc", job.request_id]
    assert job.log == ("first line", "บรรทัดที่สอง")
    assert job.progress == {"pages": 3}


@pytest.mark.usefixtures("worker")
def test_what_the_job_prints_is_no_message(house):
    assert run(house, "noise", size=7).result == {"size": 7}


@pytest.mark.usefixtures("worker")
def test_a_huge_result_arrives_whole(house):
    assert len(run(house, "answer", size=20_000_000).result["text"]) == 20_000_000


@pytest.mark.usefixtures("worker")
def test_who_takes_more_memory_than_its_type_may_is_ended_with_the_reason(house):
    job = run(house, "swell", small_trick, size=1_000)
    assert (job.state, job.error_class) == ("failed", "JobCrashed")
    assert "small_trick may take 150" in job.error


@pytest.mark.usefixtures("worker")
def test_what_the_job_started_ends_with_it(house):
    pid = run(house, "leave a child").result["pid"]
    assert until(lambda: is_gone(pid))


@pytest.mark.usefixtures("worker")
def test_the_worker_does_not_grow_and_keeps_no_files_open(house):
    run(house, "answer", size=1_000_000)
    memory, files = memory_mib(), open_files()
    for _ in range(8):
        run(house, "segfault")
        run(house, "leave a child")
    assert open_files() <= files
    assert memory_mib() - memory < 5


def test_inline_too_it_runs_in_a_process_of_its_own_and_is_ended_late_where_nothing_else_limits_it(house):
    job_id = submit(house, quick_trick, "spin in C")
    job = house.platform.runner.run(job_id, worker="inline", inline_reason="test")
    assert (job.state, job.error_class) == ("failed", "JobCrashed")
    assert "longer than 3000 milliseconds" in job.error


@pytest.mark.parametrize("do", ["spin in C", "wait for the stop"])
def test_the_process_ends_with_that_of_its_worker(tmp_path, do):
    code = f"""
from pathlib import Path
from backend.adapters.isolation.parent import ChildIsolation
from tests.support.isolated_jobs import TYPES, Trick, command, trick
from tests.support.workers import House
house = House(types=TYPES, isolation=ChildIsolation(command(Path({str(tmp_path)!r}))))
house.service.submit(trick, Trick(do={do!r}))
with house.worker() as worker:
    worker.ended(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code])
    pid = pid_of_the_job(tmp_path)
    assert not is_gone(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    began = time.monotonic()
    assert until(lambda: is_gone(pid), 5)
    assert time.monotonic() - began < 2


def test_the_products_own_process_builds_its_services_and_answers(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    house = House(types=(replace(clean_jobs, isolated=True),), isolation=ChildIsolation(ISOLATED))
    job_id = house.service.submit(house.platform.registry.get("clean_jobs"), {}).job_id
    with house.worker():
        assert ended(house, job_id).state == "completed"
    assert (tmp_path / "documents.db").exists()


def test_of_two_jobs_that_were_lost_twice_together_only_the_guilty_one_becomes_a_dead_letter(house):
    guilty, innocent = (submit(house, bold_trick, do) for do in ("kill -9", "answer"))
    for job_id in (guilty, innocent):
        lost = Attempt(1, "w1", house.service.get(job_id).created_at, outcome="lost")
        house.ledger.save(structs.replace(house.service.get(job_id), attempts=(lost, lost)))
    with house.worker(concurrency=4):
        assert until(lambda: all(house.service.get(job_id).finished for job_id in (guilty, innocent)), 60)
    dead, done = house.service.get(guilty), house.service.get(innocent)
    assert (done.state, done.result["pid"] != os.getpid()) == (JobState.COMPLETED, True)
    assert (dead.state, dead.error_class, dead.lost_runs, dead.failures) == (JobState.FAILED, "LostWorker", 3, 0)
    assert "lost worker: " in dead.error
    assert "signal 9" in dead.error
