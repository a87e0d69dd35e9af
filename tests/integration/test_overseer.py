"""The parent of the workers: keeps them running, renews them one after the other, and ends with them."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from json import loads
from pathlib import Path

import pytest

from backend.adapters.rq.worker import overseer
from tests.support.queue_runs import until

pytestmark = pytest.mark.servers
SCRIPT = Path(overseer.__file__)


@pytest.fixture
def start(tmp_path):
    """Starts an overseer of such children; none of them outlives the test."""
    started = []

    def begin(processes=2, kind="good"):
        child = [sys.executable, "-m", "tests.support.overseen", str(tmp_path), kind]
        command = [sys.executable, "-I", "-S", str(SCRIPT), str(processes), *child]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield begin
    for process in started:
        for pid in children(tmp_path):
            kill(pid)
        process.kill()
        process.communicate()


def kill(pid, number=signal.SIGKILL):
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def children(folder, suffix="up"):
    return sorted(int(path.stem) for path in folder.glob(f"*.{suffix}"))


def alive(folder):
    return [pid for pid in children(folder) if Path(f"/proc/{pid}/stat").exists() and ") Z " not in Path(f"/proc/{pid}/stat").read_text()]


def ended(process, seconds=10):
    return process.wait(seconds)


def test_it_starts_as_many_as_it_is_told_and_ends_when_they_have(start, tmp_path):
    process = start(2)
    assert until(lambda: len(alive(tmp_path)) == 2)
    process.send_signal(signal.SIGTERM)
    assert ended(process) == 0
    assert len(children(tmp_path, "down")) == 2


def test_what_dies_is_replaced(start, tmp_path):
    process = start(2)
    assert until(lambda: len(alive(tmp_path)) == 2)
    kill(children(tmp_path)[0])
    assert until(lambda: len(children(tmp_path)) == 3)
    assert len(alive(tmp_path)) == 2
    process.send_signal(signal.SIGINT)
    assert ended(process) == 0
    assert "and is replaced" in process.stderr.read()


def test_who_has_to_be_replaced_is_replaced_at_once_as_often_as_that_is(start, tmp_path):
    process = start(1, str(overseer.REPLACE))
    assert until(lambda: len(children(tmp_path)) >= 4, 10)
    process.send_signal(signal.SIGTERM)
    assert ended(process) == 0


def test_who_dies_at_once_is_started_less_and_less_often(start, tmp_path):
    process = start(1, "1")
    time.sleep(3)
    process.send_signal(signal.SIGTERM)
    ended(process)
    assert 2 <= len(children(tmp_path)) <= 4


@pytest.mark.parametrize("code", [0, 1, overseer.WRONG_USE, overseer.REPLACE, 143])
def test_whatever_code_a_job_ends_its_process_with_it_is_replaced_and_less_and_less_often(start, tmp_path, code):
    process = start(1, f"{code}!")
    time.sleep(3)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    ended(process)
    assert 2 <= len(children(tmp_path)) <= 4
    first, *_ = process.stderr.read().splitlines()
    assert f"ended with {code} after " in first
    assert "is replaced in 0.5 s" in first


@pytest.mark.parametrize("processes", [1, 12])
def test_who_has_ended_for_good_is_not_replaced_and_the_parent_of_none_says_that_it_ends(start, tmp_path, processes):
    process = start(processes, "0")
    assert ended(process) == 0
    assert len(children(tmp_path)) == processes
    said = process.stderr.read().splitlines()
    assert sum("was stopped for good" in line for line in said) == processes
    assert "event=no_worker_left" in said[-1]


def test_workers_that_cannot_be_started_as_things_are_set_are_given_up_with_one_line(start, tmp_path):
    process = start(2, f"{overseer.WRONG_USE}?")
    assert ended(process) == overseer.WRONG_USE
    assert len(children(tmp_path)) <= 2
    (said,) = process.stderr.read().splitlines()
    assert "the parent gives up" in said


IMPATIENT = """
import sys
from backend.adapters.rq.worker.overseer import Overseer
sys.exit(Overseer(sys.argv[1:], 1, up_within_s=0.5).run())
"""


def test_a_new_worker_that_does_not_come_up_is_ended_and_leaves_the_others_as_many_as_they_were(tmp_path):
    child = [sys.executable, "-m", "tests.support.overseen", str(tmp_path), "mute"]
    with subprocess.Popen([sys.executable, "-c", IMPATIENT, *child], stderr=subprocess.PIPE, text=True) as process:
        assert until(lambda: len(alive(tmp_path)) == 1)
        (first,) = alive(tmp_path)
        process.send_signal(signal.SIGHUP)
        assert until(lambda: len(children(tmp_path)) == 2)
        assert until(lambda: alive(tmp_path) == [first])
        time.sleep(1.5)  # longer than a replacement would wait
        assert (len(children(tmp_path)), alive(tmp_path)) == (2, [first])
        process.send_signal(signal.SIGTERM)
        assert ended(process) == 0
        said = process.stderr.read()
    assert "A new worker is not up after 0.5 s and is ended" in said
    assert "A new worker did not start (exit code -9): the others stay" in said


def test_settings_that_have_become_wrong_stop_no_worker_that_works_and_are_a_reason_to_give_up_without_one(start, tmp_path):
    process = start(1, "unset")
    assert until(lambda: len(alive(tmp_path)) == 1)
    process.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert (process.poll(), len(alive(tmp_path))) == (None, 1)
    kill(children(tmp_path)[0])
    assert ended(process) == overseer.WRONG_USE
    said = process.stderr.read()
    assert "A new worker did not start (exit code 2): the others stay" in said
    assert "the parent gives up" in said


def test_a_job_that_ends_its_process_while_all_stop_is_told_of(start, tmp_path):
    process = start(1, "rude")
    assert until(lambda: len(alive(tmp_path)) == 1)
    process.send_signal(signal.SIGTERM)
    assert ended(process) == 1
    assert "ended with 0 before it had stopped" in process.stderr.read()


def test_a_child_that_does_not_listen_yet_ends_well_when_all_are_told_to_stop(start, tmp_path):
    process = start(2, "young")
    assert until(lambda: len(alive(tmp_path)) == 2)
    process.send_signal(signal.SIGTERM)
    assert ended(process) == 0


def test_a_second_signal_reaches_the_children_too(start, tmp_path):
    process = start(1, "slow")
    assert until(lambda: len(alive(tmp_path)) == 1)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert ended(process) == 0


def test_who_is_being_renewed_is_not_told_twice_to_stop_where_the_overseer_is_told_once(start, tmp_path):
    process = start(1, "slow")
    assert until(lambda: len(alive(tmp_path)) == 1)
    process.send_signal(signal.SIGHUP)
    assert until(lambda: len(alive(tmp_path)) == 2)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert children(tmp_path, "down") == [], "a second signal means that they are to hurry"
    process.send_signal(signal.SIGTERM)
    assert ended(process) == 0


def test_a_hangup_renews_them_one_after_the_other_with_a_new_one_up_first(start, tmp_path):
    process = start(2)
    assert until(lambda: len(alive(tmp_path)) == 2)
    old = children(tmp_path)
    process.send_signal(signal.SIGHUP)
    fewest = 2
    while not set(old) <= set(children(tmp_path, "down")):
        fewest = min(fewest, len(alive(tmp_path)))
        time.sleep(0.01)
    assert fewest >= 2
    assert until(lambda: len(alive(tmp_path)) == 2)
    assert not set(old) & set(alive(tmp_path))
    process.send_signal(signal.SIGTERM)
    assert ended(process) == 0


@pytest.mark.parametrize(
    ("json", "said"), [(True, '"time": "2026-11-22T07:50:19.836635Z"'), (False, "2026-11-22T07:50:19.836635Z [warning  ] A text")]
)
def test_its_lines_look_like_those_of_the_log(json, said):
    line = overseer.line("a_name", "A text", datetime(2026, 11, 22, 7, 50, 19, 836635, UTC).timestamp(), json=json)
    assert said in line
    assert not json or [*loads(line)] == ["time", "level", "event", "message", "component"]


def test_it_is_small(start, tmp_path):
    process = start(1)
    assert until(lambda: len(alive(tmp_path)) == 1)
    status = Path(f"/proc/{process.pid}/status").read_text()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    assert resident < 15 * 1024
