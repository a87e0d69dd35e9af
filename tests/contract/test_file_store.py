"""What every file store promises, and what the one on disk promises besides."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from backend.adapters.files.local import LocalFiles
from backend.adapters.memory.files import MemoryFiles
from backend.errors import InvalidInput, NotFound, Unavailable

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
    return [path.name for path in folder.iterdir()]


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

    assert names_in(tmp_path / "a") == ["b"]


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

    assert names_in(tmp_path) == ["a"]
