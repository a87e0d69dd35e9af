"""Brings back what Redis lost where no scheduler does: one worker at a time, seldom, and beside its jobs."""

import threading
from datetime import timedelta

from backend.adapters.rq.worker.seams import WorkerControl
from backend.clock import Clock
from backend.errors import Unavailable
from backend.queues.ports import Leadership
from backend.queues.recovery import Recovery
from backend.queues.scheduling import LEASE_NAME as SCHEDULER
from backend.telemetry.logs import logger

EVERY_S = 10.0
LEASE_NAME = "relay"
LEASE = timedelta(seconds=25)
"""Outlives two looks, so that it stays where it is; a worker that is gone is followed by another after that time."""
ENDS_WITHIN_S = 1.0
log = logger("worker.relaying")


class Relaying:
    """A duty of the pulse. While a scheduler leads, or another worker relays, it is two small reads of the ledger.

    The relay itself has a thread of its own: behind a Redis that was emptied it takes as long as the line is. Two at a time, as after
    a lease that ran out meanwhile, do no harm: handing over is safe to repeat.
    """

    every_s = EVERY_S

    def __init__(self, recovery: Recovery, leadership: Leadership, clock: Clock) -> None:
        self._recovery = recovery
        self._leadership = leadership
        self._clock = clock
        self._owner = ""
        self._thread: threading.Thread | None = None

    def __call__(self, worker: WorkerControl) -> None:
        if worker.stopping or worker.outage or (self._thread is not None and self._thread.is_alive()):
            return
        try:
            if self._may_relay(worker.name):
                self._thread = threading.Thread(target=self._relay, name="worker-relay", daemon=True)
                self._thread.start()
        except Unavailable as error:
            _missed(error)

    def say_goodbye(self) -> None:
        """Let another worker do it."""
        if self._thread is not None:
            self._thread.join(ENDS_WITHIN_S)
        try:
            if self._owner:
                self._leadership.release(LEASE_NAME, self._owner)
        except Unavailable as error:
            _missed(error)

    def _may_relay(self, name: str) -> bool:
        now = self._clock.now()
        if self._leadership.holder(SCHEDULER, now) or self._leadership.holder(LEASE_NAME, now) not in ("", name):
            return False
        self._owner = name if self._leadership.acquire(LEASE_NAME, name, now, now + LEASE) else ""
        return bool(self._owner)

    def _relay(self) -> None:
        try:
            self._recovery.relay()
        except Unavailable as error:
            _missed(error)
        except Exception:
            # The thread is nobody's: what it raises would be seen by none.
            log.exception("What Redis lost could not be handed over again")


def _missed(error: Unavailable) -> None:
    """That a server is away is said by the turns and the bookkeeper, who need it."""
    log.debug("A look for what Redis lost was missed", error=str(error))
