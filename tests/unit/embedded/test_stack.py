"""What `gacp dev` starts, with which variables, and where."""

import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from backend.adapters.embedded.stack import answers, demo_environment, local_address, programs, refuse_busy_port, run_stack, with_port
from backend.errors import Conflict
from backend.settings import load

COMMANDS = {name: ("python", name) for name in ("web", "worker", "scheduler")}
HOLD = """
import sys
from pathlib import Path
from backend.adapters.embedded.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
lock.acquire("http://127.0.0.1:8000")
print("held", flush=True)
input()
"""


@contextmanager
def held_by_another_process(folder):
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield
        process.communicate(b"\n")


@pytest.fixture
def busy_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ["web", "worker", "scheduler"]),
        ({"ENABLE_QUEUE": "true", "ENABLE_SCHEDULER": "true"}, ["web", "worker", "scheduler"]),
        ({"ENABLE_QUEUE": "false"}, ["web", "scheduler"]),
        ({"ENABLE_SCHEDULER": "false"}, ["web", "worker"]),
        ({"ENABLE_QUEUE": "0", "ENABLE_SCHEDULER": "false"}, ["web"]),
    ],
)
def test_the_processes_follow_the_switches_which_are_on_unless_they_are_set(variables, expected):
    settings = load(**variables)

    assert [program.name for program in programs(settings, COMMANDS, demo_environment(settings))] == expected


def test_each_process_gets_its_command_and_the_variables():
    for program in programs(load(), COMMANDS, {"X": "1", "ENABLE_QUEUE": "true", "ENABLE_SCHEDULER": "true"}):
        assert program.argv == COMMANDS[program.name]
        assert program.env["X"] == "1"


def test_the_web_stops_first_so_that_nothing_is_accepted_then_the_scheduler_then_the_worker():
    turns = {program.name: program.stop_turn for program in programs(load(), COMMANDS, demo_environment(load()))}

    assert sorted(turns, key=turns.get) == ["web", "scheduler", "worker"]


def test_what_is_not_set_is_on_for_a_demonstration(tmp_path):
    environment = demo_environment(load(DATA_DIR=str(tmp_path), PORT="8011"))

    assert environment == {
        "ENABLE_QUEUE": "true",
        "ENABLE_SCHEDULER": "true",
        "DEMO_DATA": "true",
        "PORT": "8011",
        "DATA_DIR": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }


@pytest.mark.parametrize("variable", ["ENABLE_QUEUE", "ENABLE_SCHEDULER", "DEMO_DATA"])
def test_what_is_set_is_left_alone(variable):
    assert variable not in demo_environment(load(**{variable: "false"}))


def test_a_busy_port_is_refused_with_its_name_and_the_cure(busy_port):
    with pytest.raises(Conflict, match=f"PORT: {busy_port} on 127.0.0.1 cannot be used .*; .* PORT={busy_port + 1}"):
        refuse_busy_port(load(PORT=str(busy_port)))


def test_a_free_port_is_not_refused():
    refuse_busy_port(with_port(load(PORT="0")))


def test_port_zero_is_any_free_one():
    assert with_port(load(PORT="0")).port > 1023


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
    ],
)
def test_the_address_is_one_that_a_browser_here_can_open(host, address):
    assert local_address(load(HOST=host)) == address


def test_a_refused_connection_is_no_answer():
    assert not answers("http://127.0.0.1:1/readyz")


def test_a_second_stack_on_the_same_folder_and_port_hears_of_the_folder_and_starts_nothing(tmp_path, busy_port):
    said = []
    settings = load(DATA_DIR=str(tmp_path), PORT=str(busy_port))
    with held_by_another_process(tmp_path), pytest.raises(Conflict, match="another `gacp dev`"):
        run_stack(settings, COMMANDS, lambda *line: said.append(line), said.append)

    assert said == []
