"""Counts that triggers keep: how many documents there are per value of a field, always as exact as the documents."""
# ruff: noqa: S608 - names come out of `schema.table` and `sql.expression`, which check them.

import sqlite3

from backend.adapters.documents.ordering import label
from backend.adapters.documents.tagging import original
from backend.adapters.sqlite.schema import table
from backend.adapters.sqlite.sql import expression


def ensure(connection: sqlite3.Connection, collection: str, field: str) -> None:
    """Create the table of numbers with its triggers, and count what is there; inside a write transaction."""
    numbers_table = _numbers(collection, field)
    if connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (numbers_table.strip('"'),)).fetchone():
        return
    connection.execute(f"CREATE TABLE {numbers_table} (value PRIMARY KEY NOT NULL, number INTEGER NOT NULL)")
    present = f"SELECT {_value(field)}, count(*) FROM {table(collection)} GROUP BY 1"
    connection.execute(f"INSERT INTO {numbers_table} {present}")
    for statement in _triggers(collection, field):
        connection.execute(statement)


def numbers(connection: sqlite3.Connection, collection: str, field: str) -> dict[str, int]:
    """How many there are per value, as `DocumentStore.count_by` answers."""
    found = connection.execute(f"SELECT value, number FROM {_numbers(collection, field)} WHERE number > 0")
    return {label(original(value)): number for value, number in found}


def _triggers(collection: str, field: str) -> list[str]:
    documents, kept = table(collection), _numbers(collection, field)
    old, new = _value(field, "OLD."), _value(field, "NEW.")
    one_more = f"INSERT INTO {kept} VALUES ({new}, 1) ON CONFLICT (value) DO UPDATE SET number = number + 1"
    one_less = f"UPDATE {kept} SET number = number - 1 WHERE value = {old}"
    name = kept.strip('"')
    return [
        f'CREATE TRIGGER "{name}#insert" AFTER INSERT ON {documents} BEGIN {one_more}; END',
        f'CREATE TRIGGER "{name}#delete" AFTER DELETE ON {documents} BEGIN {one_less}; END',
        f'CREATE TRIGGER "{name}#update" AFTER UPDATE OF body ON {documents} WHEN {old} <> {new} BEGIN {one_less}; {one_more}; END',
    ]


def _value(field: str, row: str = "") -> str:
    # NULL equals nothing, not even in a unique index: it counts as the empty text, which `count_by` does not tell from it.
    return f"coalesce({expression(field).replace('body', f'{row}body', 1)}, '')"


def _numbers(collection: str, field: str) -> str:
    # No collection can have this name: theirs are letters, digits and `_`.
    return f'"{table(collection)[1:-1]}#{field}"'
