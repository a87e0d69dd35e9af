"""The decision for one job, queue or inline, with its reason; pure, so that every case can be listed in a table."""

from dataclasses import dataclass
from typing import Literal

Mode = Literal["queue", "inline"]


@dataclass(frozen=True)
class Decision:
    """Where a job runs: `queue` (a worker takes it) or `inline` (now, in the caller), and why."""

    mode: Mode
    reason: str


def decide(*, enable_queue: bool, circuit_open: bool = False, paused: bool = False, asked_inline: bool = False) -> Decision:
    """Decide where one job runs.

    A paused queue wins over everything but the caller's own wish, since a job that ran inline would pass the pause by.
    """
    if asked_inline:
        return Decision("inline", "the caller asked for it now")
    if paused:
        return Decision("queue", "the queue is paused: the job waits")
    if not enable_queue:
        return Decision("inline", "ENABLE_QUEUE is not true")
    if circuit_open:
        return Decision("inline", "Redis is away")
    return Decision("queue", "ENABLE_QUEUE is true")
