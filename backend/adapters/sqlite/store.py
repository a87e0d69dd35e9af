"""The embedded document store: one SQLite file, many processes, every acknowledged write on the disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.adapters.documents import cursors
from backend.adapters.documents.conditions import checked_sort, checked_where
from backend.adapters.documents.ordering import label
from backend.adapters.documents.paths import checked_fields
from backend.adapters.documents.store import Collection, Document, FieldChange, Found, Replacement, Sort, Tally, VersionConflict, Where
from backend.adapters.documents.tagging import original
from backend.adapters.documents.tallies import checked_tallies
from backend.adapters.documents.values import checked_document, checked_ids
from backend.adapters.sqlite import counting, rows
from backend.adapters.sqlite.connections import Connections
from backend.adapters.sqlite.schema import create_indexes, create_table, table
from backend.adapters.sqlite.searching.indexes import SearchIndexes
from backend.adapters.sqlite.sql import Sql, both, condition, expression, order_by, stretches
from backend.matching import Matching

PATIENCE = 5.0
"""Seconds that a write waits for its turn; fifty processes that write without pause wait for about one.

A third of a lease: who writes learns well before it ends that the store is away, and a request is answered while somebody waits for it.
"""
ENSURE_PATIENCE = 30.0
"""Seconds that a start waits, perhaps for another process that builds the indexes of a new version over all there is."""
CHUNK = 1_000
"""Documents that are inserted in one turn: other writers wait a twentieth of a second at most, and the disk a thousandth as often."""


class SqliteStore:
    """The document port over one SQLite file, which is made on first use."""

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self._connections = Connections(path, patience)
        self._known: set[str] = set()
        self._counted: set[tuple[str, str]] = set()
        self._indexes = SearchIndexes(self._connections)

    def ensure(self, *collections: Collection) -> None:
        with self._connections.writing(at_least_s=ENSURE_PATIENCE) as connection:
            for collection in collections:
                for statement in (create_table(collection.name), *create_indexes(collection)):
                    rows.execute(connection, collection.name, Sql(statement))
                for field in collection.counted:
                    counting.ensure(connection, collection.name, field)
                    self._counted.add((collection.name, field))
                self._indexes.ensure(connection, collection)
        self._known.update(collection.name for collection in collections)

    def insert(self, collection: str, document: Document) -> None:
        row = {"version": 1, **checked_document(document)}
        name = self._table(collection)
        with self._connections.writing() as connection:
            rows.insert(connection, name, row)

    def insert_many(self, collection: str, documents: Sequence[Document]) -> list[str]:
        fresh = [rows.row_of(document, document.get("version", 1)) for document in documents]
        name = self._table(collection)
        written: list[str] = []
        for first in range(0, len(fresh), CHUNK):
            with self._connections.writing() as connection:
                inserted = rows.insert_new(connection, name, fresh[first : first + CHUNK])
            written += [original(row.id) for row in inserted]
        return written

    def get(self, collection: str, id: str) -> Document | None:
        found = self.find(collection, {"id": id}, limit=1)
        return found[0] if found else None

    def find(
        self,
        collection: str,
        where: Where | None = None,
        *,
        sort: Sort | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Document]:
        name, wanted, order = self._table(collection), _wanted(where), checked_sort(sort)
        place = cursors.decode(after, order) if after else None
        found: list[Document] = []
        with self._connections.reading() as connection:
            for part in stretches(place, order):
                missing = max(limit, 0) - len(found)
                found += rows.select(connection, name, both((wanted, part.where)), part.order_by, missing)
        return found

    def search(
        self, collection: str, wanted: Matching, *, sort: Sort, after: str | None = None, limit: int = 50, patience_s: float = 0.1
    ) -> Found:
        return self._indexes.search(collection, wanted, sort=sort, after=after, limit=limit, patience_s=patience_s)

    def catch_up(self, patience_s: float) -> int:
        return self._indexes.catch_up(patience_s)

    def cursor(self, document: Document, sort: Sort | None = None) -> str:
        return cursors.encode(document, checked_sort(sort))

    def count(self, collection: str, where: Where | None = None) -> int:
        name = self._table(collection)
        with self._connections.reading() as connection:
            return rows.count(connection, name, _wanted(where))

    def count_by(self, collection: str, by: str, where: Where | None = None) -> dict[str, int]:
        name, wanted = self._table(collection), _wanted(where)
        with self._connections.reading() as connection:
            if not where and (collection, by) in self._counted:
                return counting.numbers(connection, collection, by)
            return {label(value): count for value, count in rows.count_by(connection, name, expression(by), wanted)}

    def replace(self, collection: str, document: Document, expected_version: int) -> Document:
        row = {**checked_document(document), "version": expected_version + 1}
        name = self._table(collection)
        with self._connections.writing() as connection:
            if not rows.update(connection, name, row, expected_version):
                raise VersionConflict(f"{collection}: the document is not at version {expected_version} any more")
        return row

    def replace_many(self, collection: str, replacements: Sequence[Replacement]) -> list[str]:
        checked_ids(document["id"] for document, _ in replacements)
        fresh = [rows.row_of(document, version + 1) for document, version in replacements]
        name = self._table(collection)
        with self._connections.writing() as connection:
            return [original(row.id) for row in rows.update_free(connection, name, fresh)]

    def set_fields(self, collection: str, id: str, fields: Mapping[str, Any], where: Where | None = None) -> Document | None:
        wanted = both((_wanted({"id": id}), _wanted(where)))
        change = rows.setting(checked_fields(fields))
        name = self._table(collection)
        with self._connections.writing() as connection:
            return rows.change_first(connection, name, wanted, change)

    def set_fields_many(self, collection: str, changes: Sequence[FieldChange]) -> list[str]:
        checked_ids(change.id for change in changes)
        wanted = [both((_wanted({"id": change.id}), _wanted(change.where))) for change in changes]
        settings = [rows.setting(checked_fields(change.fields)) for change in changes]
        name = self._table(collection)
        with self._connections.writing() as connection:
            each = zip(changes, wanted, settings, strict=True)
            return [change.id for change, one, setting in each if rows.change_free(connection, name, one, setting)]

    def increment(self, collection: str, id: str, amounts: Mapping[str, int], *, create: bool = False) -> Document:
        change = rows.adding(checked_fields(amounts))
        fresh = {**checked_document({"id": id}), "version": 1}
        name = self._table(collection)
        with self._connections.writing() as connection:
            if create:
                return rows.change_or_make(connection, name, _wanted({"id": id}), change, fresh)
            row = rows.change_first(connection, name, _wanted({"id": id}), change)
            if row is None:
                raise VersionConflict(f"{collection}: there is no such document to count in")
            return row

    def tally(self, collection: str, tallies: Sequence[Tally]) -> None:
        changes = [(_wanted({"id": fresh["id"]}), rows.tallying(add, least), fresh) for fresh, add, least in checked_tallies(tallies)]
        name = self._table(collection)
        with self._connections.writing() as connection:
            for wanted, change, fresh in changes:
                rows.change_or_make(connection, name, wanted, change, fresh)

    def claim(self, collection: str, where: Where, fields: Mapping[str, Any], *, sort: Sort | None = None) -> Document | None:
        wanted, order, change = _wanted(where), order_by(checked_sort(sort)), rows.setting(checked_fields(fields))
        name = self._table(collection)
        with self._connections.writing() as connection:
            return rows.change_first(connection, name, wanted, change, order)

    def delete(self, collection: str, id: str) -> bool:
        return self.delete_many(collection, {"id": id}, limit=1) == 1

    def delete_many(self, collection: str, where: Where, limit: int = 1000) -> int:
        name, wanted = self._table(collection), _wanted(where)
        with self._connections.writing() as connection:
            return rows.delete(connection, name, wanted, max(limit, 0))

    def ping(self) -> None:
        with self._connections.reading() as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def close(self) -> None:
        self._connections.close()

    def _table(self, collection: str) -> str:
        name = table(collection)
        if collection not in self._known:
            with self._connections.reading() as connection:
                connection.execute(create_table(collection))
            self._known.add(collection)
        return name


def _wanted(where: Where | None) -> Sql:
    return condition(checked_where(where))
