"""What the queue platform keeps in a document store, made together: one place says which parts these are."""

from typing import TypedDict

from backend.adapters.documents import causes, leadership, ledger, limits, numbers, pauses, replays, schedules
from backend.adapters.documents.store import DocumentStore
from backend.clock import Clock
from backend.queues.dead_ports import Causes, Replays
from backend.queues.numbers import KeptNumbers
from backend.queues.ports import Leadership, Ledger, Limits, Pauses, Schedules

COLLECTIONS = (
    *ledger.COLLECTIONS,
    *causes.COLLECTIONS,
    leadership.COLLECTION,
    limits.COLLECTION,
    numbers.COLLECTION,
    pauses.COLLECTION,
    replays.COLLECTION,
    schedules.COLLECTION,
)
"""To be ensured before the parts are used."""


class QueueParts(TypedDict):
    """The arguments of `backend.queues.assemble` that a document store answers for."""

    ledger: Ledger
    pauses: Pauses
    limits: Limits
    leadership: Leadership
    schedules: Schedules
    numbers: KeptNumbers
    causes: Causes
    replays: Replays


def queue_parts(store: DocumentStore, clock: Clock | None = None) -> QueueParts:
    """All of them over one store; without a clock pauses end by the system's."""
    return QueueParts(
        ledger=ledger.DocumentLedger(store),
        pauses=pauses.DocumentPauses(store, clock),
        limits=limits.DocumentLimits(store),
        leadership=leadership.DocumentLeadership(store),
        schedules=schedules.DocumentSchedules(store),
        numbers=numbers.DocumentNumbers(store),
        causes=causes.DocumentCauses(store),
        replays=replays.DocumentReplays(store),
    )
