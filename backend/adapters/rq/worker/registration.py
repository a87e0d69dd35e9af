"""Registers this worker with RQ's own tools, keeps it there, and signs it off; and those that could not do so themselves."""

import time
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError
from rq.queue import Queue
from rq.worker import WorkerStatus
from rq.worker_registration import clean_worker_registry

from backend.adapters.rq.worker.presence import Presence
from backend.adapters.rq.worker.seams import WorkerControl
from backend.telemetry.logs import logger

EVERY_S = 10.0
TIDY_EVERY_S = 120.0
"""A killed worker's hash is gone after that time; its name stays in RQ's sets until somebody takes it out."""
log = logger("worker.registration")


class Registration:
    """A duty of the pulse. A Redis that is away costs a heartbeat, and nothing else."""

    every_s = EVERY_S

    def __init__(self, redis: Redis, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._monotonic = monotonic
        self._tidy_at = 0.0
        self._presence: Presence | None = None

    def __call__(self, worker: WorkerControl) -> None:
        try:
            if self._presence is None:
                self._presence = Presence(worker.name, worker.queues, self._redis)
            if self._presence.beat():
                self._show_state(self._presence)
            self._tidy(worker)
        except RedisError as error:
            log.debug("A heartbeat was missed", error=str(error))

    def _show_state(self, presence: Presence) -> None:
        """From now on its turns say what it does; what they began before is said here."""
        for _ in range(2):  # a turn may come between the look and the word
            is_busy = self._redis.exists(presence.executions_key)
            presence.set_state(WorkerStatus.BUSY if is_busy else WorkerStatus.IDLE)

    def _tidy(self, worker: WorkerControl) -> None:
        """Let RQ take the names of workers that are gone out of its sets."""
        if self._monotonic() < self._tidy_at:
            return
        self._tidy_at = self._monotonic() + TIDY_EVERY_S
        for queue in worker.queues:
            clean_worker_registry(Queue(queue, connection=self._redis))

    def say_goodbye(self) -> None:
        try:
            if self._presence is not None:
                self._presence.register_death()  # type: ignore[no-untyped-call]
        except RedisError as error:
            log.debug("The worker could not be signed off: RQ's tools forget it by themselves", error=str(error))
