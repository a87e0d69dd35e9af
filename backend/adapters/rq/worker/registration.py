"""Registers this worker with RQ's own tools, keeps it there, and signs it off."""

from redis import Redis
from redis.exceptions import RedisError
from rq.worker import WorkerStatus

from backend.adapters.rq.worker.presence import Presence
from backend.adapters.rq.worker.seams import WorkerControl
from backend.telemetry.logs import logger

EVERY_S = 10.0
log = logger("worker.registration")


class Registration:
    """A duty of the pulse. A Redis that is away costs a heartbeat, and nothing else."""

    every_s = EVERY_S

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._presence: Presence | None = None

    def __call__(self, worker: WorkerControl) -> None:
        try:
            if self._presence is None:
                self._presence = Presence(worker.name, worker.queues, self._redis)
            if self._presence.beat():
                self._show_state(self._presence)
        except RedisError as error:
            log.debug("A heartbeat was missed", error=str(error))

    def _show_state(self, presence: Presence) -> None:
        """From now on its turns say what it does; what they began before is said here."""
        for _ in range(2):  # a turn may come between the look and the word
            is_busy = self._redis.exists(presence.executions_key)
            presence.set_state(WorkerStatus.BUSY if is_busy else WorkerStatus.IDLE)

    def say_goodbye(self) -> None:
        try:
            if self._presence is not None:
                self._presence.register_death()  # type: ignore[no-untyped-call]
        except RedisError as error:
            log.debug("The worker could not be signed off: RQ's tools forget it by themselves", error=str(error))
