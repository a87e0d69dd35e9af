"""A whole queue platform in the memory of one process, for the tests of code that submits jobs, declares them or listens."""

from datetime import UTC, datetime
from typing import Any

from backend.adapters.documents.leadership import DocumentLeadership
from backend.adapters.documents.ledger import DocumentLedger
from backend.adapters.documents.limits import DocumentLimits
from backend.adapters.documents.pauses import DocumentPauses
from backend.adapters.documents.schedules import DocumentSchedules
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
    kept = store or MemoryStore()
    platform = assemble(
        load(**{"GACP_ENV": "test", "ENABLE_QUEUE": "true", **variables}),
        clock=clock or FrozenClock(NOON),
        registry=Registry(*job_types),
        ledger=ledger or DocumentLedger(kept),
        broker=broker or MemoryBroker(),
        pauses=DocumentPauses(kept),
        limits=DocumentLimits(kept),
        leadership=DocumentLeadership(kept),
        schedules=DocumentSchedules(kept),
        events=QueueEvents(channel),
        sleep=lambda _seconds: None,
    )
    platform.use(services)
    return platform
