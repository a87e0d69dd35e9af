"""Leases between processes, on the document port: who of several schedulers is the active one."""

from datetime import UTC, datetime

from backend.adapters.documents.store import Collection, DocumentStore, DuplicateKey, Range

LEASES = "leases"
COLLECTION = Collection(LEASES)


class DocumentLeadership:
    """`backend.queues.ports.Leadership`. It lies beside the ledger rather than in Redis: a scheduler without a ledger has
    nothing to do, while one without Redis still has."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collection; safe to repeat."""
        self._store.ensure(COLLECTION)

    def acquire(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        fields = {"owner": owner, "until": until}
        if self._store.set_fields(LEASES, name, {"until": until}, {"owner": owner}) is not None:
            return True
        if self._store.set_fields(LEASES, name, fields, {"until": Range(lte=now)}) is not None:
            return True
        try:
            self._store.insert(LEASES, {"id": name, **fields})
        except DuplicateKey:
            return False
        return True

    def release(self, name: str, owner: str) -> None:
        # Deleting could hit a lease that another took in this moment; a lease that has run out is as good as none.
        self._store.set_fields(LEASES, name, {"owner": "", "until": datetime.fromtimestamp(0, UTC)}, {"owner": owner})

    def holder(self, name: str, now: datetime) -> str:
        lease = self._store.get(LEASES, name)
        return str(lease["owner"]) if lease is not None and lease["until"] > now else ""
