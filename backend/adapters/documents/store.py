"""The document port: all that any repository may ask of a database, in a form that SQLite and MongoDB both keep.

A document is a JSON-like dict with a string `id`; values are str, int, float, bool, None, list, dict and aware UTC
datetime (kept to the millisecond). Every document carries an integer `version` that starts at 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from backend.errors import Conflict, Unavailable

Scalar = str | int | float | bool | datetime | None
Document = dict[str, Any]


@dataclass(frozen=True)
class In:
    """The field equals one of these."""

    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Range:
    """The field lies between these; a bound of None is open. `gte`/`lt` and so on as in MongoDB."""

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
    """An index over fields in order; `where` (equalities only) makes it partial. A unique index ignores documents whose
    fields are all missing."""

    fields: tuple[str, ...]
    unique: bool = False
    where: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class Collection:
    """A named set of documents and its indexes."""

    name: str
    indexes: tuple[Index, ...] = ()


class DuplicateKey(Conflict):
    """A document with this id, or with these values of a unique index, is there already."""


class VersionConflict(Conflict):
    """The document is not at the expected version any more (or is gone)."""


class StoreUnavailable(Unavailable):
    """The database does not answer; nothing was written, or it is unknown whether it was."""


class DocumentStore(Protocol):
    """Documents with compare-and-set. Every write is durable when the call returns. Any method may raise StoreUnavailable."""

    def ensure(self, *collections: Collection) -> None:
        """Create what is missing of the collections and their indexes; safe to repeat, and from many processes."""

    def insert(self, collection: str, document: Document) -> None:
        """Add a document that has an `id`. Raises DuplicateKey."""

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
        """Documents that match, at most `limit`; without `sort` by id ascending. `after` is a cursor from `cursor`."""

    def cursor(self, document: Document, sort: Sort | None = None) -> str:
        """The keyset cursor behind `document` in that order: an opaque, URL-safe text."""

    def count(self, collection: str, where: Where | None = None) -> int:
        """How many match."""

    def count_by(self, collection: str, by: str, where: Where | None = None) -> dict[str, int]:
        """How many match, per value of the field `by`."""

    def replace(self, collection: str, document: Document, expected_version: int) -> Document:
        """Put the whole document in place of the one at `expected_version`; returns it with `version` one higher.

        Raises VersionConflict, DuplicateKey (a unique index).
        """

    def set_fields(self, collection: str, id: str, fields: Mapping[str, Any], where: Where | None = None) -> Document | None:
        """Set fields (dotted paths allowed) of the document where it still matches `where`; version goes up by one.

        Returns the document after it, or None where nothing matched. Raises DuplicateKey.
        """

    def increment(self, collection: str, id: str, amounts: Mapping[str, int], *, create: bool = False) -> Document:
        """Add to integer fields (a missing one counts from 0) in one step; with `create` a missing document is made.

        Returns the document after it. Raises VersionConflict where it is missing and `create` is False.
        """

    def claim(self, collection: str, where: Where, fields: Mapping[str, Any], *, sort: Sort | None = None) -> Document | None:
        """Take the first document that matches and set fields of it, in one step: two callers never take the same one.

        Returns the document after it, or None.
        """

    def delete(self, collection: str, id: str) -> bool:
        """Remove it; False where it was not there."""

    def delete_many(self, collection: str, where: Where, limit: int = 1000) -> int:
        """Remove at most `limit` of those that match; returns how many."""

    def ping(self) -> None:
        """Answer within a second; raises StoreUnavailable."""

    def close(self) -> None:
        """Let go of connections; safe to repeat."""
