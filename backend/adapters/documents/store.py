"""The document port: all that any repository may ask of a database, in a form that SQLite and MongoDB both keep.

A document is a JSON-like dict with a string `id`; values are str, int (64 bits), float, bool, None, list, dict and aware UTC
datetime (kept to the millisecond). Every document carries an integer `version`, which the store sets to 1 where `insert` got
none and raises by one with every change. What is handed in and out is a copy.

Values sort as in MongoDB: missing and null first, then numbers, text (by code point), bool, datetime; a comparison never
reaches from one of these into another, and True is not 1. Conditions and sorts are for fields that hold such values: on a
field that holds a list or a dict their outcome is not defined.

Any write raises InvalidInput, naming the field, for a value that no store can keep: text with NUL or half a surrogate pair, a
key with a dot or a leading `$`, an integer beyond 64 bits, NaN. A collection that was never ensured is empty until written to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

from backend.errors import Conflict, Unavailable
from backend.matching import Matching

Scalar = str | int | float | bool | datetime | None
Document = dict[str, Any]


@dataclass(frozen=True)
class In:
    """The field equals one of these."""

    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Range:
    """The field lies between these; a bound of None is open. `gte`/`lt` and so on as in MongoDB: null and missing are never
    between, unless all bounds are open, which asks nothing.
    """

    gte: Scalar = None
    gt: Scalar = None
    lte: Scalar = None
    lt: Scalar = None


Where = Mapping[str, Scalar | In | Range]
"""Conditions that all hold; a key may be a dotted path into dicts, never into lists. A None equals null or missing."""


@dataclass(frozen=True)
class Sort:
    """By one field, then by `id` the same way, so that the order is total."""

    field: str
    direction: Literal["asc", "desc"] = "asc"


@dataclass(frozen=True)
class Index:
    """An index over fields in order; `where` (equalities only) makes it partial, and a query uses it by asking the same. A
    unique index ignores documents in which one of its fields is null or missing.

    A find or claim stays fast with one index: first the fields that are asked to be equal, then the one to sort by.
    """

    fields: tuple[str, ...]
    unique: bool = False
    where: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class Searched:
    """What `search` finds fast: by which fields, and how these are asked for.

    `by`: the time at which a document was made, the order of all answers. `facets`: fields with few different values. `keys`: with
    many; these may also be asked for by their beginning. `texts`: words of any kind in them. `ranges`: times and numbers. `orders`:
    those of them by which answers may be sorted instead, the greatest first. Any other field is searched, too, by looking.
    """

    by: str
    facets: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collection:
    """A named set of documents and its indexes; `counted` are fields whose `count_by` is asked often, however many there are; each
    is the first of an index. Only a collection that is `searched` can be."""

    name: str
    indexes: tuple[Index, ...] = ()
    counted: tuple[str, ...] = ()
    searched: Searched | None = None


class Found(NamedTuple):
    """What a search found. `next` is the cursor behind all that was looked at, or None where nothing is left; where the time for
    one call was over, there are fewer documents than asked for, and still a `next`.

    There are `at_least` and (None: nobody knows) `at_most` so many, counted by a first page only. `known` is the share of the
    collection that the index knows: less than 1 while it is being built, and then an order other than by time leaves out the rest.
    """

    documents: list[Document]
    next: str | None = None
    at_least: int = 0
    at_most: int | None = None
    known: float = 1.0


class Replacement(NamedTuple):
    """A whole document, and the version that it takes the place of."""

    document: Document
    expected_version: int


class FieldChange(NamedTuple):
    """Fields to set in the document with that id where it still matches `where`."""

    id: str
    fields: Mapping[str, Any]
    where: Where


class Tally(NamedTuple):
    """Numbers to add to integer fields of the document with that id, and others to raise to a number that is the greater one.

    What is missing, be it a field or the document, is made: a field that is added to counts from 0.
    """

    id: str
    add: Mapping[str, int]
    at_least: Mapping[str, int] = MappingProxyType({})


class DuplicateKey(Conflict):
    """A document with this id, or with these values of a unique index, is there already."""


class VersionConflict(Conflict):
    """The document is not at the expected version any more (or is gone)."""


class StoreUnavailable(Unavailable):
    """The database does not answer; nothing was written, or it is unknown whether it was."""


class DocumentStore(Protocol):
    """Documents with compare-and-set. Every write is durable when the call returns. Any method may raise StoreUnavailable."""

    def ensure(self, *collections: Collection) -> None:
        """Create what is missing of the collections and their indexes; safe to repeat, and from many processes.

        Raises DuplicateKey where documents already break a new unique index.
        """

    def insert(self, collection: str, document: Document) -> None:
        """Add a document that has an `id`. Raises DuplicateKey."""

    def insert_many(self, collection: str, documents: Sequence[Document]) -> list[str]:
        """Add those that break no id and no unique index; returns their ids, in order. Faster than one by one.

        Each is there whole or not at all; all of them are durable when the call returns.
        """

    def get(self, collection: str, id: str) -> Document | None:
        """The document, or None."""

    def find(
        self,
        collection: str,
        where: Where | None = None,
        *,
        sort: Sort | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Document]:
        """Documents that match, at most `limit`; without `sort` by id ascending. `after` is a cursor from `cursor`.

        Raises InvalidInput where `after` is not a cursor of this order.
        """

    def search(
        self, collection: str, wanted: Matching, *, sort: Sort, after: str | None = None, limit: int = 50, patience_s: float = 0.1
    ) -> Found:
        """Documents that are asked for, as they are now, by the time at which they came or by one of the declared `orders`, where
        those without a value are left out. `after` is the `next` of the page before.

        The work of one call is bounded by about `patience_s`, however many documents there are, and no page leaves anything out:
        what there was no time for, the next page has. In SQLite the order by time is that in which documents were inserted.
        Raises InvalidInput where `after` is no cursor of this order, and ValueError for a collection that is not searched.
        """

    def catch_up(self, patience_s: float) -> int:
        """Work for about so long on the indexes of `search`; returns how many documents are left that these do not know.

        Nothing is ever left out where nobody does this: a search looks at such documents one by one, which takes longer.
        """

    def cursor(self, document: Document, sort: Sort | None = None) -> str:
        """The keyset cursor behind `document` in that order: an opaque, URL-safe text."""

    def count(self, collection: str, where: Where | None = None) -> int:
        """How many match."""

    def count_by(self, collection: str, by: str, where: Where | None = None) -> dict[str, int]:
        """How many match, per value of the field `by`, as text: "" for null and missing, `true`, ISO 8601 for a time.

        Without `where` the answer for a counted field costs the same however many documents there are. SQLite keeps these
        numbers in the transaction of each write: they are exact. MongoDB counts, and once that takes longer than a tenth of a
        second answers with what it counted last: at most a minute and ten times the length of a count ago.
        """

    def replace(self, collection: str, document: Document, expected_version: int) -> Document:
        """Put the whole document in place of the one at `expected_version`; returns it with `version` one higher.

        Raises VersionConflict, DuplicateKey (a unique index).
        """

    def replace_many(self, collection: str, replacements: Sequence[Replacement]) -> list[str]:
        """Put each document in place of the one with its id, where that is still at its version; returns the ids of those written.

        Each is there whole, with `version` one higher, or not at all: where it had changed, is gone, or would break a unique index.
        That of one holds up no other, and all that is named is durable when the call returns. Raises ValueError for an id
        that comes twice.
        """

    def set_fields(self, collection: str, id: str, fields: Mapping[str, Any], where: Where | None = None) -> Document | None:
        """Set fields (dotted paths allowed, dicts on the way are made) of the document where it still matches `where`.

        Returns the document after it, or None where nothing matched. Raises DuplicateKey; ValueError for `id`, `version` and
        paths inside of one another; TypeError where a step of a path is there and is not a dict.
        """

    def set_fields_many(self, collection: str, changes: Sequence[FieldChange]) -> list[str]:
        """`set_fields` of many documents in fewer writes than one by one; returns the ids of those that matched.

        One that would break a unique index is left out. Raises ValueError for an id that comes twice, and otherwise as
        `set_fields`; then it is open which of the others were written.
        """

    def increment(self, collection: str, id: str, amounts: Mapping[str, int], *, create: bool = False) -> Document:
        """Add to integer fields (a missing one counts from 0) in one step; with `create` a missing document is made.

        Returns the document after it. Raises VersionConflict where it is missing and `create` is False, TypeError where a
        field is not a number.
        """

    def tally(self, collection: str, tallies: Sequence[Tally]) -> None:
        """Add up in many documents in fewer writes than one by one; each is changed whole or not at all.

        Raises ValueError for an id that comes twice, DuplicateKey (a unique index), and TypeError where a field is not a number:
        then it is open which of the others were written.
        """

    def claim(self, collection: str, where: Where, fields: Mapping[str, Any], *, sort: Sort | None = None) -> Document | None:
        """Take the first document that matches (by id where there is no `sort`) and set fields of it, in one step.

        Two callers never take the same one, provided that what is set makes it match no more. Returns the document after it,
        or None. Raises as `set_fields`.
        """

    def delete(self, collection: str, id: str) -> bool:
        """Remove it; False where it was not there."""

    def delete_many(self, collection: str, where: Where, limit: int = 1000) -> int:
        """Remove at most `limit` of those that match; returns how many."""

    def ping(self) -> None:
        """Answer within a second; raises StoreUnavailable."""

    def close(self) -> None:
        """Let go of connections; safe to repeat."""
