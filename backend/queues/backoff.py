"""How long to wait after a failed attempt: Bull's `backoff` option, in milliseconds."""

import math
import random
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FIXED, EXPONENTIAL, EXPONENTIAL_BULL4 = "fixed", "exponential", "exponential-bull4"
LONGEST_MS = 24 * 3600 * 1000


class Backoff(BaseModel):
    """`{type, delay}` as in Bull, and two additions: `cap` (longest wait) and `jitter` (0 to 1, the share that is random).

    `exponential` is BullMQ's formula, 2^(n-1) x delay: 1, 2, 4, 8 times the delay. `exponential-bull4` is that of Bull 4,
    (2^n - 1) x delay: 1, 3, 7, 15 times.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["fixed", "exponential", "exponential-bull4"] = "fixed"
    delay: int = Field(0, ge=0, le=LONGEST_MS, strict=True)
    cap: int = Field(LONGEST_MS, ge=0, le=LONGEST_MS, strict=True)
    jitter: float = Field(0.0, ge=0, le=1)


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
    # Beyond 2^40 the cap decides anyway, and the power would only grow.
    whole = min(backoff.delay * _FACTORS[backoff.type](min(failures, 40)), backoff.cap)
    return math.floor(whole * (1 - backoff.jitter * chance()) + 0.5)


def read_backoff(value: Any) -> Any:
    """Bull's short form: a number n stands for `{type: "fixed", delay: n}`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return {"type": FIXED, "delay": value}
    return value
