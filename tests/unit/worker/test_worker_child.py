"""The worker as its overseer starts it: without the console, and with one line for an error that we raised on purpose."""

import json
import subprocess
import sys

import pytest

GIVEN = json.dumps({"concurrency": None, "queues": []})


def child(**environment):
    command = [sys.executable, "-m", "backend.worker", GIVEN, "--parent", "0"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("environment", "named"),
    [({"PORT": "many"}, "PORT"), ({}, "ENABLE_QUEUE"), ({"ENABLE_QUEUE": "true"}, "REDIS_URL")],
    ids=["a bad variable", "no queue", "no Redis"],
)
def test_what_is_set_up_wrongly_is_one_line_and_not_worth_another_start(environment, named, tmp_path):
    ended = child(DATA_DIR=str(tmp_path), **environment)
    assert ended.returncode == 2
    assert ended.stderr.startswith("gacp: ")
    assert named in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
