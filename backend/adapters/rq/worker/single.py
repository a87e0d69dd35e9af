"""The worker: takes jobs one after the other, survives every outage, and loses nothing when it is told to stop."""

import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from redis.exceptions import RedisError

from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.interruption import CancelWatch, Interruption
from backend.adapters.rq.presence import Presence
from backend.errors import Unavailable
from backend.queues.errors import BrokerUnavailable
from backend.queues.names import QUEUES
from backend.queues.platform import QueuePlatform
from backend.queues.ports import Delivery
from backend.queues.working import run_delivery
from backend.telemetry.logs import logger

WAIT_S = 1.0  # so long a pause or a stop goes unnoticed at most
BEAT_EVERY_S = 10.0
LOOK_EVERY_S = 1.0
OUTAGE_WAIT_S = 1.0
STOP_DEADLINE_S = 25.0
log = logger("worker")


class Worker:
    """Serves its queues in turn, so that none starves, and by priority within each."""

    def __init__(
        self,
        platform: QueuePlatform,
        broker: RqBroker,
        *,
        queues: Sequence[str] = QUEUES,
        name: str = "",
        stop_deadline_s: float = STOP_DEADLINE_S,
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        self.name = name or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._platform = platform
        self._broker = broker
        self._queues = list(queues)
        self._stop_deadline_s = stop_deadline_s
        self._leave = leave
        self._stopping = threading.Event()
        self._stop_by = float("inf")
        self._presence: Presence | None = None
        self._current: Delivery | None = None
        self._outage = ""
        self._interruption = Interruption()
        self._cancel_watch = CancelWatch(platform, self._interruption, leave)

    def work(self) -> None:
        """Go on until SIGTERM or SIGINT. The running job may end, up to the deadline; a second signal cuts that short."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        self._interruption.listen()
        threading.Thread(target=self._pulse, name="worker-pulse", daemon=True).start()
        log.info("Worker started", worker=self.name, queues=self._queues)
        while not self._stopping.is_set():
            try:
                self._turn()
            except (BrokerUnavailable, RedisError) as error:
                self._sit_out(error)
                self._work_from_the_ledger()
            except Unavailable as error:
                self._sit_out(error)
        self._say_goodbye()
        log.info("Worker stopped", worker=self.name)

    def stop(self) -> None:
        """Take no more jobs; safe to call from a signal handler, as it only sets flags."""
        now = time.monotonic()
        self._stop_by = now if self._stopping.is_set() else now + self._stop_deadline_s
        self._stopping.set()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()

    def _turn(self) -> None:
        presence = self._presence or self._appear()
        paused = self._platform.outside.pauses.paused()
        self._queues.append(self._queues.pop(0))
        open_queues = [queue for queue in self._queues if queue not in paused]
        delivery = self._broker.take(open_queues, WAIT_S)
        self._platform.drain_watch.looked(open_queues, delivery)
        self._back_to_normal()
        if delivery is None:
            # Nothing to take at all (everything is paused) does not block: wait here instead of spinning.
            self._stopping.wait(WAIT_S if paused.issuperset(self._queues) else 0)
            return
        self._current = delivery
        try:
            with presence.showing(delivery) as states:
                job = run_delivery(self._platform, delivery, worker=self.name, time_limit=self._interruption.limit)
                if job is not None:
                    states.append(job.state)
        finally:
            self._current = None

    def _appear(self) -> Presence:
        self._presence = Presence(self.name, self._queues, self._broker.blocking)
        self._presence.beat()
        return self._presence

    def _sit_out(self, error: Exception) -> None:
        """Say once that something is away, then try again every second."""
        kind = type(error).__name__
        if kind != self._outage:
            self._outage = kind
            log.warning("Something that the worker needs is away", error=kind, detail=str(error))
        self._stopping.wait(OUTAGE_WAIT_S)

    def _work_from_the_ledger(self) -> None:
        """Redis is only the faster way to a job: while it is away, what is due for some seconds is found in the ledger."""
        try:
            self._platform.recovery.run_due(worker=self.name, time_limit=self._interruption.limit, stop=self._stopping.is_set)
        except Unavailable as error:
            self._sit_out(error)

    def _back_to_normal(self) -> None:
        if self._outage:
            self._outage = ""
            log.info("The worker takes jobs again")

    def _pulse(self) -> None:
        """From a thread that no job can block: heartbeats, cancelled jobs, and the end of the patience with one that outlives the stop."""
        beat_at = look_at = 0.0
        while True:
            time.sleep(0.2)
            if time.monotonic() >= self._stop_by:
                self._hand_back()
                self._leave(0)
                return
            if time.monotonic() >= beat_at:
                beat_at = time.monotonic() + BEAT_EVERY_S
                self._beat()
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + LOOK_EVERY_S
                self._cancel_watch.look()

    def _beat(self) -> None:
        try:
            if self._presence is not None:
                self._presence.beat()
        except RedisError as error:
            log.debug("A heartbeat was missed", error=str(error))

    def _hand_back(self) -> None:
        """The deadline is over: what still runs goes back to the front of its queue, and this process ends at once."""
        try:
            for job_id, token in self._platform.keeper.held():
                self._platform.runner.give_back(job_id, token)
            if self._current is not None:
                self._broker.put_back(self._current)
                log.warning("A job was handed back: the worker had to stop", job_id=self._current.job_id)
            self._say_goodbye()
        except Unavailable as error:
            log.warning("A job could not be handed back: it comes back when its lease has run out", error=str(error))

    def _say_goodbye(self) -> None:
        try:
            if self._presence is not None:
                self._presence.register_death()  # type: ignore[no-untyped-call]
        except RedisError as error:
            log.debug("The worker could not be signed off: RQ's tools forget it by themselves", error=str(error))
