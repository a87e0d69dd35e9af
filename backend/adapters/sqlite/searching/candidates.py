"""Which rows may be asked for, and which are for certain, by the bitmaps alone."""
# ruff: noqa: S608 - names come out of `schema.names`; every value is bound.

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from backend.adapters.documents.store import Searched
from backend.adapters.documents.tagging import TAG, plain
from backend.adapters.documents.values import checked
from backend.adapters.sqlite.searching.bits import FULL, Bits, block_of, marked, unpacked
from backend.adapters.sqlite.searching.schema import Names
from backend.adapters.sqlite.searching.terms import (
    EVERY,
    GRAM,
    LONGEST_KEY,
    Interval,
    Term,
    facet,
    interval_of,
    key,
    key_name,
    text_name,
    word_grams,
)
from backend.matching import Begins, Between, Either, Equals, Every, Matching, Says, Without

MOST_BEGINNINGS = 20_000
"""Rows with such a beginning, beyond which it is too short to be of use."""
_LAST = TAG * 2
_LOWEST, _HIGHEST = -(2**40), 2**40


class Bounds(NamedTuple):
    """No row is asked for that is not in `may`; each in `must` is."""

    may: Bits
    must: Bits


class Candidates:
    """Reads the bitmaps of some blocks; inside one snapshot."""

    def __init__(self, connection: sqlite3.Connection, names: Names, searched: Searched, blocks: Sequence[int]) -> None:
        self._connection = connection
        self._names = names
        self._searched = searched
        self._known = self._rows(EVERY, blocks)
        self.noted = marked(connection.execute(f"SELECT number FROM {names.changed}"))

    def of(self, wanted: Matching, unknown_up_to: int, blocks: Sequence[int]) -> Bounds:
        """Rows that have changed since, or that the index does not know yet, may always be asked for."""
        may, must = map(dict, self._bounds(wanted, list(self._known)))
        for block in blocks:
            noted = self.noted.get(block, 0)
            if block <= block_of(unknown_up_to) and unknown_up_to:
                noted = FULL
            if noted:
                may[block] = may.get(block, 0) | noted
                must[block] = must.get(block, 0) & ~noted
        return Bounds(may, must)

    def _bounds(self, wanted: Matching, blocks: Sequence[int]) -> Bounds:
        match wanted:
            case Every(parts):
                found = self._every(parts, blocks)
            case Either(parts):
                each = [self._bounds(part, blocks) for part in parts]
                found = Bounds(_any(one.may for one in each), _any(one.must for one in each))
            case Without(part):
                inner = self._bounds(part, blocks)
                found = Bounds(self._others(inner.must, blocks), self._others(inner.may, blocks))
            case Equals(field, values):
                found = self._equal(field, values, blocks)
            case Begins(field, text):
                found = self._begins(field, text, blocks)
            case Says(field, text):
                found = self._says(field, text, blocks)
            case Between():
                found = self._between(wanted, blocks)
        return found

    def _every(self, parts: Iterable[Matching], blocks: Sequence[int]) -> Bounds:
        """The cheap parts first: what they leave over of the blocks is all that the others have to read."""
        may = must = self._of_blocks(blocks)
        for part in sorted(parts, key=_effort):
            left = [block for block in blocks if may.get(block)]
            one = self._bounds(part, left)
            may, must = _both(may, one.may), _both(must, one.must)
        return Bounds(may, must)

    def _equal(self, field: str, values: Sequence[Any], blocks: Sequence[int]) -> Bounds:
        if field == "id":
            return self._certain(_any(self._by_id("id = ?", (plain(value),)) for value in values if isinstance(value, str)), blocks)
        kept = [checked(value, field) for value in values]
        if field in self._searched.facets:
            rows = _any(self._rows(facet(field, value), blocks) for value in kept)
            return Bounds(rows, {} if any(_is_cut(value) for value in kept) else rows)
        if field in self._searched.keys:
            return Bounds(_any(self._rows(key(field, value), blocks) for value in kept), {})
        return self._unknown(blocks)

    def _begins(self, field: str, text: str, blocks: Sequence[int]) -> Bounds:
        if field == "id":
            rows = self._by_id("id >= ? AND id < ?", (plain(text), plain(text) + _LAST))
            return self._unknown(blocks) if rows is None else self._certain(rows, blocks)
        if field in self._searched.keys:
            begun = text[:LONGEST_KEY]
            return Bounds(self._rows_between(key_name(field), begun, begun + _LAST, blocks), {})
        return self._unknown(blocks)

    def _says(self, field: str, text: str, blocks: Sequence[int]) -> Bounds:
        if field not in self._searched.texts or len(text) < GRAM - 1:
            return self._unknown(blocks)
        name, left = text_name(field), list(blocks)
        if len(text) < GRAM:
            [short] = {text.lower()}
            return Bounds(self._rows_between(name, short, short + _LAST, left), {})
        may = self._of_blocks(left)
        for gram in word_grams(text):
            may = _both(may, self._rows(Term(name, gram), left))
            left = list(may)
        return Bounds(may, {})

    def _between(self, wanted: Between, blocks: Sequence[int]) -> Bounds:
        lows = [_interval(wanted.field, bound) for bound in (wanted.gte, wanted.gt) if bound is not None]
        highs = [_interval(wanted.field, bound) for bound in (wanted.lte, wanted.lt) if bound is not None]
        given = [interval for interval in (*lows, *highs) if interval is not None]
        names = {interval.name for interval in given}
        if wanted.field not in self._searched.ranges or len(names) != 1 or len(given) < len(lows) + len(highs):
            return self._unknown(blocks)
        low = max((each.step for each in lows if each), default=None)
        high = min((each.step for each in highs if each), default=None)
        may = self._steps(given[0], low, high, blocks)
        inner = self._steps(given[0], low if low is None else low + 1, high if high is None else high - 1, blocks)
        return Bounds(may, inner)

    def _steps(self, like: Interval, low: int | None, high: int | None, blocks: Sequence[int]) -> Bits:
        """What lies from one step to another: whole coarse intervals and, at both ends, single steps."""
        first = _LOWEST if low is None else -(-low // like.of)
        last = _HIGHEST if high is None else (high + 1) // like.of - 1
        fine, coarse = like.fine.name, like.coarse.name
        if last < first:
            return self._rows_between(fine, _LOWEST if low is None else low, _HIGHEST if high is None else high, blocks)
        parts = [self._rows_between(coarse, first, last, blocks)]
        if low is not None and low < first * like.of:
            parts.append(self._rows_between(fine, low, first * like.of - 1, blocks))
        if high is not None and high >= (last + 1) * like.of:
            parts.append(self._rows_between(fine, (last + 1) * like.of, high, blocks))
        return _any(parts)

    def _by_id(self, condition: str, values: Sequence[Any]) -> Bits | None:
        statement = f"SELECT rowid FROM {self._names.documents} WHERE {condition} LIMIT {MOST_BEGINNINGS + 1}"
        found = self._connection.execute(statement, values).fetchall()
        return marked(iter(found)) if len(found) <= MOST_BEGINNINGS else None

    def _certain(self, rows: Bits | None, blocks: Sequence[int]) -> Bounds:
        here = _both(rows or {}, self._of_blocks(blocks))
        return Bounds(here, here)

    def _unknown(self, blocks: Sequence[int]) -> Bounds:
        return Bounds(self._of_blocks(blocks), {})

    def _of_blocks(self, blocks: Iterable[int]) -> Bits:
        return {block: self._known[block] for block in blocks}

    def _others(self, rows: Bits, blocks: Iterable[int]) -> Bits:
        left = {block: self._known[block] & ~rows.get(block, 0) for block in blocks}
        return {block: mask for block, mask in left.items() if mask}

    def _rows(self, term: Term, blocks: Sequence[int]) -> Bits:
        statement = f"SELECT block, bits FROM {self._names.terms} WHERE block IN ({_marks(blocks)}) AND name = ? AND value = ?"
        return {block: unpacked(bits) for block, bits in self._connection.execute(statement, (*blocks, *term))}

    def _rows_between(self, name: str, low: Any, high: Any, blocks: Sequence[int]) -> Bits:
        statement = f"SELECT block, bits FROM {self._names.terms} WHERE block IN ({_marks(blocks)}) AND name = ? AND value BETWEEN ? AND ?"
        bits: Bits = {}
        for block, kept in self._connection.execute(statement, (*blocks, name, low, high)):
            bits[block] = bits.get(block, 0) | unpacked(kept)
        return bits


def _interval(field: str, bound: Any) -> Interval | None:
    return interval_of(field, checked(bound, field))


def _is_cut(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= LONGEST_KEY


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _both(one: Bits, other: Bits) -> Bits:
    joined = {block: mask & other[block] for block, mask in one.items() if block in other}
    return {block: mask for block, mask in joined.items() if mask}


def _any(sets: Iterable[Bits | None]) -> Bits:
    union: Bits = {}
    for bits in sets:
        for block, mask in (bits or {}).items():
            union[block] = union.get(block, 0) | mask
    return union


def _effort(wanted: Matching) -> int:
    match wanted:
        case Equals():
            return 0
        case Begins() | Between():
            return 1
        case Says():
            return 3
        case _:
            return 2
