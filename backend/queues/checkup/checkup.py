"""Answers how the platform is within milliseconds: from what was seen last, marked with its age, while somebody looks again."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from backend.clock import Clock
from backend.queues.checkup.judging import Report, Verdict, judge_all, judge_queue, judge_redis, verdict_of
from backend.queues.checkup.looking import Looks, RedisSeen
from backend.queues.checkup.probe import Probe, Reading
from backend.queues.checkup.thresholds import Thresholds
from backend.queues.health import RedisState
from backend.queues.names import QUEUES

PATIENCE_S = 0.015
"""So long a question waits for a look that has just begun: the rest of the 50 ms in which health answers is for a busy machine."""
HANGS_AFTER_S = 1.0
"""A server that has not answered a look for so long counts as away; one that is only slow has answered before."""


@dataclass(frozen=True)
class Readiness:
    """Whether the document store answers, and Redis; `unknown` for the first moment of a process."""

    documents: Literal["up", "down"]
    redis: RedisState | Literal["unknown"]


class Checkup:
    """Never raises, and never waits longer than the patience of who asks, whatever hangs.

    The document store counts as up until a look has failed or hangs: the process could not have been built without it.
    """

    def __init__(
        self,
        ping_documents: Callable[[], None],
        looks: Looks,
        limits: Thresholds,
        clock: Clock,
        *,
        inline: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._documents = Probe("documents", ping_documents, monotonic=monotonic)
        self._redis = Probe("redis", looks.redis, monotonic=monotonic)
        self._queues = Probe("queues", looks.queues, monotonic=monotonic)
        self._looks = looks
        self._limits = limits
        self._clock = clock
        self._inline = inline
        self._monotonic = monotonic

    def look(self) -> None:
        """Begin to look at everything; nobody waits. A process that is about to serve has an answer for the first who asks."""
        for probe in (self._documents, self._redis, self._queues):
            probe.ask()

    def readiness(self) -> Readiness:
        """Whether the process can serve."""
        documents, redis = self._read(self._documents, self._redis)
        seen = self._redis_of(redis)
        return Readiness("down" if _is_away(documents) else "up", seen.state if seen else "unknown")

    def report(self, *, patience_s: float = PATIENCE_S) -> Report:
        """Everything. Whoever has more patience, as a command, is told what this moment is."""
        documents, redis, queues = self._read(self._documents, self._redis, self._queues, patience_s=patience_s)
        seen, at = self._redis_of(redis), self._clock.now()
        found = queues.value or {}
        then, redis_then = _when(at, queues), _when(at, redis)
        each = [
            judge_queue(name, found.get(name), seen, self._limits, inline=self._inline, at=then, redis_at=redis_then) for name in QUEUES
        ]
        stored, redis_verdict = _documents_verdict(documents, queues), judge_redis(seen, self._limits)
        return Report(
            at=at,
            verdict=judge_all(stored, redis_verdict, each),
            documents=stored,
            redis_verdict=redis_verdict,
            redis=seen,
            queues=each,
            queues_age_s=queues.age_s,
            redis_age_s=redis.age_s,
            span=self._limits.window,
        )

    def close(self) -> None:
        """Nobody looks any more."""
        for probe in (self._documents, self._redis, self._queues):
            probe.close()

    def _redis_of(self, reading: Reading[RedisSeen]) -> RedisSeen | None:
        """What was seen; away where the look hangs or came to grief or the circuit is open, with what was known before."""
        seen = reading.value
        if not (_is_away(reading) or self._looks.is_cut_off):
            return seen
        return RedisSeen("away", None, seen.vitals if seen else None, seen.workers if seen else ())

    def _read(self, *probes: Probe[Any], patience_s: float = PATIENCE_S) -> list[Reading[Any]]:
        """All of them begin before anybody is waited for, and all share one patience."""
        for probe in probes:
            probe.ask()
        end = self._monotonic() + patience_s
        return [probe.reading(max(0.0, end - self._monotonic())) for probe in probes]


def _is_away(reading: Reading[Any]) -> bool:
    return bool(reading.error) or reading.pending_s >= HANGS_AFTER_S


def _when(at: datetime, reading: Reading[Any]) -> datetime:
    return at - timedelta(seconds=reading.age_s or 0.0)


def _documents_verdict(documents: Reading[Any], queues: Reading[Any]) -> Verdict:
    if not (_is_away(documents) or _is_away(queues)):
        return verdict_of([])
    if queues.age_s is None:
        return verdict_of([("unhealthy", "The document store does not answer: nothing is known of the queues")])
    return verdict_of([("unhealthy", f"The document store does not answer: the numbers of the queues are {queues.age_s:.0f} s old")])
