"""What alerts ask the ledger's documents: single numbers and the ends of indexes, never a scan."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from backend.adapters.documents.job_documents import lane
from backend.adapters.documents.ledger import JOBS
from backend.adapters.documents.store import Document, DocumentStore, Range, Sort
from backend.queues.alerts.facts import Failure
from backend.queues.records import JobState
from backend.telemetry.logs import mask

PAGE = 50
PAGES = 10
"""So many of the oldest jobs are looked at where one queue has them all."""
ACTIVE = 1_000
GRACE = timedelta(seconds=15)
"""So long beyond its timeout a job may be on its way to its end."""
LONGEST_ERROR = 300
_OLDEST = Sort("dueAt")


class DocumentJobFacts:
    """`backend.queues.alerts.ports.JobFacts`, over the collection of the ledger."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def failed_since(self, queue: str, since: datetime) -> int:
        return self._store.count(JOBS, {"lane": lane(queue, JobState.FAILED), "finishedAt": Range(gt=since)})

    def newest_failure(self, queue: str) -> Failure | None:
        found = self._store.find(JOBS, {"lane": lane(queue, JobState.FAILED)}, sort=Sort("finishedAt", "desc"), limit=1)
        return Failure(found[0]["id"], mask(str(found[0]["error"]))[:LONGEST_ERROR]) if found else None

    def waiting_since(self, queues: Collection[str]) -> Mapping[str, datetime]:
        wanted, found, cursor = set(queues), dict[str, datetime](), None
        for _ in range(PAGES if wanted else 0):
            page = self._store.find(JOBS, {"state": JobState.WAITING.value}, sort=_OLDEST, after=cursor, limit=PAGE)
            for document in page:
                found.setdefault(document["queue"], document["dueAt"])
            if len(page) < PAGE or found.keys() >= wanted:
                break
            cursor = self._store.cursor(page[-1], _OLDEST)
        return found

    def stale(self, queue: str, now: datetime) -> int:
        found = self._store.find(JOBS, {"lane": lane(queue, JobState.ACTIVE)}, limit=ACTIVE)
        return sum(_is_stale(document, now) for document in found)


def _is_stale(document: Document, now: datetime) -> bool:
    timeout = document["options"].get("timeout") or 0
    attempts = document["attempts"]
    return bool(timeout and attempts) and now - attempts[-1]["started_at"] > timedelta(milliseconds=timeout) + GRACE
