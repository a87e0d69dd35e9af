"""A worker with all that ends jobs and workers, below the real overseer: `python -m tests.support.overseen_worker URL FOLDER MAX_JOBS`."""

import os
import signal
import sys
from functools import partial
from pathlib import Path

from backend.adapters.embedded.process import end_with_parent
from backend.adapters.rq.worker import duties
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.overseer import READY, REPLACE
from backend.adapters.rq.worker.recycling import Recycling
from backend.adapters.rq.worker.worker import Worker
from tests.support.queue_process import platform_at


def main(url: str, folder: str, max_jobs: str, _flag: str, parent: str) -> None:
    end_with_parent(signal.SIGKILL, int(parent))
    platform, limits, recycling = platform_at(url, Path(folder)), Limits(), Recycling(max_jobs=int(max_jobs))
    started = partial(os.kill, int(parent), READY)
    every = duties.standard(platform, platform.outside.broker, limits, recycling, run_folder=Path(folder) / "run", started=started)
    code = Worker(platform, time_limit=limits.limit, duties=every, concurrency=4).work()
    os._exit(REPLACE if recycling.due and not code else code)


if __name__ == "__main__":
    main(*sys.argv[1:])
