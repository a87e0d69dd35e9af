"""Makes job ids that sort in the order in which they were made, so that jobs of one moment stay first come, first served."""

from datetime import datetime
from threading import Lock

from backend.chance import digits
from backend.clock import to_millis

PER_MILLISECOND = 0x10000


class JobIds:
    """32 hexadecimal digits: the millisecond, a counter within it, and chance, so that two processes never make the same.

    Never all digits and never a name with a meaning of its own: nothing that RQ or Redis would take for something else.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0
        self._of: tuple[datetime | None, int] = (None, 0)

    def new(self, now: datetime) -> str:
        """A fresh id; a clock that stands still or goes back does not disturb the order within this process."""
        of, place = self._of
        if of is not now:  # a clock answers with one object as long as it is the same time
            place = to_millis(now) * PER_MILLISECOND
            self._of = now, place
        with self._lock:
            # What is more than fits into a millisecond goes on in the next one.
            self._last = place = place if place > self._last else self._last + 1
        return f"{place:016x}f{digits()[1:]}"
