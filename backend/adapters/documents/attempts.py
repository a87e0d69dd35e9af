"""Counted sign-in attempts on the document port."""

import hashlib
from datetime import UTC, datetime, timedelta

from backend.adapters.documents.store import Collection, DocumentStore, Index, Range

ATTEMPTS = Collection("sign_in_attempts", indexes=(Index(("ends_at",)),))


class DocumentAttempts:
    """An AttemptCounter: one document per key and window; the key is hashed, for it holds addresses."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def hit(self, key: str, now: datetime, window: timedelta) -> int:
        return self._add(1, key, now, window)

    def forgive(self, key: str, now: datetime, window: timedelta) -> None:
        self._add(-1, key, now, window)

    def clear(self, key: str, now: datetime, window: timedelta) -> None:
        self._store.delete(ATTEMPTS.name, _id(key, now, window))

    def delete_expired(self, now: datetime) -> int:
        return self._store.delete_many(ATTEMPTS.name, {"ends_at": Range(lt=now)})

    def _add(self, amount: int, key: str, now: datetime, window: timedelta) -> int:
        document_id = _id(key, now, window)
        document = self._store.increment(ATTEMPTS.name, document_id, {"count": amount}, create=True)
        if "ends_at" not in document:
            self._store.set_fields(ATTEMPTS.name, document_id, {"ends_at": _end(now, window)})
        return int(document["count"])


def _end(now: datetime, window: timedelta) -> datetime:
    seconds = window.total_seconds()
    return datetime.fromtimestamp((now.timestamp() // seconds + 1) * seconds, UTC)


def _id(key: str, now: datetime, window: timedelta) -> str:
    return hashlib.sha256(f"{key}|{_end(now, window).isoformat()}".encode()).hexdigest()
