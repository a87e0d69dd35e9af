"""Numbers of counted fields: counted anew where that is quick, and otherwise kept, so that no caller waits for a long count."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

from backend.adapters.documents.store import StoreUnavailable
from backend.telemetry.logs import logger

QUICK = 0.1
"""A count that takes less than these seconds is made for every caller, who then gets exact numbers."""
SHARE = 10
"""What takes longer is counted again after so many times as long: the server spends a tenth of its time on it at most."""
OLDEST = 60.0
"""Numbers that are older by these seconds than they had to be are of no use: their caller waits for new ones."""

Numbers = dict[str, int]
log = logger("documents.mongo")


@dataclass(frozen=True)
class _Kept:
    numbers: Numbers
    at: float
    took: float


class Counts:
    """What one process knows of the numbers. No locks: a fork in the middle of a count must not leave one taken."""

    def __init__(
        self,
        count: Callable[[str, str], Numbers],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        aside: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        """`count` goes through all documents of a collection, by a field; `aside` starts work that nobody waits for."""
        self._count = count
        self._monotonic = monotonic
        self._aside = aside or _in_a_thread
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._at_work: dict[tuple[str, str], object] = {}

    def numbers(self, collection: str, by: str) -> Numbers:
        """How many there are per value, as `DocumentStore.count_by` answers."""
        kept = self._kept.get((collection, by))
        if kept is None or kept.took < QUICK:
            return self._counted(collection, by)
        age, due = self._monotonic() - kept.at, SHARE * kept.took
        if age > due + OLDEST:
            return self._counted(collection, by)
        if age > due:
            self._refresh(collection, by)
        return dict(kept.numbers)

    def _counted(self, collection: str, by: str) -> Numbers:
        begun = self._monotonic()
        numbers = self._count(collection, by)
        self._kept[collection, by] = _Kept(numbers, begun, self._monotonic() - begun)
        return dict(numbers)

    def _refresh(self, collection: str, by: str) -> None:
        mine = object()
        if self._at_work.setdefault((collection, by), mine) is not mine:
            return

        def work() -> None:
            try:
                self._counted(collection, by)
            except StoreUnavailable:
                # The next caller is to hear of it.
                self._kept.pop((collection, by), None)
            except Exception:
                log.exception("Documents could not be counted", collection=collection, field=by)
                self._kept.pop((collection, by), None)
            finally:
                self._at_work.pop((collection, by), None)

        self._aside(work)


def _in_a_thread(work: Callable[[], None]) -> None:
    Thread(target=work, name="mongo-counts", daemon=True).start()
