"""Deletes what is old in chunks, so that no write is long, until none is left or it has taken long enough."""

import time

from backend.adapters.documents.store import DocumentStore, Where

CHUNK = 1_000
PATIENCE_S = 5.0
"""Whoever forgets has other things to do too; what is left goes the next time."""


def forget_all(store: DocumentStore, collection: str, where: Where, *, patience_s: float = PATIENCE_S) -> int:
    """Delete what matches; returns how many were deleted. May raise Unavailable."""
    until, forgotten = time.monotonic() + patience_s, 0
    while gone := store.delete_many(collection, where, CHUNK):
        forgotten += gone
        if gone < CHUNK or time.monotonic() >= until:
            break
    return forgotten
