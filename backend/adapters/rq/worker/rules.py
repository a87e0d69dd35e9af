"""Which queues are served and how, read now and then from what people have set: pauses and limits."""

from collections.abc import Callable, Sequence

from backend.adapters.rq.worker.outage import Outage
from backend.adapters.rq.worker.seams import WorkerControl
from backend.adapters.rq.worker.shares import LaneRule
from backend.errors import Unavailable
from backend.queues.policies import SERVICE, Service
from backend.queues.ports import Outside

EVERY_S = 0.5
ORDINARY = Service(1)


class Rules:
    """A duty of the pulse; `open` is what it found last. `changed` is called where that is something new."""

    every_s = EVERY_S

    def __init__(self, outside: Outside, queues: Sequence[str], changed: Callable[[], object]) -> None:
        self._outside = outside
        self._queues = tuple(queues)
        self._changed = changed
        self._outage = Outage("the list of pauses")
        self.known = False
        self.open: tuple[LaneRule, ...] = ()

    def __call__(self, worker: WorkerControl) -> None:
        del worker
        self.read()

    def read(self) -> None:
        """Look once; while the store is away all stays as it was last seen, and nothing is served before it was seen."""
        try:
            paused = self._outside.pauses.paused()
        except Unavailable as error:
            self._outage.began(error)
            return
        self._outage.ended()
        found = tuple(_rule(queue) for queue in self._queues if queue not in paused)
        if found != self.open or not self.known:
            self.open, self.known = found, True
            self._changed()


def _rule(queue: str) -> LaneRule:
    service = SERVICE.get(queue, ORDINARY)
    return LaneRule(queue, weight=service.weight, slots=service.slots)
