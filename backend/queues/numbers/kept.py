"""The port on which numbers are kept for all processes together, and what goes over it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from backend.queues.numbers.grains import Stretch

Numbers = Mapping[str, int]
"""Counts by their key: see `keys`."""


class Cell(NamedTuple):
    """What is counted together: a queue (or SYSTEM) in one minute since 1970."""

    scope: str
    minute: int


class Ranked(NamedTuple):
    """One of those that are ranked in an app: a user, or a thing such as a herb or a pose."""

    kind: Literal["user", "thing"]
    app: str
    id: str


SYSTEM = "system"
"""The scope of what belongs to no queue."""


@dataclass
class Batch:
    """What was counted and is not written yet."""

    counts: defaultdict[Cell, defaultdict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    last: defaultdict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """When something happened last, by scope and key, in milliseconds since 1970."""
    ranked: defaultdict[Ranked, defaultdict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def __bool__(self) -> bool:
        return bool(self.counts or self.ranked)

    def happened(self, scope: str, key: str, millis: int) -> None:
        last = self.last[scope]
        if last.get(key, 0) < millis:
            last[key] = millis

    def add(self, other: "Batch") -> None:
        """Take in what another one holds."""
        for cell, numbers in other.counts.items():
            add_up(self.counts[cell], numbers)
        for scope, times in other.last.items():
            for key, millis in times.items():
                self.happened(scope, key, millis)
        for ranked, numbers in other.ranked.items():
            add_up(self.ranked[ranked], numbers)


@dataclass(frozen=True)
class Total:
    """Everything that was ever counted in one scope, and when something happened last (milliseconds since 1970)."""

    counts: Numbers
    last: Numbers


class KeptNumbers(Protocol):
    """Numbers of all processes, which only grow. Survives restarts of everything; any method may raise Unavailable."""

    def add(self, batch: Batch) -> None:
        """Add these to what is there, in few writes; many processes may do so at once."""

    def totals(self, scopes: Iterable[str]) -> Mapping[str, Total]:
        """All that was ever counted, by scope; a scope that is not there had nothing."""

    def series(self, scope: str, stretch: Stretch) -> Mapping[int, Numbers]:
        """What was counted by slot; a slot that is not there had nothing."""

    def forget(self, scopes: Iterable[str], now: int) -> int:
        """Forget the slots that are older than their grain is kept; returns how many. Totals and ranks stay."""

    def top(self, kind: str, app: str, by: str, limit: int) -> Sequence[tuple[str, Numbers]]:
        """Those with the most of `by`, most first: their ids and numbers."""


def add_up(to: defaultdict[str, int], numbers: Numbers) -> None:
    """Add numbers to those that are there already."""
    for key, number in numbers.items():
        to[key] += number
