"""How long to wait after a failed attempt: Bull's `backoff` option, in milliseconds."""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from backend.errors import Misconfigured

FIXED, EXPONENTIAL, EXPONENTIAL_BULL4 = "fixed", "exponential", "exponential-bull4"
LONGEST_MS = 24 * 3600 * 1000
BUILT_IN = (FIXED, EXPONENTIAL, EXPONENTIAL_BULL4)
GIVE_UP = -1


class Backoff(BaseModel):
    """`{type, delay, options}` as in Bull, and two additions: `cap` (longest wait) and `jitter` (0 to 1, the share that is random).

    `exponential` is BullMQ's formula, 2^(n-1) x delay: 1, 2, 4, 8 times the delay. `exponential-bull4` is that of Bull 4,
    (2^n - 1) x delay: 1, 3, 7, 15 times. Any other type is the name of a `@backoff_strategy`, which gets `options`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str = Field(FIXED, pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")
    delay: int = Field(0, ge=0, le=LONGEST_MS, strict=True)
    cap: int = Field(LONGEST_MS, ge=0, le=LONGEST_MS, strict=True)
    jitter: float = Field(0.0, ge=0, le=1, strict=True)
    options: dict[str, Any] | None = None


Wait = Callable[[int, BaseException, Mapping[str, Any]], int | None]
"""`(failures, error, options)`: milliseconds to wait, 0 or None for at once, `GIVE_UP` (-1) for no further try."""


@dataclass(frozen=True)
class BackoffStrategy:
    """A way of waiting of one's own, known by its name: `backoff={"type": <name>}`."""

    name: str
    wait: Wait


def backoff_strategy(wait: Wait) -> BackoffStrategy:
    """Declare a strategy beside the job types; its name is the function's, and a built-in cannot be replaced."""
    name = getattr(wait, "__name__", "")
    if name in BUILT_IN:
        raise Misconfigured(f"{name!r} is a built-in backoff: give the function another name")
    return BackoffStrategy(name, wait)


_FACTORS: dict[str, Callable[[int], int]] = {
    FIXED: lambda _failures: 1,
    EXPONENTIAL: lambda failures: 2 ** (failures - 1),
    EXPONENTIAL_BULL4: lambda failures: 2**failures - 1,
}


def delay_after(failures: int, backoff: Backoff | None, *, chance: Callable[[], float] = random.random) -> int:
    """Milliseconds to wait before the next attempt; `failures` counts those so far, 1 after the first.

    `chance` gives a number from 0 to 1; with jitter j the wait lies between (1 - j) and 1 times the computed one.
    """
    if backoff is None:
        return 0
    # Beyond 2^40 the cap decides anyway, and the power would only grow. A strategy that is gone waits as long each time.
    factor = _FACTORS.get(backoff.type, _FACTORS[FIXED])
    return bounded(backoff.delay * factor(min(failures, 40)), backoff, chance=chance)


def bounded(milliseconds: int, backoff: Backoff, *, chance: Callable[[], float] = random.random) -> int:
    """The wait under its cap and with its share of chance; halves are rounded up, as JavaScript does."""
    return math.floor(min(milliseconds, backoff.cap) * (1 - backoff.jitter * chance()) + 0.5)


def read_backoff(value: Any) -> Any:
    """Bull's short form: a number n stands for `{type: "fixed", delay: n}`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return {"type": FIXED, "delay": value}
    return value
