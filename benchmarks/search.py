"""Searches over a ledger of a million jobs, and what their index costs: `python -m benchmarks search [--jobs N] [--keep FOLDER]`."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from backend.adapters.documents import applications, users
from backend.adapters.documents.ledger import COLLECTION, DocumentLedger
from backend.adapters.documents.people import DocumentPeople
from backend.adapters.sqlite.store import SqliteStore
from backend.clock import FrozenClock
from backend.queues.ports import SearchOrder
from backend.queues.search import JobSearch
from benchmarks.ledger import by_the_batch, jobs
from benchmarks.search_ground import LAST, filled
from benchmarks.table import Row, measure, show

MILLION = 1_000_000
LIMIT_S = 0.2
BATCH = 50
TIMES = 40

QUERIES: dict[str, str] = {
    "every job": "",
    "a state": "state:failed",
    "a queue and a state": "queue:aiQc state:failed",
    "a rare text": 'error:"page 4711 is torn"',
    "a frequent text": 'error:"timed out"',
    "a frequent text in Thai": "error:หมดเวลา",
    "a number in a text": "error:48151",
    "two letters": "error:50",
    "a text that none has": 'error:"no such thing"',
    "letters that all have, a text that none has": 'error:"timed not"',
    "a frequent text in a frequent queue, none with both": 'error:"timed out" queue:email',
    "two frequent conditions, none with both": "queue:email type:run_ai_qc",
    "a frequent text, not in its queue": 'error:"timed out" -queue:aiQc',
    "a class of errors in a day": "error:MailRefused created:2026-11-10",
    "failed in the last 24 hours": "state:failed since:24h",
    "nothing in an hour long ago": "state:waiting created:2026-11-03T10:00..2026-11-03T11:00",
    "ran longer than 30 s": "duration:>30s",
    "ran longer than a minute and failed by time-out": "duration:>1m state:failed error:timed",
    "by exclusion": "-state:completed,failed -queue:email",
    "a text by exclusion": "state:failed -error:quota -error:timed",
    "a farmer's account": "farmer:user-4711",
    "a bare word": "mailbox",
    "a bare word that none has": "xylophone",
    "six terms": 'queue:aiQc state:failed error:"timed out" since:2w duration:>2s -error:quota',
}


def rows(search: JobSearch, some: dict[str, str]) -> list[Row]:
    """Every kind of query, from the front and from the middle."""

    def page(query: str, cursor: str | None = None, order: SearchOrder = "newest") -> Callable[[], object]:
        return lambda: search.find(query, cursor=cursor, order=order)

    calls: dict[str, Callable[[], object]] = {name: page(query) for name, query in (QUERIES | some).items()}
    middle = search.find("created:<2026-11-11", limit=1).found.next
    for name in ("a state", "a frequent text", "a frequent text in a frequent queue, none with both", "by exclusion"):
        calls[f"{name}: a page in the middle"] = page(QUERIES[name], middle)
    for name in ("every job", "a frequent text", "a queue and a state", "a text that none has"):
        calls[f"{name}: what ran longest"] = page(QUERIES[name], order="longest")
        calls[f"{name}: the oldest"] = page(QUERIES[name], order="oldest")
    return [measure(name, call, times=TIMES, warm_up=2, limit=LIMIT_S) for name, call in calls.items()]


def known(search: JobSearch) -> dict[str, str]:
    """Queries for what one job in the middle is known by."""
    job = search.find("created:<2026-11-11", limit=1).found.items[0]
    return {
        "an id": f"id:{job.id}",
        "the beginning of an id": f"id:{job.id[:6]}*",
        "a request": f"request:{job.request_id}",
        "an application": f"application:{job.subject}",
        "a bare id": job.id,
    }


def cost(folder: Path) -> list[Row]:
    """What a job costs the ledger with the index and without, in turn, and what bringing the index up to date costs later."""
    stores = {}
    for name, collection in {"without an index": replace(COLLECTION, searched=None), "with an index": COLLECTION}.items():
        store = stores[name] = SqliteStore(folder / f"{name}.db")
        store.ensure(collection)
        DocumentLedger(store).add_many(jobs(0, 6_000))
    work = {name: by_the_batch(DocumentLedger(store), BATCH) for name, store in stores.items()}
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(6_000 // BATCH):
        for name, run in work.items():
            began = time.process_time()
            run()
            seconds[name].append((time.process_time() - began) / BATCH)
    began = time.process_time()
    stores["with an index"].catch_up(600)
    later = (time.process_time() - began) / 6_000
    for store in stores.values():
        store.close()
    measured = [Row(f"CPU of a job read, claimed and ended, {name}", each) for name, each in seconds.items()]
    return [*measured, Row("CPU of a job indexed later", [later])]


def main(options: Sequence[str] = ()) -> int:
    """Print the tables; 1 where a limit was not kept."""
    parser = argparse.ArgumentParser(prog="benchmarks search")
    parser.add_argument("--jobs", type=int, default=MILLION)
    parser.add_argument("--keep", type=Path, help="fill this folder, or use it as it is, and leave it there")
    chosen = parser.parse_args(options)
    with tempfile.TemporaryDirectory() as folder:
        kept = measured(chosen.keep or Path(folder), chosen.jobs)
        show("What the index costs", cost(Path(folder)))
    return 0 if kept else 1


def measured(folder: Path, count: int) -> bool:
    """Fill, index, ask; False where a limit was not kept."""
    store = filled(folder, count)
    store.ensure(*applications.COLLECTIONS, users.USERS)
    began = time.perf_counter()
    while left := store.catch_up(5):
        print(f"\r{left:>9,} jobs to index, {time.perf_counter() - began:,.0f} s", end="", file=sys.stderr, flush=True)
    search = JobSearch(DocumentLedger(store), FrozenClock(LAST), DocumentPeople(store))
    try:
        return show(f"Searches over {count:,} jobs", rows(search, known(search)))
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
