"""Keeps files in a folder of this machine."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from backend.adapters.files.keys import checked_key
from backend.certification.ports import StoredFile
from backend.errors import NotFound, Unavailable

DRAFTS = ".drafts"
"""Where files lie until they are whole; the dot keeps them out of reach of any key."""
LEFT_BEHIND = 3600.0
"""Seconds after which nobody is writing a draft any more."""


class LocalFiles:
    """The file port over a folder: a key is a path below it. What `put` returned for survives a power cut."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._drafts = folder / DRAFTS
        self._now = now
        self._tidied = 0.0

    def put(self, key: str, content: bytes) -> StoredFile:
        path = self._path(key)
        with _disk():
            _make_folder(path.parent)
            _make_folder(self._drafts)
            self._tidy()
            _replace(path, content, self._drafts / secrets.token_hex(8))
        return StoredFile(key, len(content), sha256(content).hexdigest())

    def get(self, key: str) -> bytes:
        path = self._path(key)
        with _disk():
            try:
                return path.read_bytes()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                raise NotFound(f"There is no file {key}") from None

    def delete(self, key: str) -> None:
        path = self._path(key)
        with _disk(), suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        return self._folder / checked_key(key)

    def _tidy(self) -> None:
        """Once an hour, and at first, remove what processes left half written when they were killed."""
        before = self._now() - LEFT_BEHIND
        if self._tidied > before:
            return
        self._tidied = self._now()
        for draft in self._drafts.iterdir():
            # Another process may be faster; what cannot be removed harms nobody.
            with suppress(OSError):
                if draft.stat().st_mtime < before:
                    draft.unlink()


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # Without the path: it may hold what a person called the file.
        raise Unavailable(f"The disk refused: {error.strerror}") from error


def _replace(path: Path, content: bytes, draft: Path) -> None:
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    # A new name lasts only when its folder reached the disk too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
