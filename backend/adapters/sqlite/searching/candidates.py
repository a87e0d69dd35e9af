"""Which rows may be asked for, and which are for certain, by the bitmaps alone."""
# ruff: noqa: S608 - names come out of `schema.names`; every value is bound.

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from backend.adapters.documents.searching import folded
from backend.adapters.documents.store import Searched
from backend.adapters.documents.tagging import TAG, plain
from backend.adapters.documents.values import checked
from backend.adapters.sqlite.searching.bits import FULL, Bits, block_of, count, marked, unpacked
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
FEW_LEFT = 100
_LAST = TAG * 2
_LOWEST, _HIGHEST = -(2**40), 2**40


class Bounds(NamedTuple):
    """No row is asked for that is not in `may`; each in `must` is."""

    may: Bits
    must: Bits


class Candidates:
    """Reads the bitmaps of some blocks; inside one snapshot. `noted` are the rows that have changed since they were indexed."""

    def __init__(self, connection: sqlite3.Connection, names: Names, searched: Searched) -> None:
        self._connection = connection
        self._names = names
        self._searched = searched
        self.noted = marked(connection.execute(f"SELECT number FROM {names.changed}"))

    def of(self, wanted: Matching, unknown_up_to: int, blocks: Sequence[int]) -> Bounds:
        """Rows that have changed since, or that the index does not know yet, may always be asked for."""
        may, must = map(dict, self._bounds(wanted, self._all_rows(EVERY, blocks)))
        for block in blocks:
            noted = self.noted.get(block, 0)
            if block <= block_of(unknown_up_to) and unknown_up_to:
                noted = FULL
            if noted:
                may[block] = may.get(block, 0) | noted
                must[block] = must.get(block, 0) & ~noted
        return Bounds(may, must)

    def _bounds(self, wanted: Matching, within: Bits) -> Bounds:
        """Of the rows that it still is about, so that what is asked later reads only where something is left."""
        match wanted:
            case Every(parts):
                found = self._every(parts, within)
            case Either(parts):
                each = [self._bounds(part, within) for part in parts]
                found = Bounds(_any(one.may for one in each), _any(one.must for one in each))
            case Without(part):
                inner = self._bounds(part, within)
                found = Bounds(_less(within, inner.must), _less(within, inner.may))
            case Equals(field, values):
                found = self._equal(field, values, within)
            case Begins(field, text):
                found = self._begins(field, text, within)
            case Says(field, text):
                found = Bounds(self._says(field, text, within), {})
            case Between():
                found = self._between(wanted, within)
        return found

    def _every(self, parts: Iterable[Matching], within: Bits) -> Bounds:
        """The cheap parts first: what they leave over is all that the others have to read."""
        may = must = within
        for part in sorted(parts, key=_effort):
            one = self._bounds(part, may)
            may, must = one.may, _both(must, one.must)
        return Bounds(may, must)

    def _equal(self, field: str, values: Sequence[Any], within: Bits) -> Bounds:
        if field == "id":
            return self._certain([self._by_id("id = ?", (plain(value),)) for value in values if isinstance(value, str)], within)
        kept = [checked(value, field) for value in values]
        if field in self._searched.facets:
            rows = _any(self._rows(facet(field, value), within) for value in kept)
            return Bounds(rows, {} if any(_is_cut(value) for value in kept) else rows)
        if field in self._searched.keys:
            return Bounds(self._rows_of_any(key_name(field), [key(field, value).value for value in kept], within), {})
        return Bounds(within, {})

    def _begins(self, field: str, text: str, within: Bits) -> Bounds:
        if field == "id":
            rows = self._by_id("id >= ? AND id < ?", (plain(text), plain(text) + _LAST))
            return Bounds(within, {}) if rows is None else self._certain([rows], within)
        if field in self._searched.keys:
            begun = text[:LONGEST_KEY]
            return Bounds(self._rows_between(key_name(field), begun, begun + _LAST, within), {})
        return Bounds(within, {})

    def _says(self, field: str, text: str, within: Bits) -> Bits:
        letters = folded(text)
        if field not in self._searched.texts or len(letters) < GRAM - 1:
            return within
        name = text_name(field)
        if len(letters) < GRAM:
            return self._rows_between(name, letters, letters + _LAST, within)
        for gram in self._rarest_first(name, word_grams(text), within):
            within = self._rows(Term(name, gram), within)
            if count(within) <= FEW_LEFT:
                break  # to look at them is quicker
        return within

    def _rarest_first(self, name: str, grams: list[str], within: Bits) -> list[str]:
        """As far as one block tells: what a rare one leaves over is little for the others to read."""
        if not within or len(grams) == 1:
            return grams
        sample = max(within)
        statement = f"SELECT value, bits FROM {self._names.terms} WHERE block = ? AND name = ? AND value IN ({_marks(grams)})"
        found = dict(self._connection.execute(statement, (sample, name, *grams)))
        return sorted(grams, key=lambda gram: (unpacked(found[gram]) & within[sample]).bit_count() if gram in found else 0)

    def _between(self, wanted: Between, within: Bits) -> Bounds:
        lows = [_interval(wanted.field, bound) for bound in (wanted.gte, wanted.gt) if bound is not None]
        highs = [_interval(wanted.field, bound) for bound in (wanted.lte, wanted.lt) if bound is not None]
        given = [interval for interval in (*lows, *highs) if interval is not None]
        names = {interval.name for interval in given}
        if wanted.field not in self._searched.ranges or len(names) != 1 or len(given) < len(lows) + len(highs):
            return Bounds(within, {})
        low = max((each.step for each in lows if each), default=None)
        high = min((each.step for each in highs if each), default=None)
        may = self._steps(given[0], low, high, within)
        inner = self._steps(given[0], low if low is None else low + 1, high if high is None else high - 1, within)
        return Bounds(may, inner)

    def _steps(self, like: Interval, low: int | None, high: int | None, within: Bits) -> Bits:
        """What lies from one step to another: whole coarse intervals and, at both ends, single steps."""
        first = _LOWEST if low is None else -(-low // like.of)
        last = _HIGHEST if high is None else (high + 1) // like.of - 1
        fine, coarse = like.fine.name, like.coarse.name
        if last < first:
            return self._rows_between(fine, _LOWEST if low is None else low, _HIGHEST if high is None else high, within)
        parts = [self._rows_between(coarse, first, last, within)]
        if low is not None and low < first * like.of:
            parts.append(self._rows_between(fine, low, first * like.of - 1, within))
        if high is not None and high >= (last + 1) * like.of:
            parts.append(self._rows_between(fine, (last + 1) * like.of, high, within))
        return _any(parts)

    def _by_id(self, condition: str, values: Sequence[Any]) -> Bits | None:
        statement = f"SELECT rowid FROM {self._names.documents} WHERE {condition} LIMIT {MOST_BEGINNINGS + 1}"
        found = self._connection.execute(statement, values).fetchall()
        return marked(iter(found)) if len(found) <= MOST_BEGINNINGS else None

    def _certain(self, rows: Iterable[Bits | None], within: Bits) -> Bounds:
        here = _both(_any(rows), within)
        return Bounds(here, here)

    def _rows(self, term: Term, within: Bits) -> Bits:
        return _both(self._all_rows(term, list(within)), within)

    def _rows_of_any(self, name: str, values: Collection[Any], within: Bits) -> Bits:
        condition = f"block IN ({_marks(within)}) AND name = ? AND value IN ({_marks(values)})"
        return self._joined(f"SELECT block, bits FROM {self._names.terms} WHERE {condition}", (*within, name, *values), within)

    def _all_rows(self, term: Term, blocks: Sequence[int]) -> Bits:
        statement = f"SELECT block, bits FROM {self._names.terms} WHERE block IN ({_marks(blocks)}) AND name = ? AND value = ?"
        return {block: unpacked(bits) for block, bits in self._connection.execute(statement, (*blocks, *term))}

    def _rows_between(self, name: str, low: Any, high: Any, within: Bits) -> Bits:
        condition = f"block IN ({_marks(within)}) AND name = ? AND value BETWEEN ? AND ?"
        return self._joined(f"SELECT block, bits FROM {self._names.terms} WHERE {condition}", (*within, name, low, high), within)

    def _joined(self, statement: str, values: Sequence[Any], within: Bits) -> Bits:
        """All rows that it finds together."""
        bits: Bits = {}
        for block, kept in self._connection.execute(statement, values):
            bits[block] = bits.get(block, 0) | unpacked(kept)
        return _both(bits, within)


def _interval(field: str, bound: Any) -> Interval | None:
    return interval_of(field, checked(bound, field))


def _is_cut(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= LONGEST_KEY


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))


def _both(one: Bits, other: Bits) -> Bits:
    joined = {block: mask & other[block] for block, mask in one.items() if block in other}
    return {block: mask for block, mask in joined.items() if mask}


def _less(rows: Bits, others: Bits) -> Bits:
    left = {block: mask & ~others.get(block, 0) for block, mask in rows.items()}
    return {block: mask for block, mask in left.items() if mask}


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
