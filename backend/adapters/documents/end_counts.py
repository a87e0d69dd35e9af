"""How many jobs ended in which minute, on the document port: one document per hour, for all queues."""

from collections import defaultdict
from collections.abc import Mapping

from backend.adapters.documents.store import Collection, DocumentStore, Range
from backend.queues.ports import EndedIn
from backend.queues.records import JobState

ENDS = "job_ends"
COLLECTION = Collection(ENDS)
MOST = 1_000


class DocumentEndCounts:
    """`backend.queues.ports.EndCounts`. Its numbers lie at `<queue>.<state>.m<minute of the hour>`."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collection; safe to repeat."""
        self._store.ensure(COLLECTION)

    def add(self, counts: Mapping[EndedIn, int]) -> None:
        hours: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for (queue, state, minute), count in counts.items():
            hours[minute // 60][f"{queue}.{state.value}.m{minute % 60}"] = count
        for hour, amounts in hours.items():
            self._store.increment(ENDS, _id(hour), amounts, create=True)

    def of(self, queue: str, state: JobState, since: int) -> Mapping[int, int]:
        found: dict[int, int] = {}
        for document in self._store.find(ENDS, {"id": Range(gte=_id(since // 60))}, limit=MOST):
            minutes = document.get(queue, {}).get(state.value, {})
            found |= {int(document["id"]) * 60 + int(name[1:]): count for name, count in minutes.items()}
        return {minute: count for minute, count in found.items() if minute >= since}

    def forget(self, before: int) -> int:
        return self._store.delete_many(ENDS, {"id": Range(lt=_id(before // 60))}, MOST)


def _id(hour: int) -> str:
    """Such that ids sort as the hours do."""
    return f"{hour:09d}"
