"""What alerts ask the documents of the ledger about failures: a number and the end of an index, never a scan."""

from datetime import datetime

from backend.adapters.documents.job_documents import lane
from backend.adapters.documents.ledger import JOBS
from backend.adapters.documents.store import DocumentStore, Range, Sort
from backend.queues.alerts.facts import Failure
from backend.queues.records import JobState
from backend.telemetry.logs import mask

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
