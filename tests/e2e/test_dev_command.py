"""`gacp dev` as a newcomer meets it: it serves, says how to sign in, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import urllib.request

import psutil
import pytest

from backend.adapters.embedded.valkey import free_port
from tests.support.dev_script import ROOT
from tests.support.processes import eventually

pytestmark = [pytest.mark.slow, pytest.mark.servers]
SERVERS = {"valkey-server", "gunicorn", "worker", "scheduler"}


class House:
    """One `gacp dev` on a folder of its own."""

    def __init__(self, folder, command=(sys.executable, "-m", "backend.console", "dev"), **variables):
        self.port = free_port()
        self.log = folder / f"dev-{self.port}.log"
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        self.environment = kept | {"PORT": str(self.port), "DATA_DIR": str(folder / "data"), "GACP_ENV": "test"} | variables
        with self.log.open("wb") as log:
            self.process = psutil.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        self.seen = []

    def said(self):
        return self.log.read_text()

    def serves(self):
        self.seen = self.process.children(recursive=True)
        return "GACP is ready" in self.said() and self.commands() >= self.expected

    expected = SERVERS

    def commands(self):
        words = [word for process in self.seen for word in command_line(process)]
        return {name for name in SERVERS if any(word.endswith(name) for word in words)}

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            return json.load(response)

    def stop(self, signum=signal.SIGTERM):
        self.process.send_signal(signum)
        return self.process.wait(60)

    def left(self):
        """What still runs of all that was ever seen."""
        _, alive = psutil.wait_procs(self.seen, timeout=5)
        return [command_line(process) for process in alive]


def command_line(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.fixture
def house(tmp_path):
    """Starts houses; whatever of them is left at the end is killed."""
    houses = []

    def build(*, expected=SERVERS, **options):
        house = House(tmp_path, **options)
        house.expected = expected
        houses.append(house)
        assert eventually(house.serves, seconds=60), house.said()
        return house

    yield build
    for house in houses:
        for process in [house.process, *house.seen]:
            if process.is_running():
                process.kill()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_everything_starts_serves_and_stops_in_order_on_a_signal(house, signum):
    it = house()

    assert it.get("/readyz")["status"] == "ready"
    assert f"http://127.0.0.1:{it.port}" in it.said()
    assert "farmer@gacp.example" in it.said()

    assert it.stop(signum) == 0
    order = [line.rpartition(" ")[2] for line in it.said().splitlines() if "| stopping" in line]
    assert order == ["web", "scheduler", "worker", "valkey"]
    assert it.left() == []


def test_nothing_survives_when_it_is_killed_and_the_next_start_finds_its_folder_free(house):
    it = house()

    it.stop(signal.SIGKILL)

    assert it.left() == []
    assert house().get("/readyz")["status"] == "ready"


def test_a_second_one_on_the_same_folder_is_refused_with_the_address_of_the_first(house):
    it = house()

    second = subprocess.run(
        [sys.executable, "-m", "backend.console", "dev"], cwd=ROOT, env=it.environment, capture_output=True, text=True, check=False
    )

    assert second.returncode == 1
    assert f"http://127.0.0.1:{it.port}" in second.stderr
    assert second.stderr.count("\n") == 1
    assert it.get("/readyz")["status"] == "ready"


def test_without_the_queue_there_is_no_worker(house):
    it = house(expected=SERVERS - {"worker"}, ENABLE_QUEUE="false")

    assert "worker" not in it.commands()
    assert it.get("/readyz")["status"] == "ready"


def test_a_redis_that_is_set_is_used_and_none_is_started(house, redis_url):
    it = house(expected=SERVERS - {"valkey-server"}, REDIS_URL=redis_url)

    assert "valkey-server" not in it.commands()
    assert it.get("/readyz")["redis"] == "up"


def test_a_process_that_is_killed_comes_back(house):
    it = house()
    (worker,) = [process for process in it.seen if command_line(process)[-1:] == ["worker"]]

    worker.kill()

    assert eventually(lambda: "worker ended (killed by SIGKILL); starting it again" in it.said())
    assert eventually(lambda: it.serves() and worker not in it.seen, seconds=20)


def test_it_ends_with_the_make_that_started_it(house):
    shell = ("sh", "-c", f"{sys.executable} -m backend.console dev --with-parent; true")
    it = house(command=shell)

    it.stop(signal.SIGKILL)

    assert it.left() == []
