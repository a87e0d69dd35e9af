"""Waits for a job while there is none, and runs the first that comes in the thread that has waited."""

import time
from collections.abc import Callable, Sequence

from msgspec import Struct

from backend.adapters.rq.worker.seams import Run
from backend.errors import Unavailable
from backend.queues.ports import Broker, Delivery, Lane, Turn
from backend.telemetry.logs import logger

WAIT_S = 1.0
"""After so long it looks, rung or not: what other tools put in line rings no bell."""
VAIN_FROM = 3
VAIN_STEP_S = 0.005
LONGEST_PAUSE_S = 0.5
log = logger("worker.waker")


class Watch(Struct, frozen=True):
    """What is waited for. `room` is kept free for it; `vain` is how often in a row a bell rang for nothing."""

    lanes: Sequence[Lane]
    room: int
    vain: int = 0


class Watched(Struct, frozen=True):
    """How a watch ended. `turn`: what was taken, None where the broker is away; `begun`: the jobs were passed on already."""

    watch: Watch
    turn: Turn | None = None
    rung: bool = False
    begun: bool = False


class Waker:
    """Whoever waits for a job waits for this: the waiting and the turn are one round trip, and no other thread is woken before the
    job begins. `begin` claims what was taken and gives back a run for this thread; `tell` hears how each watch ended, and whether its
    thread has a run now.
    """

    def __init__(
        self,
        broker: Broker,
        worker: str,
        *,
        taking: Callable[[], bool],
        begin: Callable[[Sequence[Delivery]], Run | None],
        tell: Callable[[Watched, bool], object],
    ) -> None:
        self._broker = broker
        self._worker = worker
        self._taking = taking
        self._begin = begin
        self._tell = tell

    def keep(self, watch: Watch) -> Run | None:
        """Take what comes, or what is there after `WAIT_S`, and answer the run that this thread is to do; never raises.

        A bell that keeps ringing for nothing must not keep a processor busy: there is a pause before it is listened to again.
        """
        if watch.vain >= VAIN_FROM:
            time.sleep(min(VAIN_STEP_S * 2 ** (watch.vain - VAIN_FROM), LONGEST_PAUSE_S))
        watched, run = Watched(watch), None
        try:
            rung, turn = self._broker.turn_when_rung(self._worker, watch.lanes, watch.room, WAIT_S)
            begun = bool(turn.deliveries) and self._taking()
            watched = Watched(watch, turn, rung, begun)
            run = self._begin(turn.deliveries) if begun else None
        except Unavailable as error:
            log.debug("The broker cannot be waited for", error=str(error))
            if self._taking():
                time.sleep(WAIT_S)
        except Exception:
            log.exception("A watch met with an accident")
            time.sleep(WAIT_S)
        self._tell(watched, run is not None)
        return run

    def hurry(self) -> None:
        """Let the watch end soon."""
        try:
            self._broker.hurry(self._worker)
        except Unavailable as error:
            log.debug("The watch could not be hurried", error=str(error))
