"""A worker or scheduler of the rounds: `python -m tests.chaos.workers.process worker URL FOLDER [--fault NAME --at N]`."""

import argparse
import os
import secrets
import signal
import sys
import threading
from datetime import timedelta
from functools import partial
from pathlib import Path

from backend.adapters.documents.queue_parts import COLLECTIONS, queue_parts
from backend.adapters.embedded.process import end_with_parent
from backend.adapters.redis.events import RedisEvents
from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.worker import overseer
from backend.adapters.rq.worker.cancelling import interruption
from backend.adapters.rq.worker.duties import standard
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.overseer import READY, REPLACE
from backend.adapters.rq.worker.recycling import Recycling
from backend.adapters.rq.worker.worker import Worker
from backend.adapters.sqlite.store import SqliteStore
from backend.clock import SystemClock
from backend.queues.duties import healing
from backend.queues.listening import QueueEvents
from backend.queues.platform import assemble
from backend.queues.scheduling import SchedulerLoop
from backend.settings import load
from backend.telemetry import logs
from tests.chaos.workers.faults import BLOWS, FAULTS, with_fault
from tests.chaos.workers.job_types import REGISTRY, Workplace
from tests.chaos.workers.traces import Trace

TRACE = "runs.txt"
DEADLINE_MS = 250


def platform_at(url, folder, *, lease_s, mortal, deadline_ms=DEADLINE_MS, fault="", at=0, blow="die"):
    """The platform over a store and a Redis that others share; `mortal` where jobs may end this process."""
    store = SqliteStore(folder / "documents.db")
    store.ensure(*COLLECTIONS)
    parts = {**queue_parts(store), "broker": RqBroker.open(url, deadline_ms=deadline_ms)}
    platform = assemble(
        load(GACP_ENV="test", ENABLE_QUEUE="true"),
        clock=SystemClock(),
        registry=REGISTRY,
        lease=timedelta(seconds=lease_s),
        events=QueueEvents(RedisEvents.open(url, deadline_ms=DEADLINE_MS)),
        **with_fault(parts, fault, at, blow),
    )
    platform.use(Workplace(folder, Trace(folder / TRACE), mortal))
    return platform


def work(platform, name, arguments):
    """As the product's own worker process does; without a parent it becomes its own successor where it has to be replaced."""
    limits, recycling = Limits(), Recycling(max_memory_mib=arguments.max_memory)
    started = partial(os.kill, arguments.parent, READY) if arguments.parent else int
    leave = partial(overseer.leave, arguments.parent) if arguments.parent else leave_or_begin_again
    worker = Worker(
        platform,
        time_limit=limits.limit,
        name=name,
        concurrency=arguments.concurrency,
        max_jobs=arguments.max_jobs,
        duties=standard(platform, platform.outside.broker, limits, recycling, run_folder=arguments.folder / "run", started=started),
        stop_deadline_s=arguments.deadline,
        interrupt=interruption(limits),
        leave=leave,
    )
    worker.work()
    leave(worker.code)


def leave_or_begin_again(code):
    if code == REPLACE:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})  # until the successor listens
        os.execv(sys.executable, [*sys.orig_argv, "--fault", ""])  # no fault strikes twice
    os._exit(code)


def main(arguments):
    logs.configure(json=True, level="INFO")
    if arguments.parent:
        end_with_parent(signal.SIGKILL, arguments.parent)
    fault = {"fault": arguments.fault, "at": arguments.at, "blow": arguments.blow}
    platform = platform_at(arguments.url, arguments.folder, lease_s=arguments.lease, mortal=True, **fault)
    outside = platform.outside
    name = f"{arguments.kind}-{os.getpid()}-{secrets.token_hex(3)}"
    if arguments.kind == "worker":
        work(platform, name, arguments)
    SchedulerLoop(healing(platform), outside.leadership, outside.clock, owner=name).run(threading.Event())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["worker", "scheduler"])
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lease", type=float, default=15)
    parser.add_argument("--concurrency", type=int, default=10)
    parser.add_argument("--deadline", type=float, default=25, help="seconds that jobs may have when the worker is told to end")
    parser.add_argument("--max-jobs", type=int, default=0)
    parser.add_argument("--max-memory", type=int, default=0, help="MiB")
    parser.add_argument("--parent", type=int, default=0, help="the overseer")
    parser.add_argument("--fault", choices=["", *FAULTS], default="")
    parser.add_argument("--at", type=int, default=1, help="which call the fault hits")
    parser.add_argument("--blow", choices=list(BLOWS), default="die")
    main(parser.parse_args())
