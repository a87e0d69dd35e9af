"""The rows of one collection of the memory store, with its unique indexes."""

from collections.abc import Iterable
from typing import Any

from backend.adapters.documents.conditions import checked_where
from backend.adapters.documents.ordering import Kind, kind, matches, order_key
from backend.adapters.documents.paths import lookup
from backend.adapters.documents.store import Document, DuplicateKey, Index

Key = tuple[tuple[int, Any], ...]


class Rows:
    """Documents by id; the caller holds the lock and copies."""

    def __init__(self, collection: str) -> None:
        self._collection = collection
        self._by_id: dict[str, Document] = {}
        self._unique: list[tuple[Index, dict[Key, str]]] = []

    def require(self, indexes: Iterable[Index]) -> None:
        """Hold these unique indexes from now on. Raises DuplicateKey where the rows break one already."""
        for index in indexes:
            if all(index != known for known, _ in self._unique):
                taken: dict[Key, str] = {}
                for row in self._by_id.values():
                    self._take(index, taken, row)
                self._unique.append((index, taken))

    def get(self, id: str) -> Document | None:
        return self._by_id.get(id)

    def all(self) -> Iterable[Document]:
        return self._by_id.values()

    def put(self, row: Document) -> None:
        """Add the row, or put it in place of the one with its id. Raises DuplicateKey and changes nothing."""
        for index, taken in self._unique:
            self._refuse_taken(index, taken, row)
        self.remove(row["id"])
        self._by_id[row["id"]] = row
        for index, taken in self._unique:
            self._take(index, taken, row)

    def remove(self, id: str) -> None:
        row = self._by_id.pop(id, None)
        for index, taken in self._unique:
            key = _key(index, row) if row is not None else None
            if key is not None:
                taken.pop(key, None)

    def _take(self, index: Index, taken: dict[Key, str], row: Document) -> None:
        self._refuse_taken(index, taken, row)
        key = _key(index, row)
        if key is not None:
            taken[key] = row["id"]

    def _refuse_taken(self, index: Index, taken: dict[Key, str], row: Document) -> None:
        key = _key(index, row)
        if key is not None and taken.get(key, row["id"]) != row["id"]:
            raise DuplicateKey(f"{self._collection}: another document has the same {' and '.join(index.fields)}")


def _key(index: Index, row: Document) -> Key | None:
    values = [lookup(row, field) for field in index.fields]
    if not matches(row, checked_where(index.where)) or any(kind(value) is Kind.NOTHING for value in values):
        return None
    return tuple(order_key(value) for value in values)
