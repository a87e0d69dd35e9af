"""Waits for jobs while there are none, so that the turn loop need not."""

import threading
from collections.abc import Callable, Sequence

from backend.errors import Unavailable
from backend.queues.ports import Broker
from backend.telemetry.logs import logger

WAIT_S = 1.0
"""After so long the turn loop looks again, woken or not: what other tools put in line rings no bell."""
VAIN_FROM = 3
VAIN_STEP_S = 0.005
LONGEST_PAUSE_S = 0.5
log = logger("worker.waker")


class Waker:
    """A thread that blocks in the broker when it is told to, once each time, and rings when something may be there."""

    def __init__(self, broker: Broker, ring: Callable[[], object]) -> None:
        self._broker = broker
        self._ring = ring
        self._asked = threading.Event()
        self._queues: Sequence[str] = ()
        self._pause_s = 0.0
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self.woken = False
        """Whether the last ring came from the broker, and not because the time was over."""

    def watch(self, queues: Sequence[str], *, vain: int = 0) -> None:
        """Ring once when these queues may have something, or after `WAIT_S`; asked again meanwhile, nothing happens.

        `vain` is how often in a row it rang for nothing: a bell that keeps ringing must not keep a processor busy.
        """
        if self._asked.is_set():
            return
        self._queues = tuple(queues)
        self._pause_s = min(VAIN_STEP_S * 2 ** (vain - VAIN_FROM), LONGEST_PAUSE_S) if vain >= VAIN_FROM else 0.0
        self._asked.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="worker-waker", daemon=True)
            self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._asked.set()

    def _loop(self) -> None:
        while True:
            self._asked.wait()
            if self._over.wait(self._pause_s) if self._pause_s else self._over.is_set():
                return
            self.woken = self._wait()
            self._asked.clear()
            self._ring()

    def _wait(self) -> bool:
        try:
            if self._queues:
                return self._broker.wait(self._queues, WAIT_S)
        except Unavailable as error:
            log.debug("The broker cannot be waited for", error=str(error))
        self._over.wait(WAIT_S)
        return False
