"""A child for the overseer: `python -m tests.support.overseen FOLDER [KIND] --parent PID` notes that it is up and how it ends.

KIND: `young` does not listen yet, `slow` wants to be told twice; `mute` never says that it is ready where another one was before it;
`rude` has a job that ends it with 0 once it is told to stop; `unset` finds wrong settings where another one was started before it. A
number is the exit code that the child means, with `!` one that a job ended it with, and with `?` one that it ends with before it is ready.
"""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

from backend.adapters.rq.worker import overseer


def main(folder: str, kind: str, *_rest: str) -> None:
    asked: list[int] = []
    if kind != "young":  # which does not listen yet
        signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    notes, parent = Path(folder), os.getppid()
    if kind == "unset" and any(notes.iterdir()):
        os._exit(overseer.WRONG_USE)
    if not (kind.endswith("?") or (kind == "mute" and any(notes.iterdir()))):
        os.kill(parent, overseer.READY)
    (notes / f"{os.getpid()}.up").touch()
    if kind[0].isdigit():
        time.sleep(0.1)
        end = os._exit if kind[-1] in "!?" else partial(overseer.leave, parent)
        end(int(kind.rstrip("!?")))
    while not asked or (kind == "slow" and len(asked) < 2):
        time.sleep(0.02)
    if kind == "rude":
        os._exit(0)
    (notes / f"{os.getpid()}.down").write_text(str(len(asked)))
    overseer.leave(parent, overseer.DONE)


if __name__ == "__main__":
    main(*(sys.argv[1:] if len(sys.argv) > 4 else [sys.argv[1], "good"]))
