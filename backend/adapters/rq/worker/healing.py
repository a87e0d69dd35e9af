"""What a worker mends besides its jobs, so that a dead one's run again also where no scheduler runs."""

from backend.adapters.rq.worker.outage import Outage
from backend.adapters.rq.worker.seams import WorkerControl
from backend.errors import Unavailable
from backend.queues.recovery import Recovery

EVERY_S = 5.0


class Healing:
    """A duty of the pulse, first done when the worker starts: takes back the jobs of workers that are gone."""

    every_s = EVERY_S

    def __init__(self, recovery: Recovery) -> None:
        self._recovery = recovery
        self._outage = Outage("recovery")

    def __call__(self, worker: WorkerControl) -> None:
        if worker.stopping:
            return
        try:
            self._recovery.reap_lost()
            self._recovery.reap_in_flight()
        except Unavailable as error:
            self._outage.began(error)
            return
        self._outage.ended()
