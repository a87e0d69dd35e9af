"""Lets a worker end when it has taken all the jobs that it may, or has grown too large, for another one to take its place."""

from collections.abc import Callable

from backend.adapters.rq.worker.seams import WorkerControl
from backend.adapters.rq.worker.vitals import memory_mib
from backend.telemetry.logs import logger

log = logger("worker.recycling")


class Recycling:
    """A duty of the pulse, at each of its steps. 0 means no limit."""

    every_s = 0.0

    def __init__(self, *, max_memory_mib: int = 0, memory: Callable[[], float] = memory_mib) -> None:
        self._max_memory_mib = max_memory_mib
        self._memory = memory

    def __call__(self, worker: WorkerControl) -> None:
        if worker.stopping:
            return
        reason = self._reason(worker)
        if reason:
            log.info("The worker has had its time and is replaced", reason=reason)
            worker.give_way()

    def _reason(self, worker: WorkerControl) -> str:
        if worker.spent:
            return "its jobs"
        if self._max_memory_mib and (used := self._memory()) >= self._max_memory_mib:
            return f"{used:.0f} MiB"
        return ""
