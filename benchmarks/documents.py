"""How fast the document stores are with many documents: `python -m benchmarks.documents [HOW_MANY]`."""

import itertools
import random
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from backend.adapters.documents.store import Collection, DocumentStore, Index, Range, Sort
from backend.adapters.documents.values import checked_document
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.sqlite.rows import insert
from backend.adapters.sqlite.schema import table
from backend.adapters.sqlite.store import SqliteStore
from benchmarks.table import Row, measure, show

THINGS = Collection("things", (Index(("owner",)), Index(("state", "at")), Index(("number",), unique=True)))
START = datetime(2026, 1, 1, tzinfo=UTC)
TWO_MS = 0.002
FARM = {"name": "สวนสมุนไพร", "plots": [{"rai": 3, "ngan": 2, "wa": 50, "herbs": ["ขมิ้นชัน", "ไพล"]}] * 4}


def document(number: int) -> dict[str, Any]:
    return {
        "id": f"thing-{number:08}",
        "number": f"GACP-2569-{number:06}",
        "owner": f"owner-{number // 4}",
        # A tenth is waiting, so that a claim without the right index would have ten thousand to sort.
        "state": "waiting" if number % 10 == 0 else "done",
        "at": START + timedelta(seconds=number),
        "farm": FARM,
    }


def rows(store: DocumentStore, how_many: int, limit: float | None) -> list[Row]:
    """Every kind of call; `limit` is for those by an index."""
    fresh = itertools.count(how_many)
    chance = random.Random(7)

    def some() -> str:
        return f"thing-{chance.randrange(how_many):08}"

    def replace() -> None:
        found = store.get("things", some())
        assert found is not None
        store.replace("things", found, found["version"])

    return [
        *_finds(store, how_many, limit),
        measure("insert", lambda: store.insert("things", document(next(fresh)))),
        measure("get", lambda: store.get("things", some()), limit=limit),
        measure("set a field", lambda: store.set_fields("things", some(), {"seen": True}), limit=limit),
        measure("get and replace", replace, limit=limit),
        measure("increment", lambda: store.increment("things", "counter", {"n": 1}, create=True)),
        measure("claim", lambda: store.claim("things", {"state": "waiting"}, {"state": "done"}, sort=Sort("at")), limit=limit),
        measure("count by index", lambda: store.count("things", {"state": "waiting"}), times=20, warm_up=2),
    ]


def _finds(store: DocumentStore, how_many: int, limit: float | None) -> list[Row]:
    done, newest = {"state": "done"}, Sort("at", "desc")
    middle = store.cursor(document(how_many // 2), newest)
    later = {**done, "at": Range(gte=START + timedelta(seconds=how_many // 2))}
    calls: dict[str, Callable[[], object]] = {
        "find by index": lambda: store.find("things", {"owner": f"owner-{how_many // 8}"}),
        "find 10, sorted": lambda: store.find("things", done, sort=newest, limit=10),
        "find 10, a page in the middle": lambda: store.find("things", done, sort=newest, after=middle, limit=10),
        "find 10, a range": lambda: store.find("things", later, sort=Sort("at"), limit=10),
    }
    return [measure(name, call, limit=limit) for name, call in calls.items()]


def fill(store: SqliteStore, how_many: int) -> None:
    """Write them all in one transaction: by `insert` alone it would take minutes."""
    store.ensure(THINGS)
    with store._connections.writing() as connection:
        for number in range(how_many):
            row = {"version": 1, **checked_document(document(number))}
            insert(connection, table(THINGS.name), row)


def writes(store: SqliteStore, synchronous: str) -> Row:
    """Inserts with that setting; a store that only one thread uses has one connection."""
    with store._connections.reading() as connection:
        connection.execute(f"PRAGMA synchronous = {synchronous}")
    fresh = itertools.count()
    return measure(
        f"insert, synchronous = {synchronous}", lambda: store.insert("synced", {**document(1), "id": f"{synchronous}{next(fresh)}"})
    )


def run(how_many: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "documents.db")
        fill(store, how_many)
        fast = show(f"SQLite, {how_many:,} documents", rows(store, how_many, TWO_MS))
        show("SQLite, what it costs to wait for the disk", [writes(store, "NORMAL"), writes(store, "FULL")])
        store.close()
    few = max(how_many // 100, 100)
    memory = MemoryStore()
    memory.ensure(THINGS)
    for number in range(few):
        memory.insert("things", document(number))
    show(f"Memory, {few:,} documents (it keeps no index for finding)", rows(memory, few, None))
    return fast


def main(how_many: int = 100_000) -> int:
    """Print the tables; 1 where a limit was not kept."""
    return 0 if run(how_many) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
