"""The tables of a collection's search index, and the triggers that note which rows have changed."""
# ruff: noqa: S608 - names come out of `schema.table`, which checks them, or are our own.

import sqlite3
from hashlib import sha256
from typing import NamedTuple

from backend.adapters.documents.store import Searched
from backend.adapters.sqlite.schema import table

FORM = "2"
"""Of the index: another one is built anew."""
_STATES = '"#searched"'


class Names(NamedTuple):
    """The quoted names of the tables of one index. No collection can have them: theirs are letters, digits and `_`."""

    documents: str
    terms: str
    changed: str
    values: dict[str, str]
    """By the field that answers may be sorted by."""

    @property
    def indexes(self) -> list[str]:
        return [self.terms, self.changed, *self.values.values()]


def names(collection: str, searched: Searched) -> Names:
    bare = table(collection)[1:-1]
    values = {field: f'"{bare}#sorted:{field}"' for field in searched.orders}
    return Names(f'"{bare}"', f'"{bare}#terms"', f'"{bare}#changed"', values)


def ensure(connection: sqlite3.Connection, collection: str, searched: Searched) -> None:
    """Create what is missing; an index of another declaration is thrown away. Inside a write transaction.

    That takes no time: of rows that are there already the index knows nothing yet.
    """
    connection.execute(f"CREATE TABLE IF NOT EXISTS {_STATES} (collection TEXT PRIMARY KEY, made_of TEXT, unknown INTEGER) WITHOUT ROWID")
    made_of = sha256(repr((FORM, searched)).encode()).hexdigest()
    found = connection.execute(f"SELECT made_of FROM {_STATES} WHERE collection = ?", (collection,)).fetchone()
    if found and found[0] == made_of:
        return
    given = names(collection, searched)
    _drop(connection, collection)
    for statement in _statements(given):
        connection.execute(statement)
    unknown = connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {given.documents}").fetchone()[0]
    connection.execute(f"INSERT OR REPLACE INTO {_STATES} VALUES (?, ?, ?)", (collection, made_of, unknown))


def unknown(connection: sqlite3.Connection, collection: str) -> int:
    """The number of the last row that was there before the index and that it does not know yet; 0 where it knows all."""
    found = connection.execute(f"SELECT unknown FROM {_STATES} WHERE collection = ?", (collection,)).fetchone()
    return int(found[0])


def set_unknown(connection: sqlite3.Connection, collection: str, number: int) -> None:
    connection.execute(f"UPDATE {_STATES} SET unknown = ? WHERE collection = ?", (number, collection))


def _statements(given: Names) -> list[str]:
    bare = given.documents[1:-1]
    noted = f"INSERT OR REPLACE INTO {given.changed} VALUES"
    statements = [
        f"CREATE TABLE {given.terms} (block INTEGER, name TEXT, value, bits BLOB, PRIMARY KEY (block, name, value)) WITHOUT ROWID",
        # A mark that never comes again tells a change from an earlier one.
        f"CREATE TABLE {given.changed} (number INTEGER PRIMARY KEY, mark INTEGER)",
        f'CREATE TRIGGER "{bare}#inserted" AFTER INSERT ON {given.documents} BEGIN {noted} (NEW.rowid, random()); END',
        f'CREATE TRIGGER "{bare}#updated" AFTER UPDATE OF body ON {given.documents} BEGIN {noted} (NEW.rowid, random()); END',
        f'CREATE TRIGGER "{bare}#deleted" AFTER DELETE ON {given.documents} BEGIN {noted} (OLD.rowid, random()); END',
    ]
    for values in given.values.values():
        statements += [
            f"CREATE TABLE {values} (number INTEGER PRIMARY KEY, value)",
            f'CREATE INDEX "{values[1:-1]}#index" ON {values} (value)',
        ]
    return statements


def _drop(connection: sqlite3.Connection, collection: str) -> None:
    bare = table(collection)[1:-1]
    for event in ("inserted", "updated", "deleted"):
        connection.execute(f'DROP TRIGGER IF EXISTS "{bare}#{event}"')
    own = (f"{bare}#terms", f"{bare}#changed", f"{bare}#sorted:%")
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND (name IN (?, ?) OR name LIKE ?)", own).fetchall()
    for (name,) in found:
        connection.execute(f'DROP TABLE "{name}"')
