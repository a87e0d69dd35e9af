"""The ledger of effects on the document port: who may send the mail, and that it was sent."""

import os
import secrets
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from backend.adapters.documents.store import Collection, Document, DocumentStore, DuplicateKey, Range, Where
from backend.clock import Clock
from backend.errors import TemporaryFailure

EFFECTS = Collection("effects")
RESERVED, DONE = "RESERVED", "DONE"


class DocumentEffects:
    """The `Effects` port of certification. A reservation lapses after `lease`, which must be longer than any one attempt:
    whoever takes over from one that is merely slow would do the effect a second time.
    """

    def __init__(self, store: DocumentStore, clock: Clock, lease: timedelta = timedelta(minutes=10)) -> None:
        self._store = store
        self._clock = clock
        self._lease = lease
        self._instance = secrets.token_hex(8)

    def begin(self, key: str, kind: str) -> bool:
        while True:
            if self._reserved_anew(key, kind) or self._took_over(key):
                return True
            effect = self._store.get(EFFECTS.name, key)
            if effect is None:
                continue  # released between our looks: try again
            if effect["state"] == DONE:
                return False
            wait = (effect["leaseUntil"] - self._clock.now()).total_seconds()
            raise TemporaryFailure(f"Another is doing this {kind} right now", retry_after=max(wait, 1.0))

    def done(self, key: str, outcome: Mapping[str, Any]) -> None:
        fields = {"state": DONE, "outcome": dict(outcome), "doneAt": self._clock.now()}
        # Without asking who holds it: it did happen. The first outcome stays.
        if self._store.set_fields(EFFECTS.name, key, fields, where={"state": RESERVED}) is None:
            self._insert({"id": key, **fields})

    def release(self, key: str) -> None:
        mine: Where = {"id": key, "state": RESERVED, "holder": self._holder()}
        self._store.delete_many(EFFECTS.name, mine, limit=1)

    def outcome(self, key: str) -> Mapping[str, Any] | None:
        effect = self._store.get(EFFECTS.name, key)
        return None if effect is None else effect.get("outcome")

    def _reserved_anew(self, key: str, kind: str) -> bool:
        return self._insert({"id": key, "kind": kind, **self._reservation()})

    def _took_over(self, key: str) -> bool:
        lapsed: Where = {"state": RESERVED, "leaseUntil": Range(lte=self._clock.now())}
        return self._store.set_fields(EFFECTS.name, key, self._reservation(), where=lapsed) is not None

    def _reservation(self) -> dict[str, Any]:
        now = self._clock.now()
        return {"state": RESERVED, "holder": self._holder(), "beganAt": now, "leaseUntil": now + self._lease}

    def _insert(self, effect: Document) -> bool:
        try:
            self._store.insert(EFFECTS.name, effect)
        except DuplicateKey:
            return False
        return True

    def _holder(self) -> str:
        return f"{self._instance}-{os.getpid()}-{threading.get_ident()}"
