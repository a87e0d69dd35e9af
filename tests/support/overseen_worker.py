"""A worker with all that ends jobs and workers, below the real overseer, and jobs that ail.

`python -m tests.support.overseen_worker URL FOLDER LIMITS`, LIMITS being JSON: `maxJobs`, `maxMemoryMib`, `hangsAfterS`, `concurrency`,
`apart` (what was lost twice has a process of its own).
A job in a process of its own: `python -m tests.support.overseen_worker FOLDER SOCKET PARENT`.
"""

import ctypes
import json
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

from backend.adapters.embedded.process import end_with_parent
from backend.adapters.isolation.child import serve
from backend.adapters.isolation.parent import ChildIsolation
from backend.adapters.rq.worker import duties, overseer
from backend.adapters.rq.worker.hanging import HangWatch
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.overseer import READY
from backend.adapters.rq.worker.recycling import Recycling
from backend.adapters.rq.worker.worker import Worker
from backend.queues.jobs import JobContext, job
from backend.queues.registry import Registry
from tests.support.queue_process import Work, note, note_dead, noted, platform_at, work

_leaked = []


@job(queue="aiQc", payload=Work)
def leak(payload: Work, services: Path, context: JobContext):
    """Take two megabytes and never give them back."""
    note(services, "started", payload.name)
    _leaked.append(bytearray(os.urandom(1024) * 2048))
    time.sleep(payload.seconds)
    note(services, "done", payload.name)


@job(queue="email", payload=Work, on_dead=note_dead)
def hold_the_lock(payload: Work, services: Path, context: JobContext):
    """Sleep in C without letting any other thread have its turn."""
    note(services, "held", payload.name)
    ctypes.PyDLL(None).sleep(int(payload.seconds))


@job(queue="email", payload=Work, on_dead=note_dead)
def walk_out(payload: Work, services: Path, context: JobContext):
    """The first time: end the process, with `fail` as its exit code."""
    first = payload.name not in noted(services, "started")
    note(services, "started", payload.name)
    time.sleep(payload.seconds)
    if first:
        os._exit(payload.fail)
    note(services, "done", payload.name)


@job(queue="aiQc", payload=Work, on_dead=note_dead)
def bite(payload: Work, services: Path, context: JobContext):
    """After a while, end the process in which it runs."""
    note(services, "started", payload.name)
    time.sleep(payload.seconds)
    os.kill(os.getpid(), signal.SIGKILL)


def alone(folder: str, socket: str, parent: str) -> None:
    serve(socket, parent, lambda: (Registry(work, bite).get, Path(folder), lambda: None))


def main(url: str, folder: str, limits: str, _flag: str, parent: str) -> None:
    end_with_parent(signal.SIGKILL, int(parent))
    asked = json.loads(limits)
    platform, limit = platform_at(url, Path(folder), more=(leak, hold_the_lock, walk_out, bite)), Limits()
    if asked.get("apart"):
        platform.use(Path(folder), ChildIsolation((sys.executable, "-m", "tests.support.overseen_worker", folder)))
    recycling = Recycling(max_memory_mib=asked.get("maxMemoryMib", 0))
    started = partial(os.kill, int(parent), READY)
    _, *others = duties.standard(platform, platform.outside.broker, limit, recycling, run_folder=Path(folder) / "run", started=started)
    every = [HangWatch(hangs_after_s=asked.get("hangsAfterS", 10.0)), *others]
    leave = partial(overseer.leave, int(parent))
    concurrency, max_jobs = asked.get("concurrency", 4), asked.get("maxJobs", 0)
    worker = Worker(platform, time_limit=limit.limit, duties=every, concurrency=concurrency, max_jobs=max_jobs, leave=leave)
    worker.work()
    leave(worker.code)


if __name__ == "__main__":
    alone(*sys.argv[1:]) if len(sys.argv) == 4 else main(*sys.argv[1:])
