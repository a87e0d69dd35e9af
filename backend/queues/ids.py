"""Makes job ids that sort in the order in which they were made, so that jobs of one moment stay first come, first served."""

from datetime import datetime
from threading import Lock

from backend.chance import digits
from backend.clock import to_millis


class JobIds:
    """32 hexadecimal digits: the millisecond, a counter within it, and chance, so that two processes never make the same.

    Never all digits and never a name with a meaning of its own: nothing that RQ or Redis would take for something else.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._at = 0
        self._count = 0

    def new(self, now: datetime) -> str:
        """A fresh id; a clock that stands still or goes back does not disturb the order within this process."""
        with self._lock:
            at = max(to_millis(now), self._at)
            self._count = self._count + 1 if at == self._at else 0
            if self._count > 0xFFFF:
                at, self._count = at + 1, 0
            self._at = at
            return f"{at:012x}{self._count:04x}f{digits()[1:]}"
