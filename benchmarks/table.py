"""Times calls and prints a table: warm-up first, then median, 95th and 99th percentile and rate."""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

COLUMNS = ("what", "median ms", "p95 ms", "p99 ms", "max ms", "per second", "limit ms", "")


class Row(NamedTuple):
    """The measurement of one thing, in seconds; `limit` is for its 95th percentile, or for its median where `by` says so."""

    name: str
    seconds: Sequence[float]
    limit: float | None = None
    by: Literal["p95", "median"] = "p95"

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        return self.percentile(95)

    @property
    def kept(self) -> bool:
        return self.limit is None or (self.p95 if self.by == "p95" else self.median) <= self.limit

    def percentile(self, percent: int) -> float:
        """The least time that so many percent of the calls did not exceed."""
        return sorted(self.seconds)[math.ceil(len(self.seconds) * percent / 100) - 1]


def measure(name: str, call: Callable[[], object], *, times: int = 200, warm_up: int = 20, limit: float | None = None) -> Row:
    """Time so many calls one after another, after some that do not count."""
    for _ in range(warm_up):
        call()
    return Row(name, [timed(call) for _ in range(times)], limit)


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def show(title: str, rows: Sequence[Row]) -> bool:
    """Print the table; False where a row is over its limit."""
    lines = [COLUMNS, *map(_cells, rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(COLUMNS))]
    print(f"\n{title}")
    for name, *figures in lines:
        cells = [name.ljust(widths[0]), *(figure.rjust(width) for figure, width in zip(figures, widths[1:], strict=True))]
        print("  ".join(cells).rstrip())
    return all(row.kept for row in rows)


def _cells(row: Row) -> tuple[str, ...]:
    limit = "" if row.limit is None else f"{row.limit * 1000:.4g} ({row.by})"
    verdict = "" if row.limit is None else ("ok" if row.kept else "OVER")
    rate = f"{len(row.seconds) / sum(row.seconds):,.0f}"
    times = (row.median, row.p95, row.percentile(99), max(row.seconds))
    return (row.name, *(f"{value * 1000:.3f}" for value in times), rate, limit, verdict)
