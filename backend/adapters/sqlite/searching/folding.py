"""Brings the bitmaps up to date: takes some rows that have changed, and writes under which terms they are found now."""
# ruff: noqa: S608 - names come out of `schema.names`; every value is bound.

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic_core import from_json

from backend.adapters.documents.store import Searched
from backend.adapters.documents.tagging import original
from backend.adapters.sqlite.searching.bits import SIZE, bit_of, block_of, packed, unpacked
from backend.adapters.sqlite.searching.schema import Names
from backend.adapters.sqlite.searching.terms import EVERY, Term, exact_terms, fields_of, is_number, loose_terms
from backend.adapters.sqlite.sql import json_path

CHUNK = 1_000
"""Rows that are folded at once: other writers wait a few hundredths of a second."""


class Changed(NamedTuple):
    """A row that has changed; `values` are the searched fields as a list in JSON, or None where the row is gone."""

    number: int
    mark: int
    values: str | None


@dataclass
class _Block:
    """What is to be written of one block."""

    touched: int = 0
    exact: defaultdict[Term, int] = field(default_factory=lambda: defaultdict(int))
    loose: defaultdict[Term, int] = field(default_factory=lambda: defaultdict(int))


Blocks = defaultdict[int, _Block]
Values = dict[str, list[tuple[int, Any]]]


class Fold(NamedTuple):
    """Some rows and what is to be written of them."""

    rows: list[Changed]
    blocks: Blocks
    values: Values


def changed(connection: sqlite3.Connection, names: Names) -> int:
    """How many rows have changed."""
    return int(connection.execute(f"SELECT count(*) FROM {names.changed}").fetchone()[0])


def prepare(connection: sqlite3.Connection, names: Names, searched: Searched) -> Fold:
    """The newest rows that have changed, and their terms; outside of any write transaction."""
    fields = fields_of(searched)
    # Of more than one path SQLite makes a list, which is all that has to be read here of a whole document.
    paths = ", ".join(f"'{json_path(field)}'" for field in ("id", "version", *fields))
    statement = (
        f"SELECT number, mark, json_extract(body, {paths})"
        f" FROM (SELECT number, mark FROM {names.changed} ORDER BY number DESC LIMIT {CHUNK})"
        f" LEFT JOIN {names.documents} AS documents ON documents.rowid = number"
    )
    rows = [Changed(*row) for row in connection.execute(statement)]
    blocks: Blocks = defaultdict(_Block)
    ordered: Values = {order: [] for order in searched.orders}
    for row in rows:
        block, bit = blocks[block_of(row.number)], bit_of(row.number)
        block.touched |= bit
        if row.values is None:
            continue
        values = dict(zip(fields, _read_list(row.values)[2:], strict=True))
        _add(block, bit, values, searched)
        for order, found in ordered.items():
            found.extend([(row.number, values[order])] if is_number(values[order]) else ())
    return Fold(rows, blocks, ordered)


def _read_list(values: str) -> list[Any]:
    read: list[Any] = original(from_json(values))
    return read


def _add(block: _Block, bit: int, values: Mapping[str, Any], searched: Searched) -> None:
    for term in exact_terms(values, searched):
        block.exact[term] |= bit
    for term in loose_terms(values, searched):
        block.loose[term] |= bit


def write(connection: sqlite3.Connection, names: Names, fold: Fold) -> None:
    """Put it in place, inside a write transaction. Nothing happens where another has folded one of the rows meanwhile: what was read
    here may be older. A row that has changed meanwhile stays noted as such."""
    if not _all_noted(connection, names, [row.number for row in fold.rows]):
        return
    for number, block in fold.blocks.items():
        _write_block(connection, names, number, block)
    for order, found in fold.values.items():
        connection.executemany(f"DELETE FROM {names.values[order]} WHERE number = ?", [(row.number,) for row in fold.rows])
        connection.executemany(f"INSERT INTO {names.values[order]} VALUES (?, ?)", found)
    connection.executemany(f"DELETE FROM {names.changed} WHERE number = ? AND mark = ?", [(row.number, row.mark) for row in fold.rows])


def note_unknown(connection: sqlite3.Connection, names: Names, last: int) -> int:
    """Note the rows of the last block that the index does not know as changed, inside a write transaction; the new last of them."""
    before = max(last - SIZE, 0)
    statement = f"INSERT OR IGNORE INTO {names.changed} SELECT rowid, random() FROM {names.documents} WHERE rowid > ? AND rowid <= ?"
    connection.execute(statement, (before, last))
    return before


def _all_noted(connection: sqlite3.Connection, names: Names, numbers: list[int]) -> bool:
    marks = ", ".join("?" * len(numbers))
    found = connection.execute(f"SELECT count(*) FROM {names.changed} WHERE number IN ({marks})", numbers).fetchone()[0]
    return bool(found == len(numbers))


def _write_block(connection: sqlite3.Connection, names: Names, number: int, block: _Block) -> None:
    every = connection.execute(f"SELECT bits FROM {names.terms} WHERE block = ? AND name = ? AND value = ?", (number, *EVERY)).fetchone()
    known = unpacked(every[0]) if every else 0
    if not known & ~block.touched and not block.exact[EVERY]:
        connection.execute(f"DELETE FROM {names.terms} WHERE block = ?", (number,))  # its last rows are gone
        return
    fresh = {term: (0, mask) for term, mask in _only(block)} if not known else dict(_merged(connection, names, number, block, known))
    gone = [(number, *term) for term, (_, after) in fresh.items() if not after]
    kept = [(number, *term, packed(after)) for term, (before, after) in fresh.items() if after and after != before]
    connection.executemany(f"DELETE FROM {names.terms} WHERE block = ? AND name = ? AND value = ?", gone)
    connection.executemany(f"INSERT OR REPLACE INTO {names.terms} VALUES (?, ?, ?, ?)", kept)


def _only(block: _Block) -> Iterator[tuple[Term, int]]:
    yield from ((term, mask) for term, mask in block.exact.items() if mask)
    yield from block.loose.items()


def _merged(connection: sqlite3.Connection, names: Names, number: int, block: _Block, known: int) -> Iterator[tuple[Term, tuple[int, int]]]:
    """Each term that may change, with its rows before and after."""
    wanted = set(block.exact) | set(block.loose)
    taken_back = known & block.touched
    for term, before in _kept(connection, names, number, wanted, also_exact=bool(taken_back)):
        wanted.discard(term)
        left = before & ~taken_back if _is_exact(term) else before
        yield term, (before, left | block.exact.get(term, 0) | block.loose.get(term, 0))
    yield from ((term, (0, mask)) for term, mask in _only(block) if term in wanted)


def _kept(connection: sqlite3.Connection, names: Names, number: int, wanted: set[Term], *, also_exact: bool) -> Iterable[tuple[Term, int]]:
    """The rows that are kept under these terms of the block and, where rows are to be taken back, under all exact ones."""
    if also_exact:
        statement = f"SELECT name, value, bits FROM {names.terms} WHERE block = ? AND name < '@'"
        found = {Term(name, value): bits for name, value, bits in connection.execute(statement, (number,))}
    else:
        found = {}
    statement = f"SELECT bits FROM {names.terms} WHERE block = ? AND name = ? AND value = ?"
    for term in wanted - found.keys():
        row = connection.execute(statement, (number, *term)).fetchone()
        if row:
            found[term] = row[0]
    return [(term, unpacked(bits)) for term, bits in found.items()]


def _is_exact(term: Term) -> bool:
    return term.name < "@"
