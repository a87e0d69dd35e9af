"""How well this process sees who lives: whether every worker that lives has had time to renew its leases."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from backend.clock import Clock


class Moment(NamedTuple):
    """By the clock that nobody sets, which goes on while a process is stopped, and by the clock of the leases."""

    steady_s: float
    wall: datetime

    def seconds_until(self, later: "Moment") -> float:
        """By the clock on which more has passed: one stands still while the machine sleeps, the other may be set."""
        return max(later.steady_s - self.steady_s, (later.wall - self.wall).total_seconds())


class Sight:
    """Made of writes that the ledger took. It is clear once they have come for `settle` without a gap longer than `gap`.

    A gap means that the ledger was away, or this process was: leases of the living may be over then, and they renew them first.
    One step on it is one assignment, so that threads need no lock: of two writes each tells the truth about the time before it.
    """

    def __init__(
        self, clock: Clock, *, gap: timedelta, settle: timedelta | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`settle` is as long as `gap` where it is None."""
        self._clock = clock
        self._gap_s = gap.total_seconds()
        self._settle_s = (gap if settle is None else settle).total_seconds()
        self._monotonic = monotonic
        self._unbroken: tuple[Moment, Moment] | None = None

    def moment(self) -> Moment:
        """Now: to be asked for before a write."""
        return Moment(self._monotonic(), self._clock.now())

    def wrote(self, began: Moment) -> None:
        """A write that began then was taken, somewhen until now."""
        now, unbroken = self.moment(), self._unbroken
        if unbroken is None or unbroken[1].seconds_until(now) > self._gap_s:
            self._unbroken = now, began
        else:
            self._unbroken = unbroken[0], max(unbroken[1], began)

    @property
    def is_clear(self) -> bool:
        """Whether a lease that is over now is one that nobody renews."""
        now, unbroken = self.moment(), self._unbroken
        if unbroken is None or unbroken[1].seconds_until(now) > self._gap_s:
            return False
        return unbroken[0].seconds_until(now) >= self._settle_s
