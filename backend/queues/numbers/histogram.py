"""The one set of buckets in which every duration is counted, so that all of them can be added up, and what they tell."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate

BOUNDS_MS = (5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000)
"""From 5 ms to 10 minutes, each about twice the one before; the thresholds of the alerts (30 s, 60 s) are among them."""
BUCKETS = len(BOUNDS_MS) + 1
"""The last one is for what took longer than 10 minutes."""
_BOUNDS = tuple(timedelta(milliseconds=bound) for bound in BOUNDS_MS)
_MICROSECOND = timedelta(microseconds=1)
_NO_TIME = timedelta()
_SHORT = _BOUNDS[0]


class Lengths:
    """Durations while they are counted: how many fell into each bucket, and all of them together."""

    __slots__ = ("_total", "buckets")

    def __init__(self) -> None:
        self.buckets = [0] * BUCKETS
        self._total = _NO_TIME

    def take(self, length: timedelta) -> None:
        """Count it; one below 0 as 0: the clocks of two machines may differ. A bound belongs to the bucket below it, as in Prometheus."""
        # To compare takes long, and most are short: they are compared once.
        self.buckets[bisect_left(_BOUNDS, length) if length > _SHORT else 0] += 1
        if length > _NO_TIME:
            self._total += length

    @property
    def total_us(self) -> int:
        return self._total // _MICROSECOND


@dataclass(frozen=True)
class Durations:
    """How many durations fell into each bucket, and all of them together in microseconds."""

    buckets: Sequence[int] = (0,) * BUCKETS
    total_us: int = 0

    @property
    def count(self) -> int:
        return sum(self.buckets)

    @property
    def average_ms(self) -> float | None:
        """The mean, exact; None where there was none."""
        return self.total_us / self.count / 1_000 if self.count else None

    def percentile_ms(self, percent: float) -> float | None:
        """So many per cent took no longer than this, to the precision of a bucket; None where there was none.

        Inside of a bucket evenly spread, as Prometheus' `histogram_quantile` takes it, so that both tell the same; what is over
        10 minutes counts as 10 minutes.
        """
        count = self.count
        if not count:
            return None
        rank = count * percent / 100
        for place, reached in enumerate(accumulate(self.buckets)):
            if reached >= rank and self.buckets[place]:
                return _within(place, (rank - reached + self.buckets[place]) / self.buckets[place])
        raise AssertionError  # pragma: no cover - the last bucket reaches the count

    def longer_than(self, milliseconds: int) -> int:
        """How many took longer than a bound of a bucket. Raises ValueError for any other length."""
        return sum(self.buckets[BOUNDS_MS.index(milliseconds) + 1 :])

    def plus(self, other: "Durations") -> "Durations":
        return Durations([mine + its for mine, its in zip(self.buckets, other.buckets, strict=True)], self.total_us + other.total_us)


def _within(place: int, share: float) -> float:
    if place == len(BOUNDS_MS):
        return float(BOUNDS_MS[-1])
    lower = BOUNDS_MS[place - 1] if place else 0
    return lower + (BOUNDS_MS[place] - lower) * min(max(share, 0.0), 1.0)
