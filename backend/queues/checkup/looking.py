"""Takes in how the queues and Redis are: each look may take as long as its server does, as nobody waits for it."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend.queues.circuit import Circuit
from backend.queues.errors import BrokerUnavailable
from backend.queues.health import RedisState, redis_state
from backend.queues.names import QUEUES
from backend.queues.numbers import QueueNumbers, Window
from backend.queues.numbers.keys import COMPLETED, FAILED, named
from backend.queues.ports import Outside
from backend.queues.roster import WorkerSeen
from backend.queues.staleness import stale_jobs
from backend.queues.stats import queue_stats
from backend.queues.window import RedisVitals
from backend.queues.window import Window as RedisWindow


@dataclass(frozen=True)
class QueueSeen:
    """One queue: the counts of the ledger, how many jobs run beyond their timeout, since when the oldest one has been due, how its
    jobs ended within the window, and how many ever did."""

    stats: Mapping[str, int]
    is_paused: bool
    stale: int
    waiting_since: datetime | None
    window: Window
    ever: int


@dataclass(frozen=True)
class RedisSeen:
    """Redis: whether it answers and how fast, what it says of itself, and the workers that report to it. `unlisted` are those that it
    does not know any more, and that an earlier look of this process saw: one that was emptied has forgotten workers that work on."""

    state: RedisState
    response_ms: float | None = None
    vitals: RedisVitals | None = None
    workers: Sequence[WorkerSeen] = field(default=())
    unlisted: Sequence[WorkerSeen] = field(default=())


class Looks:
    """Each raises what the document store raises; a Redis that is away is an answer."""

    def __init__(
        self,
        outside: Outside,
        *,
        circuit: Circuit,
        numbers: QueueNumbers,
        redis: RedisWindow | None,
        span: timedelta,
        idle: timedelta,
        silent: timedelta,
    ) -> None:
        self._outside = outside
        self._circuit = circuit
        self._numbers = numbers
        self._window = redis
        self._span = span
        self._idle = idle
        self._silent = silent
        self._last_seen = RedisSeen("away")

    @property
    def is_cut_off(self) -> bool:
        """Whether this process has given Redis up for the moment, without a look."""
        return self._circuit.state == "open"

    def queues(self) -> Mapping[str, QueueSeen]:
        """Every queue, out of the ledger and the numbers."""
        paused = self._outside.pauses.paused()
        stats = queue_stats(self._outside.ledger.counts(), paused)
        windows = {queue: self._numbers.window(queue, self._span) for queue in QUEUES}
        totals = self._numbers.totals()
        since = self._waiting_since([queue for queue in QUEUES if stats[queue]["waiting"] and self._is_idle(windows[queue])])
        return {
            queue: QueueSeen(
                stats=stats[queue],
                is_paused=queue in paused,
                stale=stale_jobs(self._outside.ledger, queue, self._outside.clock.now()) if stats[queue]["active"] else 0,
                waiting_since=since.get(queue),
                window=windows[queue],
                ever=sum(count for name in (COMPLETED, FAILED) for _, count in named(totals[queue].counts, name)) if queue in totals else 0,
            )
            for queue in QUEUES
        }

    def redis(self) -> RedisSeen:
        """One question of the broker, and two of what is behind it; nobody is asked while the circuit is open. Of a Redis that is away
        it says what was seen last."""
        began = time.monotonic()
        state = redis_state(self._outside.broker, self._circuit, enable_queue=self._outside.enable_queue)
        took_ms = (time.monotonic() - began) * 1000
        if state == "off":
            return RedisSeen(state)
        last = self._last_seen
        if state == "away":
            return RedisSeen(state, None, last.vitals, last.workers)
        try:
            vitals, workers = (self._window.vitals(), self._window.workers()) if self._window else (None, ())
        except BrokerUnavailable:
            vitals, workers = last.vitals, last.workers
        self._last_seen = RedisSeen(state, took_ms, vitals, workers, self._unlisted(workers))
        return self._last_seen

    def _unlisted(self, listed: Sequence[WorkerSeen]) -> Sequence[WorkerSeen]:
        """Those of the last look that are gone from the list without having begun to stop, for as long as none of them counts as silent."""
        names, since = {each.name for each in listed}, self._outside.clock.now() - self._silent
        before = (*self._last_seen.workers, *self._last_seen.unlisted)
        return [
            each
            for each in before
            if each.name not in names and not each.stopping and each.last_heartbeat is not None and each.last_heartbeat > since
        ]

    def _is_idle(self, window: Window) -> bool:
        return window.last_ended_at is None or self._outside.clock.now() - window.last_ended_at >= self._idle

    def _waiting_since(self, queues: Collection[str]) -> dict[str, datetime]:
        """Since when the oldest of those that wait has been due."""
        found = {queue: self._outside.ledger.waiting_since(queue) for queue in queues}
        return {queue: since for queue, since in found.items() if since is not None}
