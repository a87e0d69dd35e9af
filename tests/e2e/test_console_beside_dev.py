"""In a second terminal beside `gacp dev`, with nothing set but the folder: every command finds its servers."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys

import psutil
import pytest

from tests.support.stack import ROOT, eventually, running

pytestmark = [pytest.mark.slow, pytest.mark.servers]
PROBES = 12


class Terminal:
    """The second terminal: it knows the folder, and nothing else of what runs there."""

    def __init__(self, folder):
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        self.environment = kept | {"DATA_DIR": str(folder / "var")}

    def run(self, *words, **options):
        command = [sys.executable, "-m", "backend.console", *words]
        given = {"capture_output": True} | options
        return subprocess.run(command, cwd=ROOT, env=self.environment, text=True, check=False, timeout=110, **given)

    def told(self, *words, code=0):
        """The JSON that a command answers."""
        done = self.run(*words, "--json")
        assert done.returncode == code, done.stdout + done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)

    def seen_on_a_terminal(self, *words):
        """What a command draws on a standard error that is a terminal."""
        ours, theirs = pty.openpty()
        with os.fdopen(ours, "rb", 0) as reading:
            done = self.run(*words, capture_output=False, stdout=subprocess.DEVNULL, stderr=theirs)
            os.close(theirs)
            drawn = b""
            with contextlib.suppress(OSError):  # how the end of a terminal is told
                while chunk := reading.read(4096):
                    drawn += chunk
        assert done.returncode == 0, drawn
        return drawn.decode()


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with running(tmp_path_factory.mktemp("beside")) as it:
        yield it


@pytest.fixture(scope="module")
def terminal(stack):
    it = Terminal(stack.folder)
    eventually(lambda: it.told("worker", "status"), seconds=60)
    eventually(lambda: it.run("doctor", "--only", "scheduler,schedules").returncode == 0, seconds=60)
    return it


def statuses(told):
    return {check["name"]: check["status"] for check in told["checks"]}


def test_the_doctor_finds_everything_well_and_leaves_no_test_job(terminal):
    told = eventually(lambda: terminal.told("doctor", "--probes", str(PROBES)), lambda told: told["healthy"])

    found = statuses(told)
    assert {name for name, status in found.items() if status in ("failed", "skipped")} == {"socket"}
    seen = {check["name"]: check["seen"] for check in told["checks"]}
    assert "Valkey" in seen["redis"]
    assert "a `gacp dev` runs on the same folder" in seen["settings"]
    assert f"{PROBES} probes in email: all done, none twice" in seen["concurrency"]
    assert "/job-progress is not there yet" in seen["socket"]
    # At a full hour the recurring job comes, and is no test job.
    assert {job["name"] for job in terminal.told("jobs", "list")} <= {"clean_jobs"}
    counted = [each for each in terminal.told("metrics", "jobs_total") if each["labels"]["type"] != "clean_jobs"]
    assert {each["value"] for each in counted} == {0}
    assert not [alert for alert in terminal.told("alerts", "list", "--all")["items"] if alert["slug"] != "worker-lost"]


def test_a_recurring_job_is_run_now_waited_for_and_shown(terminal):
    fired = terminal.told("schedule", "run", "clean-jobs")
    (job,) = terminal.told("jobs", "wait", fired["jobId"])

    assert (job["id"], job["state"]) == (fired["jobId"], "completed")
    assert terminal.told("jobs", "show", fired["jobId"])["attempts"][0]["worker"] == terminal.told("worker", "status")[0]["name"]
    assert terminal.told("schedule", "disable", "clean-jobs")["enabled"] is False
    assert terminal.told("schedule", "enable", "clean-jobs")["enabled"] is True


def test_a_queue_is_paused_emptied_with_a_bar_and_resumed(terminal):
    assert terminal.told("queue", "pause", "report", "--reason", "test")["paused"] == ["report"]
    for _ in range(2):
        assert terminal.told("jobs", "submit", "clean_jobs")["state"] == "waiting"
    assert statuses(terminal.told("doctor", "--only", "clean_jobs:queued")) == {"clean_jobs:queued": "skipped"}

    drawn = terminal.seen_on_a_terminal("queue", "empty", "report", "--yes")

    assert "removing" in drawn
    assert "100%" in drawn
    assert terminal.told("queue", "resume")["paused"] == []
    assert terminal.told("queue", "reconcile")["differences"] == []


def test_a_second_worker_joins_and_is_stopped(terminal):
    command = [sys.executable, "-m", "backend.console", "worker", "--queues", "report"]
    second = subprocess.Popen(command, cwd=ROOT, env=terminal.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        joined = eventually(lambda: [each for each in terminal.told("worker", "status") if each["queues"] == ["report"]], seconds=60)
        assert terminal.told("worker", "stop", joined[0]["name"], "--yes")["told"] == [joined[0]["name"]]
        assert second.wait(60) == 0
    finally:
        second.kill()


def test_a_hanging_redis_is_found_and_waited_for_no_longer_than_said(stack, terminal):
    (valkey,) = [child for child in stack.children() if "valkey-server" in " ".join(child.cmdline())]
    valkey.send_signal(signal.SIGSTOP)
    try:
        told = terminal.told("doctor", "--timeout", "3", code=1)
    finally:
        valkey.send_signal(signal.SIGCONT)

    found = statuses(told)
    assert (found["redis"], found["redis-memory"], found["send_letter:queued"]) == ("failed", "skipped", "skipped")
    assert found["send_letter:inline"] == "ok"
    assert told["tookMs"] < 90_000
    assert psutil.pid_exists(valkey.pid)
