"""What every file store promises, and what the one on disk promises besides."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from backend.adapters.files.local import DRAFTS, LEFT_BEHIND, LocalFiles
from backend.adapters.memory.files import MemoryFiles
from backend.errors import InvalidInput, NotFound, Unavailable

NOW = 1_800_000_000.0
KEYS = ["a", "a.pdf", "documents/app-1/land.title_deed.pdf", "A/b/C-1_2.3", "-", "_/x", "a..b", "x" * 200]
NO_KEYS = {
    "empty": "",
    "parent": "../a",
    "parent inside": "a/../b",
    "parent at the end": "a/..",
    "here": "./a",
    "absolute": "/etc/passwd",
    "slash at the end": "a/",
    "two slashes": "a//b",
    "backslash": "a\\b",
    "hidden": ".a",
    "hidden inside": "a/.b",
    "blank": "a b",
    "Thai": "ก",
    "NUL": "a\x00",
    "line end": "a\n",
    "percent": "%2e%2e/a",
    "name too long": "x" * 201,
    "key too long": "/".join(["x" * 100] * 5),
}


def names_in(folder):
    """Everything below the folder that is no folder itself, half-written files among it."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture(params=["memory", "local"])
def files(request, tmp_path):
    return MemoryFiles() if request.param == "memory" else LocalFiles(tmp_path / "files")


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n\x00\xff", b"x" * 300_000], ids=["empty", "binary", "large"])
def test_what_was_put_is_got(files, content):
    stored = files.put("a/b.pdf", content)

    assert files.get("a/b.pdf") == content
    assert (stored.key, stored.size, stored.sha256) == ("a/b.pdf", len(content), sha256(content).hexdigest())


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_made_of_plain_names(files, key):
    files.put(key, b"x")

    assert files.exists(key)


@pytest.mark.parametrize("key", NO_KEYS.values(), ids=NO_KEYS)
def test_any_other_key_is_refused_by_every_method(files, key):
    for call in (files.get, files.exists, files.delete, lambda name: files.put(name, b"x")):
        with pytest.raises(InvalidInput) as refusal:
            call(key)
        assert refusal.value.errors[0].field == "key"


def test_put_again_replaces(files):
    files.put("a", b"first and longer")
    files.put("a", b"second")

    assert files.get("a") == b"second"


@pytest.mark.parametrize("key", ["a", "folder/a", "folder"])
def test_get_of_what_is_not_there_says_so(files, key):
    files.put("folder/other", b"x")

    with pytest.raises(NotFound, match=key):
        files.get(key)
    assert not files.exists(key)


def test_delete_removes_and_is_safe_to_repeat(files):
    files.put("a/b", b"x")
    files.put("a/c", b"y")

    files.delete("a/b")
    files.delete("a/b")
    files.delete("never/there")

    assert not files.exists("a/b")
    assert files.get("a/c") == b"y"


def test_writers_of_one_key_never_mix_their_contents(files):
    contents = [bytes([n]) * 50_000 for n in range(8)]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda content: files.put("a/b", content), contents))

    assert files.get("a/b") in contents


def test_only_the_file_is_left_in_its_folder(tmp_path):
    LocalFiles(tmp_path).put("a/b", b"x")

    assert names_in(tmp_path) == ["a/b"]


def test_a_folder_is_closed_to_other_users(tmp_path):
    LocalFiles(tmp_path / "files").put("a/b", b"x")

    assert (tmp_path / "files" / "a").stat().st_mode & 0o077 == 0


def test_a_disk_that_refuses_makes_the_store_unavailable_without_naming_the_path(tmp_path):
    (tmp_path / "files").write_text("in the way")

    with pytest.raises(Unavailable) as refusal:
        LocalFiles(tmp_path / "files").put("private-name", b"x")

    assert "private-name" not in str(refusal.value)


def test_a_key_below_a_file_is_refused_by_the_disk_and_leaves_nothing(tmp_path):
    files = LocalFiles(tmp_path)
    files.put("a", b"x")

    with pytest.raises(Unavailable):
        files.put("a/b", b"y")

    assert not files.exists("a/b")
    assert names_in(tmp_path) == ["a"]


def test_a_failed_replacement_leaves_the_old_file_and_no_draft(tmp_path):
    files = LocalFiles(tmp_path)
    (tmp_path / "a").mkdir()

    with pytest.raises(Unavailable):
        files.put("a", b"x")

    assert names_in(tmp_path) == []
    assert (tmp_path / "a").is_dir()


def left_behind(tmp_path, name, age):
    """A file that a killed process was writing, so many seconds ago."""
    folder = tmp_path / DRAFTS
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"half")
    os.utime(folder / name, (NOW - age, NOW - age))


def test_what_killed_processes_left_half_written_is_removed_after_an_hour(tmp_path):
    left_behind(tmp_path, "old", LEFT_BEHIND + 1)
    left_behind(tmp_path, "perhaps-being-written", LEFT_BEHIND - 1)

    LocalFiles(tmp_path, now=lambda: NOW).put("a", b"x")

    assert names_in(tmp_path) == [f"{DRAFTS}/perhaps-being-written", "a"]


def test_a_process_that_runs_for_long_looks_again_every_hour(tmp_path):
    now = NOW
    files = LocalFiles(tmp_path, now=lambda: now)
    files.put("a", b"x")
    left_behind(tmp_path, "later", LEFT_BEHIND + 1)

    files.put("a", b"x")
    assert names_in(tmp_path) == [f"{DRAFTS}/later", "a"]

    now += LEFT_BEHIND
    files.put("a", b"x")
    assert names_in(tmp_path) == ["a"]


def test_a_draft_that_cannot_be_removed_stops_nobody(tmp_path):
    (tmp_path / DRAFTS / "a-folder").mkdir(parents=True)
    os.utime(tmp_path / DRAFTS / "a-folder", (0, 0))

    LocalFiles(tmp_path).put("a", b"x")

    assert names_in(tmp_path) == ["a"]


def test_a_writer_that_is_killed_again_and_again_leaves_whole_files_and_drafts_that_go(tmp_path):
    writer = """
import sys; from pathlib import Path; from backend.adapters.files.local import LocalFiles
files = LocalFiles(Path(sys.argv[1]))
while True:
    files.put("a/b", b"x" * 2_000_000); print("kept", flush=True)
"""
    for wait in range(5):
        with subprocess.Popen([sys.executable, "-c", writer, str(tmp_path)], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(wait / 400)
            process.kill()
        assert LocalFiles(tmp_path).get("a/b") == b"x" * 2_000_000

    LocalFiles(tmp_path, now=lambda: time.time() + LEFT_BEHIND + 1).put("c", b"x")
    assert names_in(tmp_path) == ["a/b", "c"]
