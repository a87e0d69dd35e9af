"""Waits for jobs while there are none, and takes them when they come, so that the turn loop need not."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.errors import Unavailable
from backend.queues.ports import Broker, Delivery, Lane, Turn
from backend.telemetry.logs import logger

WAIT_S = 1.0
"""After so long it looks, rung or not: what other tools put in line rings no bell."""
VAIN_FROM = 3
VAIN_STEP_S = 0.005
LONGEST_PAUSE_S = 0.5
log = logger("worker.waker")


@dataclass(frozen=True)
class Watch:
    """What the waker waits for. `room` is kept free for it; `vain` is how often in a row it was rung for nothing."""

    lanes: Sequence[Lane]
    room: int
    vain: int = 0


@dataclass(frozen=True)
class Watched:
    """How a watch ended. `turn`: what was taken, None where the broker is away; `begun`: the jobs were passed on already."""

    watch: Watch
    turn: Turn | None = None
    rung: bool = False
    begun: bool = False


class Waker:
    """A thread that blocks in the broker when it is told to, once each time, and tells how that ended.

    Whoever waits for a job waits for this thread: the waiting and the turn are one round trip, and what it takes goes to
    `took` at once, before the turn loop hears of it.
    """

    def __init__(
        self, broker: Broker, worker: str, *, took: Callable[[Sequence[Delivery]], bool], tell: Callable[[Watched], object]
    ) -> None:
        self._broker = broker
        self._worker = worker
        self._took = took
        self._tell = tell
        self._asked = threading.Event()
        self._watch: Watch | None = None
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, watch: Watch) -> None:
        """Take what comes, or what is there after `WAIT_S`; to be called again once that was told.

        A bell that keeps ringing for nothing must not keep a processor busy: the waker pauses before it listens again.
        """
        self._watch = watch
        self._asked.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="worker-waker", daemon=True)
            self._thread.start()

    def hurry(self) -> None:
        """Let the watch end soon."""
        try:
            self._broker.hurry(self._worker)
        except Unavailable as error:
            log.debug("The waker could not be hurried", error=str(error))

    def end(self) -> None:
        self._over.set()
        self._asked.set()

    def _loop(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            watch = self._watch
            if self._over.is_set() or watch is None:
                return
            if watch.vain >= VAIN_FROM:
                self._over.wait(min(VAIN_STEP_S * 2 ** (watch.vain - VAIN_FROM), LONGEST_PAUSE_S))
            self._tell(self._watched(watch))

    def _watched(self, watch: Watch) -> Watched:
        try:
            rung, turn = self._broker.turn_when_rung(self._worker, watch.lanes, watch.room, WAIT_S)
        except Unavailable as error:
            log.debug("The broker cannot be waited for", error=str(error))
            self._over.wait(WAIT_S)
            return Watched(watch)
        except Exception:
            log.exception("The waker met with an accident")
            self._over.wait(WAIT_S)
            return Watched(watch)
        return Watched(watch, turn, rung, begun=bool(turn.deliveries) and self._took(turn.deliveries))
