"""Which queues are paused, on the document port: a pause outlives every restart, also that of Redis."""

from collections.abc import Sequence
from datetime import datetime

from backend.adapters.documents.store import Collection, DocumentStore, DuplicateKey

PAUSES = "queue_pauses"
COLLECTION = Collection(PAUSES)


class DocumentPauses:
    """`backend.queues.ports.Pauses`: one document per paused queue, with who paused it and when."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collection; safe to repeat."""
        self._store.ensure(COLLECTION)

    def paused(self) -> frozenset[str]:
        return frozenset(document["id"] for document in self._store.find(PAUSES))

    def pause(self, queues: Sequence[str], *, by: str, at: datetime) -> None:
        for queue in queues:
            try:
                self._store.insert(PAUSES, {"id": queue, "by": by, "at": at})
            except DuplicateKey:
                continue

    def resume(self, queues: Sequence[str]) -> None:
        for queue in queues:
            self._store.delete(PAUSES, queue)
