"""Remembers which events keep failing, so that they are told again at growing intervals and hold nobody up."""

from datetime import datetime, timedelta
from threading import Lock

from backend.clock import Clock

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=10)
FORGET_AFTER = timedelta(hours=1)


class Patience:
    """Kept in this process: a restart tries everything again at once, which does no harm."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failing: dict[str, tuple[int, datetime]] = {}

    def may_try(self, event_id: str) -> bool:
        """Whether it is the event's turn: it has not failed yet, or its wait is over."""
        with self._lock:
            return event_id not in self._failing or self._failing[event_id][1] <= self._clock.now()

    def failed(self, event_id: str) -> timedelta:
        """It failed; returns how long it has to wait: 10 s, doubled each time up to 10 minutes."""
        with self._lock:
            now = self._clock.now()
            # Events that another process has told meanwhile are never asked about again.
            self._failing = {key: kept for key, kept in self._failing.items() if now - kept[1] < FORGET_AFTER}
            tries = self._failing[event_id][0] + 1 if event_id in self._failing else 1
            wait = min(FIRST_WAIT * (1 << min(tries - 1, 20)), LONGEST_WAIT)
            self._failing[event_id] = (tries, now + wait)
            return wait

    def succeeded(self, event_id: str) -> None:
        """Everybody has heard it."""
        with self._lock:
            self._failing.pop(event_id, None)

    def waiting(self) -> int:
        """How many events wait for another try."""
        with self._lock:
            return len(self._failing)
