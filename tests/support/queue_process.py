"""A worker or scheduler process over a real store and a real Redis: `python -m tests.support.queue_process worker URL FOLDER`."""

import os
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend.adapters.documents.queue_parts import COLLECTIONS, queue_parts
from backend.adapters.redis.events import RedisEvents
from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.worker.cancelling import HungRuns
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.overseer import REPLACE
from backend.adapters.rq.worker.registration import Registration
from backend.adapters.rq.worker.relaying import Relaying
from backend.adapters.rq.worker.worker import Worker
from backend.adapters.sqlite.store import SqliteStore
from backend.clock import SystemClock
from backend.errors import TemporaryFailure
from backend.queues.duties import healing, recurring
from backend.queues.jobs import JobContext, JobType, job
from backend.queues.listening import QueueEvents
from backend.queues.platform import QueuePlatform, assemble
from backend.queues.registry import Registry
from backend.queues.scheduling import SchedulerLoop
from backend.settings import load


class Work(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    seconds: float = 0.0
    fail: int = 0


def note_dead(payload: Work, services: Path, context: JobContext, error: BaseException) -> None:
    note(services, "dead", payload.name)


def note(folder: Path, what: str, name: str) -> None:
    with (folder / f"{what}.txt").open("a") as file:
        file.write(f"{name}\n")


def noted(folder: Path, what: str) -> list[str]:
    path = folder / f"{what}.txt"
    return path.read_text().split() if path.exists() else []


@job(queue="aiQc", payload=Work, on_dead=note_dead, backoff=200)
def work(payload: Work, services: Path, context: JobContext):
    """Take some time, note that it was done, or fail."""
    note(services, "started", payload.name)
    time.sleep(payload.seconds)
    if context.attempt <= payload.fail:
        raise TemporaryFailure("not yet")
    note(services, "done", payload.name)
    return {"attempt": context.attempt}


@job(queue="email", payload=Work, on_dead=note_dead, attempts=1, timeout_ms=300)
def work_briefly(payload: Work, services: Path, context: JobContext):
    """Swallow every exception, as careless code does."""
    try:
        time.sleep(payload.seconds)
    except Exception:
        time.sleep(payload.seconds)
    note(services, "done", payload.name)


def platform_at(url: str, folder: Path, *, deadline_ms: int = 1000, more: tuple[JobType, ...] = ()) -> QueuePlatform:
    store = SqliteStore(folder / "documents.db")
    store.ensure(*COLLECTIONS)
    platform = assemble(
        load(GACP_ENV="test", ENABLE_QUEUE="true"),
        clock=SystemClock(),
        registry=Registry(work, work_briefly, *more),
        lease=timedelta(seconds=3),
        broker=RqBroker.open(url, deadline_ms=deadline_ms),
        events=QueueEvents(RedisEvents.open(url, deadline_ms=deadline_ms)),
        **queue_parts(store),
    )
    platform.use(folder)
    return platform


def worker_of(platform: QueuePlatform, deadline_s: str = "25", concurrency: str = "1") -> Worker:
    limits, outside = Limits(), platform.outside
    relaying = Relaying(platform.recovery, outside.leadership, outside.clock)
    relaying.every_s = 1.0
    return Worker(
        platform,
        time_limit=limits.limit,
        concurrency=int(concurrency),
        duties=[HungRuns(limits), Registration(platform.outside.broker.blocking), relaying],
        stop_deadline_s=float(deadline_s),
        leave=leave,
    )


def leave(code: int) -> None:
    """As the product does: a worker in which a job hangs is replaced."""
    if code == REPLACE:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    os._exit(code)


def main(kind: str, url: str, folder: str, *more: str) -> None:
    platform = platform_at(url, Path(folder))
    if kind == "worker":
        sys.exit(worker_of(platform, *more).work())
    outside = platform.outside
    SchedulerLoop([*healing(platform), *recurring(platform)], outside.leadership, outside.clock, owner=f"s-{more}").run(threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
