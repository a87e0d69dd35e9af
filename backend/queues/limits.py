"""How fast a queue may be worked off, over all workers together."""

import re
from dataclasses import dataclass
from datetime import timedelta

from backend.errors import FieldError, InvalidInput

MOST_ACTIVE = 10_000
MOST_STARTS = 100_000
LONGEST = timedelta(days=1)
_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_RATE = re.compile(r"(\d{1,6})/(\d{0,8})(ms|[smhd])")


@dataclass(frozen=True)
class QueueLimits:
    """The limits of one queue: `concurrency` jobs run at once (None: any number), and at most `rate_max` begin within any
    stretch of `rate_duration_ms` (both 0: any number). Raises InvalidInput for what can be no limit.
    """

    queue: str
    concurrency: int | None = None
    rate_max: int = 0
    rate_duration_ms: int = 0

    def __post_init__(self) -> None:
        longest = LONGEST // timedelta(milliseconds=1)
        if self.concurrency is not None:
            _require("concurrency", self.concurrency, MOST_ACTIVE)
        if self.rate_max or self.rate_duration_ms:
            _require("rate_max", self.rate_max, MOST_STARTS)
            _require("rate_duration_ms", self.rate_duration_ms, longest)

    @property
    def any(self) -> bool:
        """Whether there is a limit at all."""
        return self.concurrency is not None or self.rate_max > 0


def read_rate(text: str) -> tuple[int, int]:
    """`60/1m` as (60, 60000): so many starts within so many milliseconds. Raises InvalidInput."""
    found = _RATE.fullmatch(text)
    if found is None:
        raise _invalid("rate", f"{text!r} is no rate: write 60/1m, 5/s or 1/500ms")
    return int(found[1]), int(found[2] or 1) * _UNITS[found[3]]


def write_rate(limits: QueueLimits) -> str:
    """The rate as `read_rate` reads it, in the largest unit that fits; empty where there is none."""
    if not limits.rate_max:
        return ""
    unit, length = next((u, ms) for u, ms in reversed(_UNITS.items()) if limits.rate_duration_ms % ms == 0)
    return f"{limits.rate_max}/{limits.rate_duration_ms // length}{unit}"


def _require(field: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise _invalid(field, f"must be from 1 to {most}, not {value}")


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field}: {message}", errors=(FieldError(field, message, "INVALID_LIMIT"),))
