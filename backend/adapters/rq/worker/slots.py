"""Counts the places of a worker that are taken, by queue."""

from collections import Counter


class Slots:
    """Without a lock: `take` is for one thread at a time, `free` for another one, and anybody may read.

    `most` may be taken and begin in all, as long as the worker lives; 0: any number.
    """

    def __init__(self, size: int, most: int = 0) -> None:
        self.size = size
        self._most = most
        self._taken: Counter[str] = Counter()
        self._freed: Counter[str] = Counter()
        self._taken_in_all = 0
        self._freed_in_all = self._unused = 0

    def take(self, queue: str, count: int = 1) -> None:
        self._taken[queue] += count
        self._taken_in_all += count

    def free(self, queue: str, count: int = 1) -> None:
        self._freed[queue] += count
        self._freed_in_all += count

    def give_back(self, queue: str) -> None:
        """Free a place of a job that went back before it began."""
        self._unused += 1
        self.free(queue)

    @property
    def busy(self) -> int:
        return self._taken_in_all - self._freed_in_all

    @property
    def room(self) -> int:
        """How many more jobs may be taken now."""
        room = self.size - self.busy
        return min(room, self._most - self._taken_in_all + self._unused) if self._most else room

    @property
    def spent(self) -> bool:
        """Whether none may be taken any more."""
        return 0 < self._most <= self._taken_in_all - self._unused

    def busy_with(self, queue: str) -> int:
        return self._taken[queue] - self._freed[queue]
