"""A circuit breaker: once a server did not answer, nobody waits for it again until one trial call succeeded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal

from backend.clock import Clock
from backend.queues.errors import PatienceLost
from backend.telemetry.logs import logger

CircuitState = Literal["closed", "open", "half-open"]
TRIAL_AFTER = timedelta(seconds=5)
log = logger("queues.circuit")


@dataclass(frozen=True)
class CircuitReport:
    """How a circuit stands, and what it has seen since the process began.

    `opened_at` and `reason` are of the outage now, `openings` counts outages, `failures` calls without an answer, and
    `refusals` callers who did not have to wait for one.
    """

    state: CircuitState
    opened_at: datetime | None
    reason: str
    openings: int
    failures: int
    refusals: int


class Circuit:
    """Closed: calls go through. Open: none does. Half-open: one trial call goes through, the others do not.

    One failure opens it, since each costs its caller the whole deadline. Said once per opening, not per call.
    """

    def __init__(
        self, clock: Clock, *, trial_after: timedelta = TRIAL_AFTER, on_change: Callable[[CircuitState], None] | None = None
    ) -> None:
        self._clock = clock
        self._trial_after = trial_after
        self._on_change = on_change
        self._lock = Lock()
        self._opened_at: datetime | None = None
        self._since: datetime | None = None
        self._reason = ""
        self._openings = self._failures = self._refusals = 0
        self._trial_until: datetime | None = None

    @property
    def state(self) -> CircuitState:
        if self._opened_at is None:
            return "closed"
        with self._lock:
            return self._state()

    def report(self) -> CircuitReport:
        """Everything at one moment, for health and metrics."""
        with self._lock:
            return CircuitReport(self._state(), self._since, self._reason, self._openings, self._failures, self._refusals)

    def counted(self) -> dict[str, int]:
        """What it has seen since the process began, as the numbers of all processes have it."""
        with self._lock:
            return {"circuit-openings": self._openings, "circuit-failures": self._failures, "circuit-refusals": self._refusals}

    def allows(self) -> bool:
        """Whether this caller may try; in the half-open state only the first one may."""
        if self._opened_at is None:  # as it nearly always is: nobody waits for the lock to hear that
            return True
        with self._lock:
            state = self._state()
            if state == "closed":
                return True
            now = self._clock.now()
            if state == "open" or (self._trial_until is not None and now < self._trial_until):
                self._refusals += 1
                return False
            # A trial that never reports back (its thread died) must not keep the circuit open for ever.
            self._trial_until = now + self._trial_after
            return True

    def succeeded(self) -> None:
        """A call was answered: close."""
        if self._opened_at is None:
            return
        with self._lock:
            was_open = self._opened_at is not None
            self._opened_at = self._since = self._trial_until = None
            self._reason = ""
        if was_open:
            log.info("Redis answers again: jobs go to the queue")
            self._tell("closed")

    def failed(self, error: BaseException) -> None:
        """A call was not answered: open, or stay open for another while. One that was not made counts for nothing."""
        if isinstance(error, PatienceLost):
            return
        with self._lock:
            was_closed = self._opened_at is None
            self._opened_at = self._clock.now()
            self._trial_until = None
            self._failures += 1
            self._reason = f"{type(error).__name__}: {error}"
            if was_closed:
                self._since = self._opened_at
                self._openings += 1
        if was_closed:
            log.warning("Redis does not answer: jobs run in the caller until it does", error=type(error).__name__, detail=str(error))
            self._tell("open")

    def _state(self) -> CircuitState:
        if self._opened_at is None:
            return "closed"
        return "half-open" if self._clock.now() >= self._opened_at + self._trial_after else "open"

    def _tell(self, state: CircuitState) -> None:
        if self._on_change is not None:
            self._on_change(state)
