"""A whole queue platform in the memory of one process, for the tests of code that submits jobs, declares them or listens."""

from datetime import UTC, datetime
from typing import Any

from backend.adapters.documents.queue_parts import queue_parts
from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.memory.channel import MemoryChannel
from backend.adapters.memory.documents import MemoryStore
from backend.clock import Clock, FrozenClock
from backend.queues import JobType, QueueEvents, QueuePlatform, Registry, assemble
from backend.queues.ports import Ledger
from backend.settings import load

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)  # in Bangkok


def memory_platform(
    *job_types: JobType,
    services: Any = None,
    clock: Clock | None = None,
    broker: MemoryBroker | None = None,
    store: MemoryStore | None = None,
    ledger: Ledger | None = None,
    channel: MemoryChannel | None = None,
    **variables: str,
) -> QueuePlatform:
    """A platform that knows these job types; they get `services`, and nothing ever really waits.

    Hand in a double to switch it `away` or to look into it; `variables` are settings by their name, such as
    `ENABLE_QUEUE="false"` to run every job in its caller. The clock stands still at noon unless another is given.
    """
    parts = queue_parts(store or MemoryStore())
    if ledger is not None:
        parts["ledger"] = ledger
    platform = assemble(
        load(**{"GACP_ENV": "test", "ENABLE_QUEUE": "true", **variables}),
        clock=clock or FrozenClock(NOON),
        registry=Registry(*job_types),
        broker=broker or MemoryBroker(),
        events=QueueEvents(channel),
        sleep=lambda _seconds: None,
        **parts,
    )
    platform.use(services)
    return platform
