"""A data folder belongs to one `gacp dev` at a time."""

import os
import subprocess
import sys
import time

import pytest

from backend.adapters.embedded.lock import FolderLock
from backend.errors import Conflict

ADDRESS = "http://127.0.0.1:8000"
HOLDER = """
import sys, time
from pathlib import Path
from backend.adapters.embedded.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
lock.acquire("http://127.0.0.1:8000")
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_one_is_refused_at_once_and_told_who_has_the_folder_and_what_to_do(tmp_path, holder):
    began = time.monotonic()

    with pytest.raises(Conflict) as refusal:
        FolderLock(tmp_path).acquire("http://127.0.0.1:8001", wait_s=30)

    assert time.monotonic() - began < 5
    for part in (str(holder.pid), ADDRESS, str(tmp_path), "Ctrl-C", "DATA_DIR="):
        assert part in str(refusal.value)


def test_a_killed_holder_leaves_the_folder_free(tmp_path, holder):
    holder.kill()
    holder.wait()
    lock = FolderLock(tmp_path)

    lock.acquire(ADDRESS)

    assert lock.fd >= 0
    lock.release()


def test_a_child_that_was_handed_the_lock_keeps_the_folder_after_its_parent(tmp_path):
    lock = FolderLock(tmp_path)
    lock.acquire(ADDRESS)
    os.pwrite(lock.fd, b'{"pid": 999999999, "address": "x"}' + b" " * 40, 0)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(lock.fd,))
    lock.release()

    with pytest.raises(Conflict):
        FolderLock(tmp_path).acquire(ADDRESS, wait_s=0.2)
    child.communicate(b"\n")
    FolderLock(tmp_path).acquire(ADDRESS, wait_s=0.2)


def test_the_folder_is_made_and_its_lock_is_for_the_owner_alone(tmp_path):
    lock = FolderLock(tmp_path / "new" / "folder")

    lock.acquire(ADDRESS)

    assert (tmp_path / "new" / "folder" / "dev.lock").stat().st_mode & 0o777 == 0o600
    lock.release()
    lock.release()


def test_a_lock_file_that_was_cut_short_does_not_hide_the_refusal(tmp_path, holder):
    (tmp_path / "dev.lock").write_text('{"pid": ')

    with pytest.raises(Conflict, match="another `gacp dev` is using"):
        FolderLock(tmp_path).acquire(ADDRESS, wait_s=0.1)
