"""The ledger of effects on the document port: who may send the mail, and that it was sent."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from backend.adapters.documents.holders import holder, is_gone
from backend.adapters.documents.store import Collection, Document, DocumentStore, DuplicateKey, Index, Range, Sort, Where
from backend.certification.ports import Effect
from backend.clock import Clock
from backend.errors import TemporaryFailure

EFFECTS = Collection("effects", (Index(("subject", "beganAt")),))
RESERVED, DONE = "RESERVED", "DONE"
MOST_OF_ONE_SUBJECT = 1_000


class DocumentEffects:
    """The `Effects` port of certification. A reservation lapses after `lease`, which must be longer than any one attempt:
    whoever takes over from one that is merely slow would do the effect a second time. Only where the holder has certainly
    ended, as a process of this machine that was killed, it lapses at once.
    """

    def __init__(self, store: DocumentStore, clock: Clock, lease: timedelta = timedelta(minutes=10)) -> None:
        self._store = store
        self._clock = clock
        self._lease = lease
        self._instance = secrets.token_hex(8)

    def begin(self, key: str, kind: str, *, subject: str = "", what: str = "") -> bool:
        while True:
            if self._insert({"id": key, "kind": kind, "subject": subject, "what": what, **self._reservation()}) or self._took_over(key):
                return True
            effect = self._store.get(EFFECTS.name, key)
            if effect is None:
                continue  # released between our looks: try again
            if effect["state"] == DONE:
                return False
            if is_gone(effect["holder"]) and self._took_over_from(key, effect["holder"]):
                return True
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

    def of(self, subject: str) -> Sequence[Effect]:
        found = self._store.find(EFFECTS.name, {"subject": subject}, sort=Sort("beganAt"), limit=MOST_OF_ONE_SUBJECT)
        return [_effect(document) for document in found]

    def find(self, key: str) -> Effect | None:
        document = self._store.get(EFFECTS.name, key)
        return None if document is None else _effect(document)

    def _took_over(self, key: str) -> bool:
        lapsed: Where = {"state": RESERVED, "leaseUntil": Range(lte=self._clock.now())}
        return self._store.set_fields(EFFECTS.name, key, self._reservation(), where=lapsed) is not None

    def _took_over_from(self, key: str, gone: str) -> bool:
        theirs: Where = {"state": RESERVED, "holder": gone}
        return self._store.set_fields(EFFECTS.name, key, self._reservation(), where=theirs) is not None

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
        return holder(self._instance)


def _effect(document: Document) -> Effect:
    return Effect(
        key=document["id"],
        kind=document.get("kind", ""),
        subject=document.get("subject", ""),
        what=document.get("what", ""),
        done=document["state"] == DONE,
        began_at=document.get("beganAt"),
        done_at=document.get("doneAt"),
        outcome=document.get("outcome") or {},
    )
