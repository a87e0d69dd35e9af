"""How many jobs of a queue ended in each minute: Bull's `getMetrics`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.errors import FieldError, InvalidInput
from backend.queues.records import FINISHED, JobState

KEPT_MINUTES = 48 * 60


@dataclass(frozen=True)
class QueueMetrics:
    """The minutes of one queue and outcome, the newest first, from the last one that is over; those without any are zeros.

    `data` is the part that was asked for of `points` minutes, which begin with the first that has any. `running` is the number
    of the minute that is not over, `total` is all of it.
    """

    queue: str
    state: JobState
    newest: int
    data: Sequence[int]
    points: int
    total: int
    running: int

    def to_bull(self) -> dict[str, Any]:
        """Bull's JSON, with numbers where Bull has texts, and `running` beside them."""
        meta = {"count": self.total, "prevTS": self.newest * 60_000, "prevCount": self.total - self.running}
        return {"meta": meta, "data": list(self.data), "count": self.points, "running": self.running}


def outcome(state: str) -> JobState:
    """`completed` or `failed`. Raises InvalidInput for anything else."""
    if state not in FINISHED:
        message = "only completed and failed jobs are counted by the minute"
        raise InvalidInput(f"state: {message}", errors=(FieldError("state", message, "INVALID"),))
    return JobState(state)


def metrics_of(queue: str, state: JobState, found: Mapping[int, int], now: int, *, start: int, end: int) -> QueueMetrics:
    """Of what was found by minute: the points from `start` to `end`, both included, 0 the newest and -1 the oldest."""
    since = max(now - KEPT_MINUTES, min(found, default=now))
    data = [found.get(minute, 0) for minute in range(now - 1, since - 1, -1)]
    running = sum(count for minute, count in found.items() if minute >= now)
    shown = data[start : None if end == -1 else end + 1]
    return QueueMetrics(queue, state, now - 1, shown, len(data), sum(data) + running, running)
