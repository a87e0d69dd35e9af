"""A child for the overseer: `python -m tests.support.overseen FOLDER [KIND] --parent PID` notes that it is up and how it ends."""

import os
import signal
import sys
import time
from pathlib import Path


def main(folder: str, kind: str, *_rest: str) -> int:
    asked: list[int] = []
    if kind != "young":  # which does not listen yet
        signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    notes, parent = Path(folder), os.getppid()
    if kind != "lame":
        os.kill(parent, signal.SIGUSR1)
    (notes / f"{os.getpid()}.up").touch()
    if kind.isdigit():
        time.sleep(0.1)
        return int(kind)
    while not asked or (kind == "slow" and len(asked) < 2):
        time.sleep(0.02)
    (notes / f"{os.getpid()}.down").write_text(str(len(asked)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*(sys.argv[1:] if len(sys.argv) > 4 else [sys.argv[1], "good"])))
