"""A document store in the memory of one process: safe for threads, gone at the end; tests and dry runs use it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from threading import RLock
from typing import Any

from backend.adapters.documents import cursors
from backend.adapters.documents.conditions import Conditions, checked_sort, checked_where
from backend.adapters.documents.ordering import BY_ID, label, matches, order_key, position
from backend.adapters.documents.paths import add, assign, checked_fields, checked_path, lookup, raise_to
from backend.adapters.documents.searching import checked_matching, checked_order, holds, is_placed
from backend.adapters.documents.store import (
    Collection,
    Document,
    DuplicateKey,
    FieldChange,
    Found,
    Replacement,
    Searched,
    Sort,
    StoreUnavailable,
    Tally,
    VersionConflict,
    Where,
)
from backend.adapters.documents.tallies import checked_tallies
from backend.adapters.documents.values import checked_document, checked_ids
from backend.adapters.memory.rows import Rows
from backend.matching import Matching


class MemoryStore:
    """The document port over dicts. Set `away` to True and every call raises StoreUnavailable, as in an outage."""

    def __init__(self) -> None:
        self.away = False
        self._lock = RLock()
        self._collections: dict[str, Rows] = {}
        self._searched: dict[str, Searched] = {}

    def ensure(self, *collections: Collection) -> None:
        with self._lock:
            for collection in collections:
                self._rows(collection.name).require(index for index in collection.indexes if index.unique)
                if collection.searched is not None:
                    self._searched[collection.name] = collection.searched

    def insert(self, collection: str, document: Document) -> None:
        row = {"version": 1, **checked_document(document)}
        with self._lock:
            rows = self._rows(collection)
            if rows.get(row["id"]) is not None:
                raise DuplicateKey(f"{collection}: a document with this id is there already")
            rows.put(row)

    def insert_many(self, collection: str, documents: Sequence[Document]) -> list[str]:
        checked = [checked_document(document) for document in documents]
        return [row["id"] for row in checked if self._inserted(collection, row)]

    def get(self, collection: str, id: str) -> Document | None:
        with self._lock:
            return deepcopy(self._rows(collection).get(id))

    def find(
        self,
        collection: str,
        where: Where | None = None,
        *,
        sort: Sort | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Document]:
        order, wanted = checked_sort(sort), checked_where(where)
        place = cursors.decode(after, order) if after else None
        with self._lock:
            if not self._rows(collection).all():
                return []
            found = self._matching(collection, wanted, order)
            if place is not None:
                behind = (order_key(place.value), place.id)
                found = [row for row in found if _follows(position(row, order), behind, order)]
            return deepcopy(found[: max(limit, 0)])

    def search(
        self, collection: str, wanted: Matching, *, sort: Sort, after: str | None = None, limit: int = 50, patience_s: float = 0.1
    ) -> Found:
        del patience_s
        self.ping()
        searched = self._searched.get(collection)
        if searched is None:
            raise ValueError(f"{collection} is not searched: declare what is searched of it, and ensure it")
        checked_matching(wanted)
        order = checked_order(searched, sort)
        place = cursors.decode(after, order) if after else None
        with self._lock:
            found = [row for row in self._matching(collection, {}, order) if is_placed(row, searched, order) and holds(row, wanted)]
            count = len(found) if place is None else None
            if place is not None:
                behind = (order_key(place.value), place.id)
                found = [row for row in found if _follows(position(row, order), behind, order)]
            shown = deepcopy(found[: max(limit, 1)])
        after = self.cursor(shown[-1], order) if len(found) > len(shown) else None
        return Found(shown, after, count or len(shown), count)

    def catch_up(self, patience_s: float) -> int:
        del patience_s
        return 0

    def cursor(self, document: Document, sort: Sort | None = None) -> str:
        return cursors.encode(document, checked_sort(sort))

    def count(self, collection: str, where: Where | None = None) -> int:
        with self._lock:
            return len(self._matching(collection, checked_where(where)))

    def count_by(self, collection: str, by: str, where: Where | None = None) -> dict[str, int]:
        field, wanted = checked_path(by), checked_where(where)
        with self._lock:
            return dict(Counter(label(lookup(row, field)) for row in self._matching(collection, wanted)))

    def replace(self, collection: str, document: Document, expected_version: int) -> Document:
        row = {**checked_document(document), "version": expected_version + 1}
        with self._lock:
            rows = self._rows(collection)
            before = rows.get(row["id"])
            if before is None or before["version"] != expected_version:
                raise VersionConflict(f"{collection}: the document is not at version {expected_version} any more")
            rows.put(row)
        return deepcopy(row)

    def replace_many(self, collection: str, replacements: Sequence[Replacement]) -> list[str]:
        checked_ids(document["id"] for document, _ in replacements)
        checked = [Replacement(checked_document(document), version) for document, version in replacements]
        with self._lock:
            return [row["id"] for row, version in checked if self._replaced(collection, row, version)]

    def set_fields(self, collection: str, id: str, fields: Mapping[str, Any], where: Where | None = None) -> Document | None:
        changes, wanted = checked_fields(fields), checked_where(where)
        with self._lock:
            row = self._rows(collection).get(id)
            return self._changed(collection, row, changes) if row is not None and matches(row, wanted) else None

    def set_fields_many(self, collection: str, changes: Sequence[FieldChange]) -> list[str]:
        checked_ids(change.id for change in changes)
        checked = [FieldChange(change.id, checked_fields(change.fields), checked_where(change.where)) for change in changes]
        with self._lock:
            return [change.id for change in checked if self._was_set(collection, change)]

    def increment(self, collection: str, id: str, amounts: Mapping[str, int], *, create: bool = False) -> Document:
        steps = checked_fields(amounts)
        with self._lock:
            rows = self._rows(collection)
            before = rows.get(id)
            if before is None and not create:
                raise VersionConflict(f"{collection}: there is no such document to count in")
            row = deepcopy(before) if before is not None else {**checked_document({"id": id}), "version": 0}
            for path, amount in {**steps, "version": 1}.items():
                add(row, path, amount)
            rows.put(row)
        return deepcopy(row)

    def tally(self, collection: str, tallies: Sequence[Tally]) -> None:
        checked = checked_tallies(tallies)
        with self._lock:
            rows = self._rows(collection)
            changed = [deepcopy(rows.get(tally.fresh["id"]) or {**tally.fresh, "version": 0}) for tally in checked]
            for row, (_, amounts, at_least) in zip(changed, checked, strict=True):
                for path, amount in {**amounts, "version": 1}.items():
                    add(row, path, amount)
                for path, least in at_least.items():
                    raise_to(row, path, least)
            for row in changed:
                rows.put(row)

    def claim(self, collection: str, where: Where, fields: Mapping[str, Any], *, sort: Sort | None = None) -> Document | None:
        changes, wanted, order = checked_fields(fields), checked_where(where), checked_sort(sort)
        with self._lock:
            found = self._matching(collection, wanted, order)
            return self._changed(collection, found[0], changes) if found else None

    def delete(self, collection: str, id: str) -> bool:
        return self.delete_many(collection, {"id": id}) == 1

    def delete_many(self, collection: str, where: Where, limit: int = 1000) -> int:
        wanted = checked_where(where)
        with self._lock:
            doomed = self._matching(collection, wanted)[: max(limit, 0)]
            for row in doomed:
                self._rows(collection).remove(row["id"])
        return len(doomed)

    def ping(self) -> None:
        if self.away:
            raise StoreUnavailable("The memory store was told to be away")

    def close(self) -> None:
        """Nothing to let go of: what was written stays readable."""

    def _rows(self, collection: str) -> Rows:
        self.ping()
        rows = self._collections.get(collection)
        return self._collections.setdefault(collection, Rows(collection)) if rows is None else rows

    def _inserted(self, collection: str, row: Document) -> bool:
        try:
            self.insert(collection, row)
        except DuplicateKey:
            return False
        return True

    def _replaced(self, collection: str, row: Document, version: int) -> bool:
        try:
            self.replace(collection, row, version)
        except (DuplicateKey, VersionConflict):
            return False
        return True

    def _was_set(self, collection: str, change: FieldChange) -> bool:
        try:
            return self.set_fields(collection, *change) is not None
        except DuplicateKey:
            return False

    def _changed(self, collection: str, before: Document, changes: Mapping[str, Any]) -> Document:
        row = deepcopy(before)
        for path, value in {**changes, "version": row["version"] + 1}.items():
            assign(row, path, value)
        self._rows(collection).put(row)
        return deepcopy(row)

    def _matching(self, collection: str, where: Conditions, order: Sort = BY_ID) -> list[Document]:
        rows = self._rows(collection)
        only = where.get("id")
        candidates = [row for row in [rows.get(only)] if row] if isinstance(only, str) else rows.all()
        found = [row for row in candidates if matches(row, where)]
        return sorted(found, key=lambda row: position(row, order), reverse=order.direction == "desc")


def _follows(at: tuple[tuple[int, Any], str], behind: tuple[tuple[int, Any], str], order: Sort) -> bool:
    return at > behind if order.direction == "asc" else at < behind
