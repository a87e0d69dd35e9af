"""Searches the whole ledger: a query in words, one page of jobs as the answer."""

import time
from dataclasses import dataclass
from typing import Any

from backend.clock import Clock
from backend.queues.ports import JobsFound, Ledger, SearchOrder
from backend.queues.search_language import read_terms
from backend.queues.search_meaning import People, meaning

MOST = 200
PATIENCE_S = 0.1
"""Of one page; what there was no time for, the next page has."""


@dataclass(frozen=True)
class SearchAnswer:
    """One page, and how long it took."""

    found: JobsFound
    took_ms: float

    @property
    def full_index(self) -> bool:
        return self.found.known >= 1

    def numbers(self) -> dict[str, Any]:
        """What is known beside the jobs themselves."""
        found = self.found
        return {
            "next": found.next,
            "atLeast": found.at_least,
            "atMost": found.at_most,
            "tookMs": round(self.took_ms, 1),
            "indexedPercent": int(found.known * 100),
        }


class JobSearch:
    """Jobs by what is known of them; see docs/reference/search.md for the language."""

    def __init__(self, ledger: Ledger, clock: Clock, people: People) -> None:
        self._ledger = ledger
        self._clock = clock
        self._people = people

    def find(self, query: str, *, order: SearchOrder = "newest", cursor: str | None = None, limit: int = 50) -> SearchAnswer:
        """One page. Raises InvalidInput naming the bad term, its place and the cure; and Unavailable."""
        began = time.perf_counter()
        wanted = meaning(read_terms(query), self._clock.now(), self._people)
        found = self._ledger.search(wanted, order=order, cursor=cursor, limit=max(1, min(limit, MOST)), patience_s=PATIENCE_S)
        return SearchAnswer(found, (time.perf_counter() - began) * 1000)
