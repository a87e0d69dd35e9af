"""Times and lengths of time as people write them in a search: Bangkok's days and hours, and the Buddhist era, too."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from backend.clock import BANGKOK, bangkok_date

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LENGTH = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(ms|[smhdw])")
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?)?")
_OPERATOR = re.compile(r"(>=|<=|>|<)?(.*)", re.DOTALL)
_LONGEST_S = 86_400 * 3_660
_BUDDHIST_ERA = 543
_FIRST_BUDDHIST_YEAR = 2_400


class Stretch(NamedTuple):
    """From one moment to another, the latter not included; the two are the same for a single moment."""

    start: datetime
    end: datetime


class Limits(NamedTuple):
    """The bounds that a value with an operator means; None is open."""

    gte: object = None
    gt: object = None
    lte: object = None
    lt: object = None


def read_length(text: str) -> timedelta:
    """`30s`, `1.5h`, `250ms`. Raises ValueError."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no length of time: write 250ms, 30s, 15m, 24h, 7d or 2w")
    seconds = float(found[1]) * _UNITS[found[2]]
    if seconds > _LONGEST_S:
        raise ValueError(f"{text!r} is too long: ten years at most")
    return timedelta(seconds=seconds)


def read_stretch(text: str, now: datetime) -> Stretch:
    """`2026-11-02` (or 2569-11-02) is that day in Bangkok, `2026-11-02T13:00` a minute there unless it names another zone; `today`,
    `yesterday`; `24h` is the moment so long ago. Raises ValueError."""
    day = {"today": 0, "yesterday": 1}.get(text.lower())
    if day is not None:
        start = datetime.combine(bangkok_date(now), datetime.min.time(), BANGKOK) - timedelta(days=day)
        return Stretch(start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC))
    if _LENGTH.fullmatch(text):
        moment = now - read_length(text)
        return Stretch(moment, moment)
    return _written_out(text)


def read_limits(text: str, of: Callable[[str], tuple[object, object]]) -> Limits:
    """`>30s`, `<=2h`, `10s..2m`, or a value by itself, which means all that it covers. `of` reads one value and gives where it begins
    and ends. Raises what `of` raises, and ValueError where there is no value."""
    low, dots, high = text.partition("..")
    if dots:
        if not low and not high:
            raise ValueError("`..` needs a value before it, behind it, or both")
        return _until(of(high) if high else None, gte=of(low)[0] if low else None)
    found = _OPERATOR.fullmatch(text)
    operator, value = (found[1], found[2]) if found else (None, text)
    if not value:
        raise ValueError(f"`{operator}` needs a value right behind it")
    start, end = of(value)
    if operator == ">":
        return Limits(gt=start) if start == end else Limits(gte=end)
    if operator == ">=":
        return Limits(gte=start)
    if operator == "<":
        return Limits(lt=start)
    return _until((start, end), gte=None if operator == "<=" else start)


def _until(last: tuple[object, object] | None, *, gte: object) -> Limits:
    """Up to and with the last value: its end is not part of it unless it is a single moment."""
    if last is None:
        return Limits(gte=gte)
    start, end = last
    return Limits(gte=gte, lte=end) if start == end else Limits(gte=gte, lt=end)


def _written_out(text: str) -> Stretch:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time: write 2026-11-02, 2026-11-02T13:00 (both in Bangkok), today, or 24h for so long ago")
    year, month, day, hour, minute, second, zone = found.groups()
    western = int(year) - _BUDDHIST_ERA if int(year) >= _FIRST_BUDDHIST_YEAR else int(year)
    try:
        written = f"{western:04}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{zone or ''}"
        at = datetime.fromisoformat(written)
        start = (at if at.tzinfo else at.replace(tzinfo=BANGKOK)).astimezone(UTC)
        length = timedelta(days=1) if hour is None else timedelta(seconds=1) if second else timedelta(minutes=1)
        return Stretch(start, start + length)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no day or hour of the calendar") from error
