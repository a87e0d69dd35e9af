"""What alerts ask the ledger's documents: single numbers and the ends of indexes, never a scan."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from backend.adapters.documents.job_documents import lane
from backend.adapters.documents.ledger import JOBS
from backend.adapters.documents.store import Document, DocumentStore, Range, Sort
from backend.queues.alerts.facts import Failure
from backend.queues.records import JobState
from backend.telemetry.logs import mask

OLDEST = 500
ACTIVE = 1_000
GRACE = timedelta(seconds=15)
"""So long beyond its timeout a job may be on its way to its end."""
LONGEST_ERROR = 300


class DocumentJobFacts:
    """`backend.queues.alerts.ports.JobFacts`, over the collection of the ledger."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def failed_since(self, queue: str, since: datetime) -> int:
        return self._store.count(JOBS, {"lane": lane(queue, JobState.FAILED), "finishedAt": Range(gt=since)})

    def newest_failure(self, queue: str) -> Failure | None:
        found = self._store.find(JOBS, {"lane": lane(queue, JobState.FAILED)}, sort=Sort("finishedAt", "desc"), limit=1)
        return Failure(found[0]["id"], mask(str(found[0]["error"]))[:LONGEST_ERROR]) if found else None

    def waiting_since(self) -> Mapping[str, datetime]:
        found = self._store.find(JOBS, {"state": JobState.WAITING.value}, sort=Sort("dueAt"), limit=OLDEST)
        return {document["queue"]: document["dueAt"] for document in reversed(found)}

    def stale(self, queue: str, now: datetime) -> int:
        found = self._store.find(JOBS, {"lane": lane(queue, JobState.ACTIVE)}, limit=ACTIVE)
        return sum(_is_stale(document, now) for document in found)


def _is_stale(document: Document, now: datetime) -> bool:
    timeout = document["options"].get("timeout") or 0
    attempts = document["attempts"]
    return bool(timeout and attempts) and now - attempts[-1]["started_at"] > timedelta(milliseconds=timeout) + GRACE
