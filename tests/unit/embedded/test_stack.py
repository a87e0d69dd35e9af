"""What `gacp dev` starts, with which variables, and where."""

import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from backend.adapters.embedded.stack import answers, demo_environment, local_address, programs, run_stack, with_port
from backend.errors import Conflict
from backend.settings import load

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
        ({}, ["worker", "scheduler", "web"]),
        ({"ENABLE_QUEUE": "true", "ENABLE_SCHEDULER": "true"}, ["worker", "scheduler", "web"]),
        ({"ENABLE_QUEUE": "false"}, ["scheduler", "web"]),
        ({"ENABLE_SCHEDULER": "false"}, ["worker", "web"]),
        ({"ENABLE_QUEUE": "0", "ENABLE_SCHEDULER": "false"}, ["web"]),
    ],
)
def test_the_processes_follow_the_switches_which_are_on_unless_they_are_set(variables, expected):
    settings = load(**variables)

    assert [program.name for program in programs(settings, demo_environment(settings))] == expected


def test_each_process_is_the_console_command_of_its_name():
    settings = load()

    for program in programs(settings, {"X": "1"}):
        assert program.argv[1:] == ("-m", "backend.console", program.name)
        assert program.env == {"X": "1"}


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
    with pytest.raises(Conflict, match=f"PORT: {busy_port} cannot be used .*; .* PORT={busy_port + 1}"):
        with_port(load(PORT=str(busy_port)))


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


def test_a_second_stack_on_the_same_folder_is_refused_before_it_starts_anything(tmp_path):
    said = []
    settings = load(DATA_DIR=str(tmp_path), PORT="0")
    with held_by_another_process(tmp_path), pytest.raises(Conflict, match="another `gacp dev`"):
        run_stack(settings, lambda *line: said.append(line), said.append)

    assert said == []
