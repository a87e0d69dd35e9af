"""What a worker mends besides its jobs, so that a dead one's run again also where no scheduler runs."""

from collections.abc import Callable

from backend.adapters.rq.worker.outage import Outage
from backend.adapters.rq.worker.seams import WorkerControl
from backend.errors import Unavailable
from backend.queues.errors import BrokerUnavailable
from backend.queues.recovery import Recovery


class Healing:
    """A duty of the pulse, first done when the worker starts: takes back the jobs of workers that are gone."""

    def __init__(self, recovery: Recovery, *, every_s: float, ledger: Outage, is_away: Callable[[Unavailable], object]) -> None:
        """`ledger` is how the worker's own books find it; while it is away they look for it. `is_away` tells them that it is."""
        self.every_s = every_s
        self._recovery = recovery
        self._ledger = ledger
        self._is_away = is_away
        self._outage = Outage("recovery")

    def __call__(self, worker: WorkerControl) -> None:
        if worker.stopping or self._ledger.error:
            return
        try:
            self._recovery.reap_lost()
            self._recovery.reap_in_flight()
        except BrokerUnavailable as error:
            self._outage.noticed(error, is_told=bool(worker.outage))
            return
        except Unavailable as error:
            self._is_away(error)
            return
        self._outage.ended()
