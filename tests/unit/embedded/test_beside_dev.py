"""A command in a second terminal works on the servers of the `gacp dev` that runs on its folder, with nothing to set."""

import json
import os

import pytest

from backend.adapters.embedded.beside import as_variables, beside_dev, note
from backend.adapters.embedded.lock import FolderLock, told_in
from backend.settings import load

URL = "redis://:secret@127.0.0.1:6390/0"


@pytest.fixture
def running(tmp_path):
    """Holds the folder as a `gacp dev` with these variables would."""
    lock = FolderLock(tmp_path)

    def hold(url=URL, **variables):
        lock.acquire("http://127.0.0.1:8001")
        lock.note(note(load(PORT="8001", DATA_DIR=str(tmp_path), **variables), url))

    yield hold
    lock.release()


def seen(folder, **variables):
    found = beside_dev(load(DATA_DIR=str(folder), **variables))
    return found.enable_queue, found.enable_scheduler, found.effective_redis_url, found.port


def test_nothing_has_to_be_set_beside_a_running_one(tmp_path, running):
    running()

    assert seen(tmp_path) == (True, True, URL, 8001)


def test_what_the_running_one_was_told_otherwise_holds_here_too(tmp_path, running):
    running(url="", ENABLE_QUEUE="false", ENABLE_SCHEDULER="false")

    assert seen(tmp_path) == (False, False, "", 8001)


def test_what_is_set_here_goes_before_what_is_told(tmp_path, running):
    running()

    assert seen(tmp_path, ENABLE_QUEUE="false", REDIS_HOST="redis.internal", PORT="9000") == (
        False,
        True,
        "redis://redis.internal:6379/0",
        9000,
    )


def test_where_none_runs_the_settings_stay_as_they_are(tmp_path):
    assert seen(tmp_path) == (False, False, "", 8000)


def test_a_note_that_was_left_behind_counts_for_nothing(tmp_path):
    (tmp_path / "dev.lock").write_text(json.dumps({"pid": os.getpid(), "address": "x", "told": {"redis_url": URL}}))

    assert told_in(tmp_path) == {}
    assert seen(tmp_path) == (False, False, "", 8000)


@pytest.mark.parametrize("told", ["", "{", '{"pid": 1, "address": "x", "told": [1]}', '{"pid": "x"}'])
def test_a_note_that_cannot_be_read_is_none(tmp_path, running, told):
    running()
    (tmp_path / "dev.lock").write_text(told)

    assert seen(tmp_path) == (False, False, "", 8000)


def test_a_look_keeps_nobody_from_starting(tmp_path):
    (tmp_path / "dev.lock").write_text(json.dumps({"pid": os.getpid(), "address": "x", "told": {}}))
    told_in(tmp_path)
    lock = FolderLock(tmp_path)

    lock.acquire("http://127.0.0.1:8002", wait_s=0)

    assert told_in(tmp_path) == {}
    lock.release()


def test_a_process_that_joins_is_told_the_same(tmp_path, running):
    running()

    told = as_variables(beside_dev(load(DATA_DIR=str(tmp_path))))

    assert told == {"ENABLE_QUEUE": "true", "ENABLE_SCHEDULER": "true", "DEMO_DATA": "true", "REDIS_URL": URL}
    assert as_variables(load()) == {"ENABLE_QUEUE": "false", "ENABLE_SCHEDULER": "false", "DEMO_DATA": "false"}
