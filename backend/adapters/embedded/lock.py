"""One `gacp dev` per data folder: a lock that the kernel lets go when its last holder ends."""

import fcntl
import json
import os
import time
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
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps({"pid": os.getpid(), "address": address}).encode(), 0)

    def release(self) -> None:
        """Let go; safe to repeat."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _refusal(self, holder: dict[str, Any]) -> str:
        who = f" (process {holder['pid']}, {holder['address']})" if holder else ""
        return (
            f"another `gacp dev`{who} is using the folder {self._path.parent}. "
            "Stop it with Ctrl-C, or start this one elsewhere: DATA_DIR=./var2 PORT=8001"
        )


def _taken(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
