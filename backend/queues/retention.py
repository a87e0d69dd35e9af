"""Forgets what is old, a little at a time, so that neither the document store nor Redis ever makes anybody wait for it."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from backend import context
from backend.queues.circuit import Circuit
from backend.queues.errors import BrokerUnavailable
from backend.queues.ports import Outside
from backend.telemetry.logs import logger

CHUNK = 200
BREATH_S = 0.01
"""Between two chunks, for those who wait to write."""
log = logger("queues.retention")


class Retention:
    """Removes finished jobs of the queues, and what Redis still lists of jobs that it has forgotten."""

    def __init__(self, outside: Outside, *, circuit: Circuit, sleep: Callable[[float], None] = time.sleep) -> None:
        self._ledger = outside.ledger
        self._broker = outside.broker
        self._clock = outside.clock
        self._circuit = circuit
        self._sleep = sleep

    def sweep(self, queues: Iterable[str], before: datetime, *, within: timedelta | None = None) -> dict[str, int]:
        """Remove what finished before then; returns how many per queue. It stops after `within`: the next sweep does the rest."""
        stop_at = None if within is None else self._clock.now() + within
        removed = {queue: self._sweep_queue(queue, before, stop_at) for queue in queues}
        self._sweep_redis(stop_at)
        return removed

    def _sweep_queue(self, queue: str, before: datetime, stop_at: datetime | None) -> int:
        total = 0
        while not self._over(stop_at) and (removed := self._ledger.remove_finished(queue, before, CHUNK)):
            total += removed
            self._sleep(BREATH_S)
        return total

    def _sweep_redis(self, stop_at: datetime | None) -> None:
        if self._over(stop_at) or context.has_waited() or not self._circuit.allows():
            return
        try:
            while not self._over(stop_at) and self._broker.forget_expired(self._clock.now(), CHUNK):
                self._sleep(BREATH_S)
            self._circuit.succeeded()
        except BrokerUnavailable as error:
            self._circuit.failed(error)
            log.info("Redis is swept another time", error=str(error))

    def _over(self, stop_at: datetime | None) -> bool:
        return stop_at is not None and self._clock.now() >= stop_at
