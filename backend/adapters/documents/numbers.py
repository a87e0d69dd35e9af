"""Numbers of the queues on the document port: a document per total, and one per minute, hour and day of a queue in which anything was."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from backend.adapters.documents.store import Collection, Document, DocumentStore, In, Index, Range, Sort, Tally
from backend.queues.insight import APPS
from backend.queues.middleware.count_jobs import GENERATIONS, USES
from backend.queues.numbers.grains import GRAINS, Stretch
from backend.queues.numbers.kept import Batch, Numbers, Ranked, Total

NUMBERS = "numbers"
COLLECTION = Collection(NUMBERS, tuple(Index((f"{app}.{by}",)) for app in APPS for by in (GENERATIONS, USES)))
CHUNK = 1_000


class DocumentNumbers:
    """`backend.queues.numbers.KeptNumbers`. All that a batch holds is one write, which SQLite does whole or not at all."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collection; safe to repeat."""
        self._store.ensure(COLLECTION)

    def add(self, batch: Batch) -> None:
        added: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        for cell, numbers in batch.counts.items():
            slots = (_id(grain.name, cell.scope, grain.slot(cell.minute)) for grain in GRAINS)
            for place in (_total(cell.scope), *slots):
                for name, number in numbers.items():
                    added[place][f"n.{name}"] += number
        for ranked, numbers in batch.ranked.items():
            added[_ranked(ranked)] |= {f"{ranked.app}.{name}": number for name, number in numbers.items()}
        last = {_total(scope): {f"last.{name}": millis for name, millis in times.items()} for scope, times in batch.last.items()}
        self._store.tally(NUMBERS, [Tally(place, numbers, last.get(place, {})) for place, numbers in added.items()])

    def totals(self, scopes: Iterable[str]) -> Mapping[str, Total]:
        by_id = {_total(scope): scope for scope in scopes}
        found = self._store.find(NUMBERS, {"id": In(tuple(by_id))}, limit=len(by_id))
        return {by_id[document["id"]]: Total(document.get("n", {}), document.get("last", {})) for document in found}

    def series(self, scope: str, stretch: Stretch) -> Mapping[int, Numbers]:
        grain, first, last = stretch
        return {int(document["id"].rpartition(".")[2]): document.get("n", {}) for document in self._slots(grain.name, scope, first, last)}

    def forget(self, scopes: Iterable[str], now: int) -> int:
        return sum(self._forget(grain.name, scope, grain.oldest(now)) for scope in scopes for grain in GRAINS)

    def top(self, kind: str, app: str, by: str, limit: int) -> Sequence[tuple[str, Numbers]]:
        # Users and things are ranked by fields of different names: one index has only the ones.
        found = self._store.find(NUMBERS, {f"{app}.{by}": Range(gt=0)}, sort=Sort(f"{app}.{by}", "desc"), limit=limit)
        return [(document["id"].removeprefix(f"{kind}."), document[app]) for document in found]

    def _slots(self, grain: str, scope: str, first: int, last: int) -> Iterator[Document]:
        at = _id(grain, scope, first)
        while True:
            found = self._store.find(NUMBERS, {"id": Range(gte=at, lte=_id(grain, scope, last))}, limit=CHUNK)
            yield from found
            if len(found) < CHUNK:
                return
            at = _id(grain, scope, int(found[-1]["id"].rpartition(".")[2]) + 1)

    def _forget(self, grain: str, scope: str, oldest: int) -> int:
        old = {"id": Range(gte=_id(grain, scope, 0), lt=_id(grain, scope, oldest))}
        forgotten = 0
        while gone := self._store.delete_many(NUMBERS, old, CHUNK):
            forgotten += gone
        return forgotten


def _total(scope: str) -> str:
    return f"total.{scope}"


def _id(grain: str, scope: str, slot: int) -> str:
    """Such that the ids of one scope sort as time does."""
    return f"{grain}.{scope}.{slot:010d}"


def _ranked(ranked: Ranked) -> str:
    return f"{ranked.kind}.{ranked.id}"
