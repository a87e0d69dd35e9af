"""Which queues are paused, on the document port: a pause outlives every restart, also that of Redis."""

from collections.abc import Sequence
from datetime import datetime

from backend.adapters.documents.store import Collection, Document, DocumentStore, DuplicateKey
from backend.clock import Clock, SystemClock
from backend.queues.ports import Pause

PAUSES = "queue_pauses"
COLLECTION = Collection(PAUSES)


class DocumentPauses:
    """`backend.queues.ports.Pauses`: one document per paused queue, with who paused it, when and why."""

    def __init__(self, store: DocumentStore, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or SystemClock()

    def ensure(self) -> None:
        """Create the collection; safe to repeat."""
        self._store.ensure(COLLECTION)

    def paused(self) -> frozenset[str]:
        found = self._store.find(PAUSES)
        if not found:  # the usual case, asked with every submission
            return frozenset()
        now = self._clock.now()
        return frozenset(pause.queue for pause in map(_pause, found) if pause.until is None or pause.until > now)

    def list(self) -> Sequence[Pause]:
        return [_pause(document) for document in self._store.find(PAUSES)]

    def pause(self, queues: Sequence[str], *, by: str, at: datetime, reason: str = "", until: datetime | None = None) -> None:
        fields = {"by": by, "at": at, "reason": reason, "until": until}
        for queue in queues:
            try:
                self._store.insert(PAUSES, {"id": queue, **fields})
            except DuplicateKey:
                self._store.set_fields(PAUSES, queue, fields)

    def resume(self, queues: Sequence[str]) -> None:
        for queue in queues:
            self._store.delete(PAUSES, queue)


def _pause(document: Document) -> Pause:
    return Pause(document["id"], document["by"], document["at"], document.get("reason", ""), document.get("until"))
