"""Takes the ledger of an earlier version over: its finished jobs do not say yet how long they ran, by which they are searched."""

from backend.adapters.documents.job_documents import from_document, to_document
from backend.adapters.documents.ledger import JOBS
from backend.adapters.documents.readable import readable
from backend.adapters.documents.store import Collection, DocumentStore, Replacement, Sort

UPGRADES = Collection("upgrades")
CHUNK = 200
_DONE = "done"
_OLDEST = Sort("createdAt")


class RunLengths:
    """Goes through the jobs once, the oldest first, a few at a time; where it is is kept, so that it goes on after a restart."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._done = False

    def go_on(self) -> bool:
        """The next few; False once nothing is left. What somebody else writes meanwhile says it by itself."""
        if self._done:
            return False
        mark = self._store.get(UPGRADES.name, JOBS) or {}
        cursor = mark.get("cursor")
        self._done = cursor == _DONE
        if self._done:
            return False
        found = self._store.find(JOBS, sort=_OLDEST, after=cursor, limit=CHUNK)
        silent = [document for document in found if "runMs" not in document and document.get("finishedAt") is not None]
        self._store.replace_many(JOBS, [Replacement(to_document(job), job.version) for job in readable(silent, from_document)])
        after = self._store.cursor(found[-1], _OLDEST) if len(found) == CHUNK else _DONE
        if not self._store.set_fields(UPGRADES.name, JOBS, {"cursor": after}):
            self._store.insert_many(UPGRADES.name, [{"id": JOBS, "cursor": after}])
        return after != _DONE
