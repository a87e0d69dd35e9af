"""Random digits for names that nobody else has: taken from a supply, as asking the system for each takes as long as a job's claim."""

import os
from collections import deque

DIGITS = 16
_AT_ONCE = 256
_supply: deque[str] = deque()


def digits() -> str:
    """16 hexadecimal digits that no other call has had, in this process or in another. Safe for threads, and after a fork."""
    try:
        return _supply.popleft()
    except IndexError:
        fresh = os.urandom(_AT_ONCE * DIGITS // 2).hex()
        _supply.extend(fresh[at : at + DIGITS] for at in range(DIGITS, len(fresh), DIGITS))
        return fresh[:DIGITS]


# Two processes must not use up the same supply.
os.register_at_fork(after_in_child=_supply.clear)
