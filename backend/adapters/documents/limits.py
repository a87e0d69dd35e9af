"""Which limits the queues have, on the document port: they outlive every restart, also that of Redis."""

from collections.abc import Mapping

from backend.adapters.documents.store import Collection, DocumentStore, DuplicateKey
from backend.queues.limits import QueueLimits

LIMITS = "queue_limits"
COLLECTION = Collection(LIMITS)


class DocumentLimits:
    """`backend.queues.ports.Limits`: one document per limited queue."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collection; safe to repeat."""
        self._store.ensure(COLLECTION)

    def all(self) -> Mapping[str, QueueLimits]:
        found = self._store.find(LIMITS)
        return {each["id"]: QueueLimits(each["id"], each["concurrency"], each["rate_max"], each["rate_duration_ms"]) for each in found}

    def set(self, limits: QueueLimits) -> None:
        if not limits.any:
            self._store.delete(LIMITS, limits.queue)
            return
        fields = {"concurrency": limits.concurrency, "rate_max": limits.rate_max, "rate_duration_ms": limits.rate_duration_ms}
        try:
            self._store.insert(LIMITS, {"id": limits.queue, **fields})
        except DuplicateKey:
            self._store.set_fields(LIMITS, limits.queue, fields)
