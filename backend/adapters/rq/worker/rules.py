"""Which queues are served and how, read now and then from what people have set: pauses and limits."""

from collections.abc import Callable, Sequence

from backend.adapters.rq.worker.seams import WorkerControl
from backend.adapters.rq.worker.shares import LaneRule
from backend.errors import Unavailable
from backend.queues.limits import QueueLimits
from backend.queues.policies import SERVICE, Service
from backend.queues.ports import Outside

EVERY_S = 0.5
ORDINARY = Service(1)


class Rules:
    """A duty of the pulse; `open` is what it found last. `changed` is called where that is something new."""

    every_s = EVERY_S

    def __init__(
        self, outside: Outside, queues: Sequence[str], changed: Callable[[], object], *, is_away: Callable[[Unavailable], object]
    ) -> None:
        """`is_away` hears that the store did not answer: the bookkeeper, who looks for it until it is back."""
        self._outside = outside
        self._queues = tuple(queues)
        self._changed = changed
        self._is_away = is_away
        self.known = False
        self.open: tuple[LaneRule, ...] = ()

    def __call__(self, worker: WorkerControl) -> None:
        del worker
        self.read()

    def read(self) -> None:
        """Look once; while the store is away all stays as it was last seen, and nothing is served before it was seen."""
        try:
            paused, limits = self._outside.pauses.paused(), self._outside.limits.all()
        except Unavailable as error:
            self._is_away(error)
            return
        found = tuple(_rule(queue, limits.get(queue)) for queue in self._queues if queue not in paused)
        if found != self.open or not self.known:
            self.open, self.known = found, True
            self._changed()


def _rule(queue: str, limits: QueueLimits | None) -> LaneRule:
    service, limited = SERVICE.get(queue, ORDINARY), limits or QueueLimits(queue)
    return LaneRule(
        queue,
        weight=service.weight,
        slots=service.slots,
        max_active=limited.concurrency,
        rate_max=limited.rate_max,
        rate_duration_ms=limited.rate_duration_ms,
    )
