"""The causes of dead letters on the document port: one document per fingerprint."""

from collections.abc import Collection as Many
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from backend.adapters.documents.readable import readable
from backend.adapters.documents.store import Collection, Document, DocumentStore, DuplicateKey, In, Index, Range, Sort, Where
from backend.queues.causes import Cause
from backend.queues.dead_ports import CausePage

CAUSES = "causes"
COLLECTION = Collection(CAUSES, indexes=(Index(("last_at",)), Index(("state", "last_at"))), counted=("state",))
MARKS = "cause_marks"
COLLECTIONS = (COLLECTION, Collection(MARKS))
REGROUPED = "regrouped"
_NEWEST = Sort("last_at", "desc")


class DocumentCauses:
    """`backend.queues.dead_ports.Causes`."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collections; safe to repeat."""
        self._store.ensure(*COLLECTIONS)

    def get(self, id: str) -> Cause | None:
        document = self._store.get(CAUSES, id)
        return _cause(document) if document else None

    def get_many(self, ids: Many[str]) -> Mapping[str, Cause]:
        found = self._store.find(CAUSES, {"id": In(tuple(ids))}, limit=max(1, len(ids)))
        return {cause.id: cause for cause in readable(found, _cause)}

    def save(self, cause: Cause) -> Cause:
        if cause.version == 0:
            self._store.insert(CAUSES, {**_document(cause), "version": 1})
            return replace(cause, version=1)
        return replace(cause, version=self._store.replace(CAUSES, _document(cause), cause.version)["version"])

    def page(self, *, state: str = "", cursor: str | None = None, limit: int = 50) -> CausePage:
        where: Where = {"state": state} if state else {}
        found = self._store.find(CAUSES, where, sort=_NEWEST, after=cursor, limit=limit + 1)
        shown = found[:limit]
        return CausePage(readable(shown, _cause), self._store.cursor(shown[-1], _NEWEST) if len(found) > limit else None)

    def counts(self) -> Mapping[str, int]:
        return self._store.count_by(CAUSES, "state")

    def is_regrouped(self) -> bool:
        return self._store.get(MARKS, REGROUPED) is not None

    def mark_regrouped(self) -> None:
        with suppress(DuplicateKey):
            self._store.insert(MARKS, {"id": REGROUPED})

    def forget(self, before: datetime, limit: int = 1000) -> int:
        return self._store.delete_many(CAUSES, {"last_at": Range(lt=before)}, limit)


def _document(cause: Cause) -> Document:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(cause).items()}


def _cause(document: Document) -> Cause:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in document.items()}
    return Cause(**fields)
