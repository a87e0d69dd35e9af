"""Numbers of one process alone, for a platform that was put together without a place to keep them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock

from backend.queues.numbers.grains import GRAINS, Stretch
from backend.queues.numbers.kept import Batch, Numbers, Total, add_up


class InProcessNumbers:
    """`KeptNumbers` over one batch that is never written."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._all = Batch()
        self._totals: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, batch: Batch) -> None:
        with self._lock:
            self._all.add(batch)
            for cell, numbers in batch.counts.items():
                add_up(self._totals[cell.scope], numbers)

    def totals(self, scopes: Iterable[str]) -> Mapping[str, Total]:
        with self._lock:
            return {scope: Total(dict(self._totals[scope]), dict(self._all.last[scope])) for scope in scopes if scope in self._totals}

    def series(self, scope: str, stretch: Stretch) -> Mapping[int, Numbers]:
        found: defaultdict[int, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        with self._lock:
            for cell, numbers in self._all.counts.items():
                slot = stretch.grain.slot(cell.minute)
                if cell.scope == scope and stretch.first <= slot <= stretch.last:
                    add_up(found[slot], numbers)
        return found

    def forget(self, scopes: Iterable[str], now: int) -> int:
        """What lies further back than a year; a shorter time is nothing to one process."""
        longest = max(GRAINS, key=lambda grain: grain.kept)
        oldest, known = longest.oldest(now), set(scopes)
        with self._lock:
            old = [cell for cell in self._all.counts if cell.scope in known and longest.slot(cell.minute) < oldest]
            for cell in old:
                del self._all.counts[cell]
        return len(old)

    def top(self, kind: str, app: str, by: str, limit: int) -> Sequence[tuple[str, Numbers]]:
        with self._lock:
            found = [(each.id, dict(numbers)) for each, numbers in self._all.ranked.items() if (each.kind, each.app) == (kind, app)]
        counted = sorted((one for one in found if one[1].get(by)), key=lambda one: (one[1][by], one[0]), reverse=True)
        return counted[:limit]
