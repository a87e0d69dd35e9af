"""Removes finished jobs and keeps their numbers, each counted once whatever dies in between."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from typing import Any

from backend.adapters.documents.store import Collection, Document, DocumentStore, DuplicateKey, VersionConflict, Where
from backend.queues.records import Job
from backend.queues.summaries import DaySummary, summarise

SUMMARIES = Collection("job_summaries")
REMOVALS = Collection("job_removals")
_FIELDS = tuple(field.name for field in fields(DaySummary))
MOST = 10_000


class JobSummaries:
    """One batch per queue at a time. It is written down before anything is counted or removed, under a number that rises;
    each summary remembers the last number that it has counted. So whoever finds a batch half done, after a crash or beside
    another process, does the rest of it."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def remove(self, queue: str, choose: Callable[[], Sequence[Job]], delete: Callable[[Sequence[str]], object]) -> list[str]:
        """Remove the finished jobs that `choose` finds now and count them; returns their ids.

        `delete` takes away the documents with these ids, where they have still finished.
        """
        while True:
            batch = self._settled(queue, delete)
            jobs = list(choose())
            if not jobs:
                return []
            groups = [asdict(summary) for summary in summarise(jobs)]
            ids = [job.id for job in jobs]
            try:
                begun = self._store.replace(
                    REMOVALS.name, {"id": queue, "number": batch["number"] + 1, "ids": ids, "groups": groups}, batch["version"]
                )
            except VersionConflict:
                continue  # another process has begun one: help it, then choose anew
            self._finish(begun, delete)
            return ids

    def all(self, queue: str | None = None) -> list[DaySummary]:
        """By queue, type and day."""
        where: Where = {"queue": queue} if queue else {}
        found = self._store.find(SUMMARIES.name, where, limit=MOST)
        return [DaySummary(**{name: document[name] for name in _FIELDS}) for document in found]

    def _settled(self, queue: str, delete: Callable[[Sequence[str]], object]) -> Document:
        """The queue's batch document with nothing left to do in it."""
        while True:
            batch = self._store.get(REMOVALS.name, queue)
            if batch is None:
                self._insert(REMOVALS.name, {"id": queue, "number": 0, "ids": [], "groups": []})
            elif batch["ids"]:
                self._finish(batch, delete)
            else:
                return batch

    def _finish(self, batch: Document, delete: Callable[[Sequence[str]], object]) -> None:
        for group in batch["groups"]:
            self._count(DaySummary(**{name: group[name] for name in _FIELDS}), batch["number"])
        delete(batch["ids"])
        # Where it is another batch by now, somebody else has done the rest.
        where: Where = {"number": batch["number"]}
        self._store.set_fields(REMOVALS.name, batch["id"], {"ids": [], "groups": []}, where)

    def _count(self, more: DaySummary, number: int) -> None:
        while True:
            document = self._store.get(SUMMARIES.name, more.id)
            if document is None:
                self._insert(SUMMARIES.name, {"id": more.id, **_empty(more), "lastBatch": 0})
                continue
            if document["lastBatch"] >= number:
                return
            total = DaySummary(**{name: document[name] for name in _FIELDS}).plus(more)
            try:
                self._store.replace(SUMMARIES.name, {"id": more.id, **asdict(total), "lastBatch": number}, document["version"])
            except VersionConflict:
                continue
            return

    def _insert(self, collection: str, document: Document) -> None:
        try:
            self._store.insert(collection, document)
        except DuplicateKey:
            return


def _empty(summary: DaySummary) -> dict[str, Any]:
    return asdict(DaySummary(summary.queue, summary.type, summary.day))
