"""The arithmetic of a side-by-side measurement: medians over interleaved runs, their spread, and what was promised."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Samples = Mapping[str, Mapping[str, Sequence[float]]]
"""By contender and figure, one value of each run, the runs in one order for all."""


class Spread(NamedTuple):
    """The middle and the ends of some values."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


@dataclass(frozen=True)
class Goal:
    """A promise about one figure of ours: at least or at most `factor` times a peer's, or the number `limit` where no peer is named."""

    ours: str
    figure: str
    direction: str  # "at least" or "at most"
    peer: str = ""
    factor: float = 1.0
    limit: float = 0.0

    def __str__(self) -> str:
        measure = f"{self.factor:g} x {self.peer}" if self.peer else f"{self.limit:g}"
        return f"{self.ours}: {self.figure} {self.direction} {measure}"

    def ratio(self, samples: Samples) -> Spread:
        """Ours by the peer's (or by the limit): of the medians, and run by run its lowest and highest."""
        ours = samples[self.ours][self.figure]
        theirs = samples[self.peer][self.figure] if self.peer else [self.limit] * len(ours)
        of_runs = [mine / yours for mine, yours in zip(ours, theirs, strict=True)]
        return Spread(statistics.median(ours) / statistics.median(theirs), min(of_runs), max(of_runs))

    def kept(self, samples: Samples) -> bool:
        """Whether the medians keep it."""
        ratio = self.ratio(samples).median
        return ratio >= self.factor if self.direction == "at least" else ratio <= self.factor

    def can_be_judged(self, samples: Samples) -> bool:
        """Whether all that it compares was measured."""
        return all(self.figure in samples.get(name, {}) for name in filter(None, (self.ours, self.peer)))


def judged(goals: Sequence[Goal], samples: Samples) -> list[tuple[str, bool]]:
    """One line for each goal that can be judged, and whether it is kept."""
    lines = []
    for goal in goals:
        if goal.can_be_judged(samples):
            ratio, kept = goal.ratio(samples), goal.kept(samples)
            verdict = "kept" if kept else "NOT KEPT"
            lines.append((f"{goal}: {ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f} run by run): {verdict}", kept))
    return lines


def table(samples: Samples) -> list[str]:
    """A line per contender: each figure's median and its lowest and highest run."""
    figures = list(dict.fromkeys(figure for of_one in samples.values() for figure in of_one))
    lines = [("", *(cell for figure in figures for cell in (figure, "from", "to")))]
    lines += [(name, *(cell for figure in figures for cell in _cells(of_one.get(figure)))) for name, of_one in samples.items()]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return [_line(line, widths) for line in lines]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()


def _cells(values: Sequence[float] | None) -> tuple[str, str, str]:
    if not values:
        return "", "", ""
    middle, low, high = spread(values)
    return _number(middle), _number(low), _number(high)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
