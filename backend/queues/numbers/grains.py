"""How time is cut for the series: minutes for two days, hours for a month, days (in Thailand) for a year."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_BANGKOK = 7 * 60
"""Minutes that Thailand is ahead of UTC, the whole year and since 1970: it has no summer time."""
_SLACK = timedelta(hours=1)
"""Longer than promised, so that what somebody asks for at this moment is not being forgotten."""


@dataclass(frozen=True)
class Grain:
    """A length of time that is counted in one place; slots are numbered from 1970 on."""

    name: str
    minutes: int
    kept: timedelta
    ahead: int = 0

    def slot(self, minute: int) -> int:
        """The slot that a minute since 1970 lies in."""
        return (minute + self.ahead) // self.minutes

    def first_minute(self, slot: int) -> int:
        return slot * self.minutes - self.ahead

    def begins(self, slot: int) -> datetime:
        return datetime.fromtimestamp(self.first_minute(slot) * 60, UTC)

    def oldest(self, now: int) -> int:
        """The first slot that is kept at that minute."""
        return self.slot(now - (self.kept + _SLACK) // timedelta(minutes=1))


MINUTE = Grain("minute", 1, timedelta(hours=48))
HOUR = Grain("hour", 60, timedelta(days=30))
DAY = Grain("day", 24 * 60, timedelta(days=366), _BANGKOK)
GRAINS = (MINUTE, HOUR, DAY)


class Stretch(NamedTuple):
    """Slots of one grain, both ends included."""

    grain: Grain
    first: int
    last: int


def minute_of(at: datetime) -> int:
    """The minute since 1970."""
    return int(at.timestamp() // 60)


def cover(since: int, now: int) -> Iterator[Stretch]:
    """The minutes from `since` to `now` in as few slots as can be: the rest of an hour, the rest of a day, then whole days.

    What is older than the minutes are kept for begins with its hour, and what is older than the hours with its day.
    """
    at = since
    for grain, wider in ((MINUTE, HOUR), (HOUR, DAY)):
        if at > now:
            return
        first = grain.slot(at)
        if first < grain.oldest(now):
            at = wider.first_minute(wider.slot(at))
            continue
        is_whole = wider.first_minute(wider.slot(at)) == at
        ends = at if is_whole else min(wider.first_minute(wider.slot(at) + 1), now + 1)
        if ends > at:
            yield Stretch(grain, first, grain.slot(ends - 1))
        at = ends
    if at <= now:
        yield Stretch(DAY, DAY.slot(at), DAY.slot(now))
