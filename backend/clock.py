"""The time: aware UTC inside, and a clock that tests can hold still."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from time import time_ns
from typing import Protocol
from zoneinfo import ZoneInfo

BANGKOK = ZoneInfo("Asia/Bangkok")
_REMEMBERED = 1_024  # what happens together has the same times


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC, truncated to milliseconds."""


class SystemClock:
    """The clock of the machine. Within one millisecond it answers with one object: to make one takes three times as long as to look."""

    def __init__(self, nanoseconds: Callable[[], int] = time_ns) -> None:
        self._nanoseconds = nanoseconds
        self._last = (0, from_millis(0))

    def now(self) -> datetime:
        millis = self._nanoseconds() // 1_000_000
        of, moment = self._last
        if of != millis:
            moment = from_millis(millis)
            self._last = (millis, moment)  # in one step: other threads look as well
        return moment


class FrozenClock:
    """A clock that stands still until told to move."""

    def __init__(self, at: datetime) -> None:
        self._at = require_aware(at)

    def now(self) -> datetime:
        return self._at

    def move(self, delta: timedelta) -> None:
        """Go forward (or, with a negative delta, back)."""
        self._at += delta

    def set(self, at: datetime) -> None:
        self._at = require_aware(at)


def require_aware(at: datetime) -> datetime:
    """Return `at` in UTC; raises ValueError for a naive time."""
    if at.tzinfo is None:
        msg = "a time needs its zone: use datetime(..., tzinfo=UTC)"
        raise ValueError(msg)
    return at.astimezone(UTC)


def to_iso(at: datetime) -> str:
    """`2026-11-02T03:04:05.678Z`, as the API writes a time."""
    return _written(at if at.tzinfo is UTC else require_aware(at))


@lru_cache(_REMEMBERED)
def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


def from_iso(text: str) -> datetime:
    """Read an ISO 8601 time; raises ValueError where it has no zone."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is UTC else require_aware(at)


def to_millis(at: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return round((at if at.tzinfo is UTC else require_aware(at)).timestamp() * 1000)


def from_millis(millis: int) -> datetime:
    """The moment, aware; raises OverflowError where the calendar has none."""
    try:
        return datetime.fromtimestamp(millis / 1000, UTC)
    except (OSError, ValueError) as error:
        raise OverflowError(f"{millis} ms since 1970 lie beyond the calendar") from error


def bangkok_date(at: datetime) -> date:
    """The calendar day in Thailand at that moment."""
    return require_aware(at).astimezone(BANGKOK).date()
