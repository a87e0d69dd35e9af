"""Answers one search: candidates out of the bitmaps, read and looked at until the page is full or the time is over."""
# ruff: noqa: S608 - names come out of `schema.names`; every value is bound.

import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from backend.adapters.documents import cursors
from backend.adapters.documents.paths import lookup
from backend.adapters.documents.searching import holds, leaves
from backend.adapters.documents.store import Document, Found, Searched, Sort
from backend.adapters.sqlite.rows import read_body
from backend.adapters.sqlite.searching.bits import Bits, bit_of, block_of, count, first_of, numbers
from backend.adapters.sqlite.searching.candidates import Bounds, Candidates
from backend.adapters.sqlite.searching.schema import Names
from backend.adapters.sqlite.searching.terms import is_number
from backend.matching import Matching, Says

READ_AT_ONCE = 64
FEW = 2_000
"""Candidates that are sorted rather than looked for in the order of all."""
WALKED_AT_ONCE = 2_000
FIRST_PARTS = (8, 32)
"""Blocks that are asked at once for a text, which is where bitmaps are many; for anything else all are, so that all are counted."""


class Place(NamedTuple):
    """Behind which row a page begins; `value` is what it is sorted by where that is not time."""

    number: int
    value: Any = None


@dataclass(frozen=True)
class Request:
    """One call of `search`."""

    wanted: Matching
    sort: Sort
    after: str | None
    limit: int
    until: float
    """A moment of `time.monotonic`."""


class Finding:
    """One search within one snapshot of the database."""

    def __init__(self, connection: sqlite3.Connection, names: Names, searched: Searched, request: Request, unknown: int) -> None:
        self._connection = connection
        self._names = names
        self._searched = searched
        self._request = request
        self._unknown = unknown
        self._falling = request.sort.direction == "desc"
        self._candidates = Candidates(connection, names, searched)
        self._asked: list[Bounds] = []
        self._last = self._last_row()

    def found(self) -> Found:
        request = self._request
        by_time = request.sort.field == self._searched.by
        place = _read_cursor(request, by_time=by_time)
        parts = list(self._parts(place if by_time else None, some=by_time and _reads_texts(request.wanted)))
        rows = self._by_time(parts, place) if by_time else self._by_value(self._bounds(parts[0]).may, place)
        documents, seen = self._page(rows)
        at_least, at_most = self._numbers(len(documents), ended=seen is None, whole=len(self._asked) == len(parts), by_time=by_time)
        known = 1 - self._unknown / self._last if self._last else 1.0
        return Found(documents, seen and _write_cursor(seen, request, by_time=by_time), at_least, at_most, known)

    def _numbers(self, shown: int, *, ended: bool, whole: bool, by_time: bool) -> tuple[int, int | None]:
        """At least and at most how many there are; of a further page only what it shows."""
        first = self._request.after is None
        if first and ended:
            return shown, shown
        if not (first and by_time):
            return shown, None
        at_least = max(sum(count(bounds.must) for bounds in self._asked), shown)
        at_most = sum(count(bounds.may) for bounds in self._asked) if whole and not self._unknown else None
        return at_least, None if at_most is None else max(at_most, at_least)

    def _bounds(self, blocks: list[int]) -> Bounds:
        bounds = self._candidates.of(self._request.wanted, self._unknown, blocks)
        self._asked.append(bounds)
        return bounds

    def _page(self, rows: Iterator[Place]) -> tuple[list[Document], Place | None]:
        """The documents among the candidates that are asked for, and behind which place the next page goes on. Only one that does not
        fit any more says that there is a next page."""
        documents: list[Document] = []
        seen: Place | None = None
        while chunk := list(islice(rows, READ_AT_ONCE)):
            for place, document in self._read(chunk):
                if document is not None and len(documents) == self._request.limit:
                    return documents, seen
                documents += [document] if document is not None else []
                seen = place
            if time.monotonic() > self._request.until:
                return documents, seen if next(rows, None) is not None else None
        return documents, None

    def _read(self, chunk: list[Place]) -> Iterator[tuple[Place, Document | None]]:
        """Each place with its document, or with None where it is not what is asked for."""
        bodies = self._bodies(place.number for place in chunk)
        for place in chunk:
            document = read_body(bodies[place.number]) if place.number in bodies else None
            meant = document is not None and holds(document, self._request.wanted) and self._has_its_value(document, place)
            yield place, document if meant else None

    def _has_its_value(self, document: Document, place: Place) -> bool:
        return place.value is None or lookup(document, self._request.sort.field) == place.value

    def _bodies(self, wanted: Iterable[int]) -> dict[int, str]:
        given = list(wanted)
        marks = ", ".join("?" * len(given))
        return dict(self._connection.execute(f"SELECT rowid, body FROM {self._names.documents} WHERE rowid IN ({marks})", given))

    def _by_time(self, parts: list[list[int]], place: Place | None) -> Iterator[Place]:
        for blocks in parts:
            may = dict(self._bounds(blocks).may)
            if place is not None and (block := block_of(place.number)) in may:
                behind = bit_of(place.number) - 1 if self._falling else -1 << (place.number - first_of(block) + 1)
                may[block] &= behind
            yield from map(Place, numbers(may, falling=self._falling))

    def _by_value(self, may: Bits, place: Place | None) -> Iterator[Place]:
        """By the value, the greatest first, then the last row first. What has changed has its value from the document itself."""
        few, noted = count(may) <= FEW, self._candidates.noted
        kept = self._sorted(may) if few else self._walked(may, place)
        settled = (each for each in kept if not noted.get(block_of(each.number), 0) & bit_of(each.number))
        fresh = sorted(self._changed(noted), key=_value_first, reverse=True)
        for each in merge(settled, fresh, key=_value_first, reverse=True):
            if place is None or _value_first(each) < _value_first(place):
                yield each

    def _changed(self, noted: Bits) -> Iterator[Place]:
        wanted = numbers(noted, falling=True)
        while chunk := list(islice(wanted, READ_AT_ONCE)):
            for number, body in self._bodies(chunk).items():
                value = lookup(read_body(body), self._request.sort.field)
                if is_number(value):
                    yield Place(number, value)

    def _sorted(self, may: Bits) -> Iterator[Place]:
        wanted = list(numbers(may, falling=True))
        marks = ", ".join("?" * len(wanted))
        found = self._connection.execute(f"SELECT number, value FROM {self._values} WHERE number IN ({marks})", wanted)
        return iter(sorted((Place(*row) for row in found), key=_value_first, reverse=True))

    def _walked(self, may: Bits, place: Place | None) -> Iterator[Place]:
        """Down the order of all, past those that are not candidates. Once the time is over it gives whatever it has come to, which is
        looked at and says where the next page goes on."""
        where, given = ("WHERE (value, number) <= (?, ?)", (place.value, place.number)) if place else ("", ())
        statement = f"SELECT number, value FROM {self._values} {where} ORDER BY value DESC, number DESC"
        rows = self._connection.execute(statement, given)
        while chunk := rows.fetchmany(WALKED_AT_ONCE):
            late = time.monotonic() > self._request.until
            for number, value in chunk:
                if late or may.get(block_of(number), 0) & bit_of(number):
                    yield Place(number, value)

    @property
    def _values(self) -> str:
        return self._names.values[self._request.sort.field]

    def _parts(self, place: Place | None, *, some: bool) -> Iterator[list[int]]:
        """The blocks in the order in which they are answered from; with `some` the first few apart from the others, which are not asked
        at all where the first ones fill the page."""
        first, last = 0, block_of(self._last)
        if place is not None:
            first, last = (first, min(last, block_of(place.number))) if self._falling else (block_of(place.number), last)
        blocks = list(range(first, last + 1))[:: -1 if self._falling else 1]
        sizes = (*FIRST_PARTS, len(blocks)) if some else (len(blocks),)
        start = 0
        for size in sizes:
            if start < len(blocks) or start == 0:
                yield blocks[start : start + size]
            start += size

    def _last_row(self) -> int:
        found = self._connection.execute(f"SELECT max(rowid) FROM {self._names.documents}").fetchone()[0]
        return int(found or 0)


def _reads_texts(wanted: Matching) -> bool:
    return any(isinstance(leaf, Says) for leaf in leaves(wanted))


def _value_first(place: Place) -> tuple[Any, int]:
    return (place.value, place.number)


def _read_cursor(request: Request, *, by_time: bool) -> Place | None:
    if not request.after:
        return None
    found = cursors.decode(request.after, _order(request))
    if not isinstance(found.value, (int, float)) or not found.id.isdecimal():
        raise cursors.refused()
    return Place(int(found.id)) if by_time else Place(int(found.id), found.value)


def _write_cursor(place: Place, request: Request, *, by_time: bool) -> str:
    field = _order(request).field
    return cursors.encode({field: place.number if by_time else place.value, "id": str(place.number)}, _order(request))


def _order(request: Request) -> Sort:
    """Not the order of `find`, whose cursors stand for values."""
    return Sort(f"{request.sort.field}#row".replace(".", "#"), request.sort.direction)
