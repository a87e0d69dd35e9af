"""Looks at the embedded document store without making or changing anything."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from backend.adapters.documents.facts import StoreFacts
from backend.adapters.documents.store import StoreUnavailable

PATIENCE_S = 2.0
_LARGE_LOG = 256 * 1024 * 1024


def look_at(path: Path) -> StoreFacts:
    """The file's state; raises StoreUnavailable where it cannot be read, or a writer does not get its turn within two seconds."""
    if not path.exists():
        return StoreFacts("SQLite", sqlite3.sqlite_version, there=False)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=PATIENCE_S, isolation_level=None)) as line:
            return _looked(line, path)
    except sqlite3.Error as error:
        raise StoreUnavailable(f"SQLite: {error}") from error


def _looked(line: sqlite3.Connection, path: Path) -> StoreFacts:
    began = time.perf_counter()
    line.execute("SELECT count(*) FROM sqlite_master").fetchone()
    read = time.perf_counter()
    line.execute("BEGIN IMMEDIATE")
    line.execute("ROLLBACK")
    turned = time.perf_counter()
    (mode,) = line.execute("PRAGMA journal_mode").fetchone()
    return StoreFacts(
        "SQLite",
        sqlite3.sqlite_version,
        round_trip_ms=round((read - began) * 1000, 2),
        turn_ms=round((turned - read) * 1000, 2),
        size=path.stat().st_size,
        notes=tuple(_notes(str(mode), path)),
    )


def _notes(mode: str, path: Path) -> list[str]:
    log = path.with_name(f"{path.name}-wal")
    large = log.exists() and log.stat().st_size > _LARGE_LOG
    notes = [] if mode == "wal" else [f"its journal is {mode} and not wal: readers and writers wait for each other"]
    return [*notes, f"its write-ahead log has {log.stat().st_size >> 20} MiB: some reader never ends"] if large else notes
