"""One `gacp dev` per data folder: a lock that the kernel lets go when its last holder ends, and a note of what that one does."""

import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.adapters.embedded.process import is_there
from backend.errors import Conflict


class FolderLock:
    """An flock on `dev.lock` in the folder; the file names the holder for the message to the second one.

    `fd` may be handed to a child: then the folder stays locked until that child has ended as well, so that no second
    server ever opens the same append-only file.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "dev.lock"
        self._fd = -1

    @property
    def fd(self) -> int:
        """The descriptor that holds the lock; -1 before `acquire`."""
        return self._fd

    def acquire(self, address: str, *, wait_s: float = 2.0) -> None:
        """Take the lock, waiting for children of a killed holder to go; raises Conflict naming who has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + wait_s
        while not _taken(fd):
            holder = _holder(fd)
            if time.monotonic() >= deadline or _alive(holder.get("pid")):
                os.close(fd)
                raise Conflict(self._refusal(holder))
            time.sleep(0.05)
        self._fd = fd
        self._write({"pid": os.getpid(), "address": address})

    def note(self, told: Mapping[str, Any]) -> None:
        """Keep what the processes were told, for commands in another terminal; see `told_in`."""
        self._write({**_holder(self._fd), "told": dict(told)})

    def release(self) -> None:
        """Let go; safe to repeat."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write(self, holder: Mapping[str, Any]) -> None:
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, json.dumps(holder).encode(), 0)

    def _refusal(self, holder: dict[str, Any]) -> str:
        who = f" (process {holder['pid']}, {holder['address']})" if holder else ""
        return (
            f"another `gacp dev`{who} is using the folder {self._path.parent}. "
            "Stop it with Ctrl-C, or start this one elsewhere: DATA_DIR=./var2 PORT=8001"
        )


def told_in(folder: Path) -> Mapping[str, Any]:
    """What the `gacp dev` that runs on this folder noted; empty where none does. Asks no server and changes nothing."""
    try:
        fd = os.open(folder / "dev.lock", os.O_RDONLY)
    except OSError:
        return {}
    try:
        holder = _holder(fd)
        # Whoever begins meanwhile tries for two seconds, so that this look at the lock keeps nobody out.
        runs = _alive(holder.get("pid")) and not _taken(fd, fcntl.LOCK_SH)
    finally:
        os.close(fd)
    told = holder.get("told") if runs else None
    return told if isinstance(told, dict) else {}


def _taken(fd: int, how: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(fd, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(fd: int) -> dict[str, Any]:
    try:
        holder = json.loads(os.pread(fd, 4096, 0))
    except ValueError:  # it is just being written
        return {}
    return holder if isinstance(holder, dict) and {"pid", "address"} <= holder.keys() else {}


def _alive(pid: int | None) -> bool:
    """Whether the holder itself runs (then waiting is pointless), and not only a child of it that is about to end."""
    return pid is not None and is_there(pid)
