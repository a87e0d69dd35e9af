"""The search indexes of one database: made where they are missing, asked, and brought up to date."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from backend.adapters.documents.searching import checked_matching, checked_order
from backend.adapters.documents.store import Collection, Found, Searched, Sort, StoreUnavailable
from backend.adapters.sqlite.connections import Connections
from backend.adapters.sqlite.searching import folding, schema
from backend.adapters.sqlite.searching.finding import Finding, Request
from backend.adapters.sqlite.searching.schema import Names
from backend.matching import Matching

MANY = 3_000
"""Changed rows that a search would have to look at one by one, beyond which it folds some first."""


class SearchIndexes:
    """By collection. Raises ValueError for one that was never ensured as searched."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._searched: dict[str, Searched] = {}

    def ensure(self, connection: sqlite3.Connection, collection: Collection) -> None:
        """Inside a write transaction."""
        if collection.searched is not None:
            schema.ensure(connection, collection.name, collection.searched)
            self._searched[collection.name] = collection.searched

    def search(self, collection: str, wanted: Matching, *, sort: Sort, after: str | None, limit: int, patience_s: float) -> Found:
        searched, names = self._of(collection)
        request = Request(checked_matching(wanted), checked_order(searched, sort), after, max(limit, 1), time.monotonic() + patience_s)
        with suppress(StoreUnavailable):  # others write very long: a search can do without
            self._fold(collection, beyond=MANY, until=request.until)
        with self._connections.reading() as connection, _snapshot(connection):
            return Finding(connection, names, searched, request, schema.unknown(connection, collection)).found()

    def catch_up(self, patience_s: float) -> int:
        until = time.monotonic() + patience_s
        return sum(self._caught_up(collection, until) for collection in list(self._searched))

    def _caught_up(self, collection: str, until: float) -> int:
        _, names = self._of(collection)
        while True:
            self._fold(collection, beyond=0, until=until)
            with self._connections.reading() as connection:
                unknown = schema.unknown(connection, collection)
                changed = folding.changed(connection, names)
            if not unknown or time.monotonic() > until:
                return unknown + changed
            with self._connections.writing() as connection:
                last = schema.unknown(connection, collection)
                schema.set_unknown(connection, collection, folding.note_unknown(connection, names, last))

    def _fold(self, collection: str, *, beyond: int, until: float) -> None:
        """Chunk by chunk while more rows than that have changed and there is time."""
        searched, names = self._of(collection)
        while True:
            with self._connections.reading() as connection:
                if folding.changed(connection, names) <= beyond:
                    return
                prepared = folding.prepare(connection, names, searched)
            with self._connections.writing() as connection:
                folding.write(connection, names, prepared)
            if time.monotonic() > until:
                return

    def _of(self, collection: str) -> tuple[Searched, Names]:
        searched = self._searched.get(collection)
        if searched is None:
            raise ValueError(f"{collection} is not searched: declare what is searched of it, and ensure it")
        return searched, schema.names(collection, searched)


@contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read inside is of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")
