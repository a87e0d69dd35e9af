"""Notices that a queue has run dry, and tells it once, not at every look into the empty queue."""

from collections.abc import Iterable, Sequence
from threading import Lock

from backend.clock import Clock
from backend.queues.events import drained
from backend.queues.middleware import MiddlewareList
from backend.queues.ports import Delivery


class DrainWatch:
    """What the workers of this process found when they looked for jobs."""

    def __init__(self, middleware: MiddlewareList, clock: Clock) -> None:
        self._middleware = middleware
        self._clock = clock
        self._lock = Lock()
        self._busy: set[str] = set()

    def looked(self, queues: Sequence[str], found: Delivery | None) -> None:
        """These queues were looked into. Tells `drained` of each that had a job since it was last found empty."""
        if found is not None:
            self.turned({found.queue}, ())
        else:
            self.turned((), queues)

    def turned(self, busy: Iterable[str], dry: Iterable[str]) -> None:
        """Many queues were looked into at once: `busy` had jobs, `dry` have none left."""
        with self._lock:
            self._busy.update(busy)
            drained_now = self._busy.intersection(dry)
            self._busy -= drained_now
        for queue in sorted(drained_now):
            self._middleware.happened(drained(queue, self._clock.now()))
