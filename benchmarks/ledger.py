"""What a job costs the ledger, one by one and by the batch: `python -m benchmarks.ledger [BATCH]`."""

import itertools
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend.adapters.documents.ledger import DocumentLedger
from backend.adapters.memory.ledger import MemoryLedger
from backend.adapters.sqlite.store import SqliteStore
from backend.queues import transitions
from backend.queues.options import JobOptions
from backend.queues.ports import Ledger
from backend.queues.records import Job, Lease, TimelineEntry
from benchmarks.table import Row, measure, show

BATCH = 50
MANY = 10_000
US = 1e-6
NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
OPTIONS = JobOptions(priority=5, attempts=3, backoff={"type": "exponential", "delay": 2000}, remove_on_complete=True)


def jobs(first: int, count: int) -> list[Job]:
    """Accepted one after another, ten in a millisecond."""
    return [_job(number) for number in range(first, first + count)]


def _job(number: int) -> Job:
    at = NOW + timedelta(milliseconds=number // 10)
    accepted = TimelineEntry(at, "accepted", "queue")
    return Job(f"{number:032x}", "noop", "aiQc", {"n": number}, OPTIONS, at, at, subject="app-1", requested_by="u-1", timeline=(accepted,))


def _lease(job: Job) -> Lease:
    return Lease("t", "w", job.due_at + timedelta(seconds=15))


def claim(job: Job) -> Job:
    claimed = transitions.claim(job, _lease(job), job.due_at)
    assert claimed is not None
    return claimed


def end(job: Job) -> Job:
    return transitions.complete(job, "t", {"ok": True}, job.due_at + timedelta(milliseconds=5))


def by_the_batch(ledger: Ledger, batch: int) -> Callable[[], object]:
    """Read, claim and end so many."""
    first = itertools.count(0, batch)

    def work() -> None:
        start = next(first)
        found = ledger.get_many([f"{number:032x}" for number in range(start, start + batch)])
        begun = ledger.save_many([claim(job) for job in found.values()])
        ended = ledger.save_many([end(job) for job in begun.values()])
        assert len(ended) == batch

    return work


def one_by_one(ledger: Ledger, start: int) -> Callable[[], object]:
    numbers = itertools.count(start)

    def work() -> None:
        ledger.save(end(ledger.save(claim(ledger.get(f"{next(numbers):032x}")))))

    return work


def rows(name: str, ledger: Ledger, batch: int, each: float) -> list[Row]:
    """`each` is the limit in seconds for one job of a batch."""
    added = measure(f"{name}: {MANY:,} jobs added at once", lambda: ledger.add_many(jobs(next(more), MANY)), times=2, warm_up=0)
    waiting = (MANY * 2 - BATCH) // batch
    in_batches = measure(f"{name}: {batch} read, claimed and ended at once", by_the_batch(ledger, batch), times=waiting - 20, warm_up=20)
    ledger.add_many(jobs(MANY * 4, 1_000))
    single = measure(f"{name}: one read, claimed and ended", one_by_one(ledger, MANY * 4), times=900, warm_up=20)
    return [added, in_batches._replace(limit=each * batch, by="median"), single]


more = itertools.cycle((0, MANY))


def main(batch: int = BATCH) -> int:
    """Print the table; 1 where a limit was not kept."""
    waiting = jobs(0, 1)[0]
    alone = measure("claim and end, without a ledger", lambda: end(claim(waiting)), times=20_000)._replace(limit=12 * US, by="median")
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "documents.db")
        sqlite = DocumentLedger(store)
        sqlite.ensure()
        measured = [alone, *rows("memory", MemoryLedger(), batch, 25 * US), *rows("SQLite", sqlite, batch, 200 * US)]
        store.close()
    return 0 if show("The ledger", measured) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
