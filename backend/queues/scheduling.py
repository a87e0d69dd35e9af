"""The scheduler's loop: a table of duties, each at its interval, done by the one process that holds the lease."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.clock import Clock
from backend.errors import Unavailable
from backend.queues.ports import Leadership
from backend.telemetry.logs import logger

LEASE_NAME = "scheduler"
LEASE = timedelta(seconds=10)
RENEW_EVERY = timedelta(seconds=3)
log = logger("queues.scheduler")


@dataclass(frozen=True)
class Duty:
    """Something to do again and again; `run` may raise, which costs this turn of this duty only."""

    name: str
    every: timedelta
    run: Callable[[], object]


class SchedulerLoop:
    """Runs the duties while this process leads; a second copy stands by and takes over when the lease runs out."""

    def __init__(self, duties: Sequence[Duty], leadership: Leadership, clock: Clock, *, owner: str) -> None:
        self._duties = tuple(duties)
        self._leadership = leadership
        self._clock = clock
        self._owner = owner
        self._leads_until: datetime | None = None
        self._renew_at: datetime | None = None
        self._due: dict[str, datetime] = {}
        self._failing: set[str] = set()

    def run(self, stop: threading.Event, *, tick_s: float = 0.1) -> None:
        """Go on until `stop` is set, then give the lease up."""
        while not stop.is_set():
            self.turn()
            stop.wait(tick_s)
        self._step_down()

    def turn(self) -> list[str]:
        """Do what is due now, where this process leads; returns the names of what was done."""
        if not self._lead():
            return []
        now = self._clock.now()
        due = [duty for duty in self._duties if self._due.get(duty.name, now) <= now]
        for duty in due:
            self._do(duty)
            self._due[duty.name] = self._clock.now() + duty.every
            if not self._lead():
                break
        return [duty.name for duty in due]

    def _lead(self) -> bool:
        now = self._clock.now()
        if self._renew_at is None or now >= self._renew_at:
            self._renew(now)
        return self._leads_until is not None and now < self._leads_until

    def _renew(self, now: datetime) -> None:
        self._renew_at = now + RENEW_EVERY
        led = self._leads_until is not None
        try:
            got = self._leadership.acquire(LEASE_NAME, self._owner, now, now + LEASE)
        except Unavailable as error:
            self._say_once("lease", error)
            return
        self._failing.discard("lease")
        self._leads_until = now + LEASE if got else None
        if got != led:
            log.info("This scheduler leads" if got else "Another scheduler leads: standing by", owner=self._owner)

    def _do(self, duty: Duty) -> None:
        try:
            duty.run()
        except Exception as error:  # noqa: BLE001
            # The loop must survive every accident: a server that is away, a bug in one duty.
            self._say_once(duty.name, error)
        else:
            if duty.name in self._failing:
                log.info("A duty works again", duty=duty.name)
            self._failing.discard(duty.name)

    def _say_once(self, name: str, error: Exception) -> None:
        if name not in self._failing:
            self._failing.add(name)
            expected = isinstance(error, Unavailable)
            log.warning("A duty failed and will be tried again", duty=name, error=str(error), exc_info=not expected)

    def _step_down(self) -> None:
        try:
            self._leadership.release(LEASE_NAME, self._owner)
        except Unavailable as error:
            log.warning("The scheduler's lease could not be given up: it runs out by itself", error=str(error))
