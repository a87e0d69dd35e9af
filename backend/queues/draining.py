"""Notices that a queue has run dry, and tells it once, not at every look into the empty queue."""

from collections.abc import Sequence
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
            with self._lock:
                self._busy.add(found.queue)
            return
        with self._lock:
            dry = self._busy & set(queues)
            self._busy -= dry
        for queue in sorted(dry):
            self._middleware.happened(drained(queue, self._clock.now()))
