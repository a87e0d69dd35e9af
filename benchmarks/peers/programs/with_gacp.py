"""Ours, with every middleware of the product.

PEER_LEDGER says which ledger: `memory` (the queue layer alone: producer and worker share one process) or `sqlite` (the whole
platform, in the folder PEER_FOLDER, with events to all processes).
"""

import os
from pathlib import Path

import measuring
from pydantic import BaseModel, ConfigDict

from backend.adapters.documents.queue_parts import COLLECTIONS, queue_parts
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.memory.ledger import MemoryLedger
from backend.adapters.redis.events import RedisEvents
from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.worker.worker import Worker
from backend.adapters.sqlite.store import SqliteStore
from backend.clock import SystemClock
from backend.queues.jobs import JobContext, job
from backend.queues.listening import QueueEvents
from backend.queues.platform import assemble
from backend.queues.registry import Registry
from backend.queues.runner import no_limit
from backend.queues.service import Submission
from backend.settings import load
from backend.telemetry.logs import configure

DEADLINE_MS = 10_000  # a busy machine must not make the queue leave jobs to the relay, which does not run here
DURABLE = os.environ.get("PEER_LEDGER") == "sqlite"


class Work(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sent: int
    ms: int


@job(queue="aiQc", payload=Work)
def run(payload: Work, _services: object, _context: JobContext) -> None:
    """What every program's job does."""
    measuring.run(payload.sent, payload.ms)


class Program:
    def __init__(self) -> None:
        configure(json=True, level="ERROR")
        store = SqliteStore(Path(os.environ["PEER_FOLDER"]) / "documents.db") if DURABLE else MemoryStore()
        store.ensure(*COLLECTIONS)
        parts = queue_parts(store)
        if not DURABLE:
            parts["ledger"] = MemoryLedger()
        self._broker = RqBroker.open(measuring.URL, deadline_ms=DEADLINE_MS)
        self._platform = assemble(
            load(GACP_ENV="test", ENABLE_QUEUE="true"),
            clock=SystemClock(),
            registry=Registry(run),
            broker=self._broker,
            events=QueueEvents(RedisEvents.open(measuring.URL, deadline_ms=DEADLINE_MS) if DURABLE else None),
            **parts,
        )
        self._platform.use(object())

    def submit(self, sent: int, ms: int) -> object:
        return self._platform.service.submit(run, {"sent": sent, "ms": ms})

    def submit_many(self, count: int, ms: int) -> None:
        self._platform.service.submit_many(Submission(run, {"sent": 0, "ms": ms}) for _ in range(count))

    def work(self, concurrency: int) -> None:
        Worker(self._platform, time_limit=no_limit, queues=[run.queue], concurrency=concurrency).work()


if __name__ == "__main__":
    measuring.main(Program())
