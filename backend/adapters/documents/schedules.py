"""The book of recurring jobs on the document port: one document per key."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from backend.adapters.documents.store import Collection, Document, DocumentStore, Index, Range, Sort
from backend.queues.repeat import Repeat
from backend.queues.schedules import Entry, Schedule

SCHEDULES = "schedules"
COLLECTION = Collection(SCHEDULES, indexes=(Index(("enabled", "nextDue")),))
MOST = 1_000


class DocumentSchedules:
    """`backend.queues.ports.Schedules`."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collection; safe to repeat."""
        self._store.ensure(COLLECTION)

    def all(self) -> Sequence[Entry]:
        return [_entry(document) for document in self._store.find(SCHEDULES, limit=MOST)]

    def get(self, key: str) -> Entry | None:
        document = self._store.get(SCHEDULES, key)
        return _entry(document) if document else None

    def due(self, now: datetime) -> Sequence[Entry]:
        found = self._store.find(SCHEDULES, {"enabled": True, "nextDue": Range(lte=now)}, sort=Sort("nextDue"), limit=MOST)
        return [_entry(document) for document in found]

    def save(self, entry: Entry) -> Entry:
        if entry.version == 0:
            self._store.insert(SCHEDULES, {**_document(entry), "version": 1})
            return replace(entry, version=1)
        return replace(entry, version=self._store.replace(SCHEDULES, _document(entry), entry.version)["version"])

    def remove(self, key: str) -> bool:
        return self._store.delete(SCHEDULES, key)


def _document(entry: Entry) -> Document:
    schedule = entry.schedule
    return {
        "id": entry.key,
        "version": entry.version,
        "jobType": schedule.job_type,
        "repeat": schedule.repeat.to_bull(),
        "payload": dict(schedule.payload),
        "options": dict(schedule.options),
        "subject": schedule.subject,
        "overlap": schedule.overlap,
        "catchUp": schedule.catch_up,
        "origin": entry.origin,
        "nextDue": entry.next_due,
        "enabled": entry.enabled,
        "fired": entry.fired,
        "skipped": entry.skipped,
        "lastDue": entry.last_due,
        "lastJobId": entry.last_job_id,
        "note": entry.note,
    }


def _entry(document: Document) -> Entry:
    return Entry(
        schedule=Schedule(
            key=document["id"],
            job_type=document["jobType"],
            repeat=Repeat.model_validate(document["repeat"]),
            payload=document["payload"],
            options=document["options"],
            subject=document["subject"],
            overlap=document["overlap"],
            catch_up=document["catchUp"],
        ),
        origin=document["origin"],
        next_due=document["nextDue"],
        enabled=document["enabled"],
        fired=document["fired"],
        skipped=document["skipped"],
        last_due=document["lastDue"],
        last_job_id=document["lastJobId"],
        note=document["note"],
        version=document["version"],
    )
