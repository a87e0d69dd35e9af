"""A file under `DATA_DIR/run` says that this worker lives, to whoever is on the same machine and has no Redis."""

import json
import os
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from backend.adapters.embedded.process import is_there
from backend.adapters.rq.worker.seams import WorkerControl
from backend.adapters.rq.worker.vitals import look_at, versions
from backend.queues.roster import LifeSign

EVERY_S = 2.0
STALE_AFTER_S = 15.0
"""A worker that has not written for so long hangs, or is gone."""


class LivenessFile:
    """A duty of the pulse. The file goes when the worker ends; one that a killed worker left behind is seen to be stale."""

    every_s = EVERY_S

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now
        self._path: Path | None = None

    def __call__(self, worker: WorkerControl) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path = self._folder / f"{worker.name}.json"
        content = {"name": worker.name, "host": socket.gethostname(), "pid": os.getpid(), "at": self._now()}
        unfinished = self._path.with_suffix(".part")
        unfinished.write_text(json.dumps(content | {"versions": versions()} | asdict(look_at(worker))), encoding="utf-8")
        unfinished.replace(self._path)

    def say_goodbye(self) -> None:
        """The worker is gone, and so is its file."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def signs(folder: Path, *, host: str = "", now: Callable[[], float] = time.time) -> Sequence[LifeSign]:
    """Of the workers of this machine whose process is there; files of those that are gone are removed."""
    found = []
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            content = json.loads(path.read_text("utf-8"))
            if content["host"] != (host or socket.gethostname()):
                continue
            if is_there(int(content["pid"])):
                age_s = round(now() - float(content["at"]), 1)
                found.append(LifeSign(str(content["name"]), int(content["pid"]), age_s, fresh=age_s <= STALE_AFTER_S))
            else:
                path.unlink(missing_ok=True)
    return found
