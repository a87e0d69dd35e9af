"""What the rules of alerts measured, by the minute, on the document port: one document per hour."""

import json
from collections.abc import Sequence

from backend.adapters.documents.forgetting import forget_all
from backend.adapters.documents.store import Collection, DocumentStore, DuplicateKey, Range
from backend.queues.alerts.ports import MinuteReadings

READINGS = "alert_readings"
COLLECTIONS = (Collection(READINGS),)
MOST = 3_000


class DocumentReadings:
    """`backend.queues.alerts.ports.Readings`: each minute is one text, as nobody asks for less of it."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collections of this module; safe to repeat."""
        self._store.ensure(*COLLECTIONS)

    def add(self, readings: MinuteReadings) -> None:
        hour, minute = divmod(readings.minute, 60)
        fields = {f"m{minute}": json.dumps([dict(readings.values), list(readings.unknown)], ensure_ascii=False)}
        if self._store.set_fields(READINGS, _id(hour), fields) is None:
            try:
                self._store.insert(READINGS, {"id": _id(hour), **fields})
            except DuplicateKey:
                self._store.set_fields(READINGS, _id(hour), fields)

    def of(self, rule: str, since: int, until: int) -> Sequence[MinuteReadings]:
        found = self._store.find(READINGS, {"id": Range(gte=_id(since // 60), lte=_id(until // 60))}, limit=MOST)
        kept = {
            int(document["id"]) * 60 + int(name[1:]): minute
            for document in found
            for name, minute in document.items()
            if name.startswith("m")
        }
        return [_of(rule, minute, kept[minute]) for minute in sorted(kept) if since <= minute < until]

    def forget(self, before: int) -> int:
        return forget_all(self._store, READINGS, {"id": Range(lt=_id(before // 60))})


def _of(rule: str, minute: int, kept: str) -> MinuteReadings:
    values, unknown = json.loads(kept)
    return MinuteReadings(minute, {name: value for name, value in values.items() if name.partition("|")[0] == rule}, unknown)


def _id(hour: int) -> str:
    """Such that ids sort as the hours do."""
    return f"{hour:09d}"
