"""Reading and changing rows of one table; a row is a document as JSON beside its id and version."""
# ruff: noqa: S608 - names come out of `schema.table` and `sql.expression`, which check them; every value is bound.

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from msgspec import json

from backend.adapters.documents.paths import add, assign, raise_to
from backend.adapters.documents.store import Document, DuplicateKey
from backend.adapters.documents.tagging import TAG, original, plain, plain_document
from backend.adapters.sqlite.sql import Sql

Change = Callable[[Document], None]
"""Alters a document in place."""


class Row(NamedTuple):
    """What is written of a document that was never read."""

    id: str
    version: int
    body: str


def row_of(document: Mapping[str, Any], version: int) -> Row:
    """Checks the document, as `checked_document` does, and makes a row of it; before its turn to write comes."""
    tagged = plain_document({**document, "version": version})
    return Row(tagged["id"], version, _json(tagged))


def select(connection: sqlite3.Connection, table: str, wanted: Sql, order_by: str, limit: int) -> list[Document]:
    statement = f"SELECT body FROM {table} WHERE {wanted.text} ORDER BY {order_by} LIMIT ?"
    return [read_body(body) for (body,) in connection.execute(statement, (*wanted.parameters, limit))]


def count(connection: sqlite3.Connection, table: str, wanted: Sql) -> int:
    found = connection.execute(f"SELECT count(*) FROM {table} WHERE {wanted.text}", wanted.parameters)
    return int(found.fetchone()[0])


def count_by(connection: sqlite3.Connection, table: str, field: str, wanted: Sql) -> list[tuple[Any, int]]:
    statement = f"SELECT {field}, count(*) FROM {table} WHERE {wanted.text} GROUP BY 1"
    return [(original(value), count) for value, count in connection.execute(statement, wanted.parameters)]


def insert(connection: sqlite3.Connection, table: str, row: Document) -> None:
    """Raises DuplicateKey."""
    values = (plain(row["id"]), row["version"], _written(row))
    execute(connection, table, Sql(f"INSERT INTO {table} (id, version, body) VALUES (?, ?, ?)", values))


def insert_new(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> list[Row]:
    """Insert each unless its id, or a value of a unique index, is there; those that were inserted."""
    statement = f"INSERT INTO {table} (id, version, body) VALUES (?, ?, ?)"
    return [row for row in rows if _is_free(connection, statement, row)]


def update(connection: sqlite3.Connection, table: str, row: Document, expected_version: int) -> bool:
    """Put the row in place of the one with its id, if that is still at the version. Raises DuplicateKey."""
    values = (row["version"], _written(row), plain(row["id"]), expected_version)
    changed = execute(connection, table, Sql(f"UPDATE {table} SET version = ?, body = ? WHERE id = ? AND version = ?", values))
    return changed == 1


def update_free(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> list[Row]:
    """Put each in place of the one with its id, if that is one version lower and no unique value is taken; those that were put."""
    statement = f"UPDATE {table} SET version = ?, body = ? WHERE id = ? AND version = ?"
    return [row for row in rows if _is_free(connection, statement, (row.version, row.body, row.id, row.version - 1))]


def _is_free(connection: sqlite3.Connection, statement: str, values: tuple[Any, ...]) -> bool:
    """Whether the statement wrote its row. Not by `OR IGNORE`, which SQLite applies inside of triggers, too: they would not note it."""
    try:
        return connection.execute(statement, values).rowcount == 1
    except sqlite3.IntegrityError:
        return False


def change_free(connection: sqlite3.Connection, table: str, wanted: Sql, change: Change) -> bool:
    """As `change_first`; says False where nothing matches, or a value of a unique index is taken."""
    try:
        return change_first(connection, table, wanted, change) is not None
    except DuplicateKey:
        return False


def change_first(connection: sqlite3.Connection, table: str, wanted: Sql, change: Change, order_by: str = "id") -> Document | None:
    """Alter the first row that matches; inside a write transaction, so that nobody comes between. Raises DuplicateKey."""
    found = select(connection, table, wanted, order_by, limit=1)
    if not found:
        return None
    row = found[0]
    change(row)
    row["version"] += 1
    update(connection, table, row, row["version"] - 1)
    return row


def delete(connection: sqlite3.Connection, table: str, wanted: Sql, limit: int) -> int:
    doomed = f"SELECT rowid FROM {table} WHERE {wanted.text} LIMIT ?"
    return execute(connection, table, Sql(f"DELETE FROM {table} WHERE rowid IN ({doomed})", (*wanted.parameters, limit)))


def execute(connection: sqlite3.Connection, table: str, statement: Sql) -> int:
    """Run it and return how many rows it touched. Raises DuplicateKey."""
    try:
        return connection.execute(*statement).rowcount
    except sqlite3.IntegrityError as error:
        raise DuplicateKey(f"{table}: a document with this id, or the same values of a unique index, is there") from error


def setting(fields: Mapping[str, Any]) -> Change:
    def change(row: Document) -> None:
        for path, value in fields.items():
            assign(row, path, value)

    return change


def adding(amounts: Mapping[str, int]) -> Change:
    def change(row: Document) -> None:
        for path, amount in amounts.items():
            add(row, path, amount)

    return change


def tallying(amounts: Mapping[str, int], at_least: Mapping[str, int]) -> Change:
    def change(row: Document) -> None:
        for path, amount in amounts.items():
            add(row, path, amount)
        for path, least in at_least.items():
            raise_to(row, path, least)

    return change


def change_or_make(connection: sqlite3.Connection, table: str, wanted: Sql, change: Change, fresh: Document) -> Document:
    """Alter the row that is wanted, or `fresh`, which is at version 1, where there is none; inside a write transaction."""
    row = change_first(connection, table, wanted, change)
    if row is not None:
        return row
    change(fresh)
    insert(connection, table, fresh)
    return fresh


def _written(row: Document) -> str:
    return _json(plain(row))


def _json(tagged: Document) -> str:
    # msgspec's JSON takes a quarter of the time of the standard library's; what it writes in its own way, such as times, is tagged already.
    return json.encode(tagged).decode()


def read_body(body: str) -> Document:
    document: Document = json.decode(body)
    return original(document) if TAG in body else document
