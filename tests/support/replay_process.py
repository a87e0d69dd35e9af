"""A process of its own that runs dead letters again: `python -m tests.support.replay_process retry|replay|hurry URL FOLDER CAUSE`."""

import sys
import time
from pathlib import Path

from backend.errors import Conflict
from backend.queues.dead_filter import DeadFilter
from backend.telemetry.logs import configure
from tests.support.queue_process import platform_at

if __name__ == "__main__":
    configure(json=True, level="ERROR")
    kind, url, folder, cause = sys.argv[1:]
    dead = platform_at(url, Path(folder)).dead
    sys.stdin.readline()  # all start together
    where = DeadFilter(cause=cause)
    if kind == "retry":
        print(dead.control.retry_matching(where))
        sys.exit()
    try:
        replay = dead.replaying.start(where, by=kind, stages=("1", "10", "all"))
    except Conflict as error:
        print(error)
        sys.exit()
    print(replay.id, flush=True)
    while not (replay := dead.replaying.step(replay.id)).ended:
        time.sleep(0.05)
