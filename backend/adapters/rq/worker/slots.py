"""Counts the places of a worker that are taken, by queue."""

from collections import Counter


class Slots:
    """Without a lock: `take` is for one thread at a time, `free` for another one, and anybody may read."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._taken: Counter[str] = Counter()
        self._freed: Counter[str] = Counter()
        self._taken_in_all = 0
        self._freed_in_all = 0

    def take(self, queue: str, count: int = 1) -> None:
        self._taken[queue] += count
        self._taken_in_all += count

    def free(self, queue: str, count: int = 1) -> None:
        self._freed[queue] += count
        self._freed_in_all += count

    @property
    def busy(self) -> int:
        return self._taken_in_all - self._freed_in_all

    @property
    def room(self) -> int:
        """How many more jobs may be taken."""
        return self.size - self.busy

    def busy_with(self, queue: str) -> int:
        return self._taken[queue] - self._freed[queue]
