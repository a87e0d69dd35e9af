"""The decision for one job, queue or inline, with its reason; pure, so that every case can be listed in a table."""

from dataclasses import dataclass
from typing import Literal

Mode = Literal["queue", "inline"]


ASKED = "the caller asked for it now"
PAUSED = "the queue is paused: the job waits"
DISABLED = "ENABLE_QUEUE is not true"
REDIS_AWAY = "Redis is away"
ENABLED = "ENABLE_QUEUE is true"
_TOO_MANY = "jobs run in their callers already: it waits for its turn"
_FALLBACKS = {DISABLED: "queue_disabled", REDIS_AWAY: "redis_away"}
FALLBACK_REASONS = (*_FALLBACKS.values(), "inline_full")
"""Why a job did not go the way of the queue, as metrics tell it."""


@dataclass(frozen=True)
class Decision:
    """Where a job runs: `queue` (a worker takes it) or `inline` (now, in the caller), and why."""

    mode: Mode
    reason: str


_ASKED, _PAUSED = Decision("inline", ASKED), Decision("queue", PAUSED)
_DISABLED, _AWAY, _ENABLED = Decision("inline", DISABLED), Decision("inline", REDIS_AWAY), Decision("queue", ENABLED)


def decide(*, enable_queue: bool, circuit_open: bool = False, paused: bool = False, asked_inline: bool = False) -> Decision:
    """Decide where one job runs.

    A paused queue wins over everything but the caller's own wish, since a job that ran inline would pass the pause by.
    """
    if asked_inline:
        return _ASKED
    if paused:
        return _PAUSED
    if not enable_queue:
        return _DISABLED
    if circuit_open:
        return _AWAY
    return _ENABLED


def too_many(limit: int) -> str:
    """The reason of a job that was to run in its caller, where that many do already."""
    return f"{limit} {_TOO_MANY}"


def fallback_reason(mode: Mode, reason: str) -> str:
    """Which of FALLBACK_REASONS it was that kept the job from the queue, or from its caller; empty where nothing did."""
    if mode == "inline":
        return _FALLBACKS.get(reason, "")
    return "inline_full" if reason.endswith(_TOO_MANY) else ""
