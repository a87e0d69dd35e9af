"""Keeps the indexes behind searches up to date, a little at a time, and says how a long rebuild goes on."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from backend.clock import Clock
from backend.telemetry.logs import logger

PATIENCE_S = 0.1
"""Of one go: who does this has other duties that wait meanwhile."""
MANY = 10_000
_TELL_EVERY = timedelta(seconds=30)
log = logger("services.search")


class SearchUpkeep:
    """`catch_up` works for so many seconds and returns how many documents are left; `upgrade` takes a few documents of an earlier version
    over, and says whether there may be more."""

    def __init__(self, catch_up: Callable[[float], int], clock: Clock, upgrade: Callable[[], bool] = bool) -> None:
        self._catch_up = catch_up
        self._upgrade = upgrade
        self._clock = clock
        self._told: datetime | None = None

    def go_on(self, patience_s: float = PATIENCE_S) -> int:
        """Work for about so long; returns how many documents are left that the indexes do not know. May raise Unavailable."""
        end = time.monotonic() + patience_s
        while self._upgrade() and time.monotonic() < end:
            pass
        left = self._catch_up(max(0.0, end - time.monotonic()))
        now = self._clock.now()
        if left > MANY and (self._told is None or now - self._told >= _TELL_EVERY):
            log.info("The search index is being built", documents_left=left)
            self._told = now
        elif left == 0 and self._told is not None:
            log.info("The search index is complete")
            self._told = None
        return left
