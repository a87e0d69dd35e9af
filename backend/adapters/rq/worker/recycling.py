"""Lets a worker end after so many jobs, or when it has grown too large, for another one to take its place."""

from collections.abc import Callable

from backend.adapters.rq.worker.seams import WorkerControl
from backend.adapters.rq.worker.vitals import memory_mib
from backend.telemetry.logs import logger

log = logger("worker.recycling")


class Recycling:
    """A duty of the pulse; `due` is true once the worker was told to stop for this. 0 means no limit."""

    every_s = 1.0

    def __init__(self, *, max_jobs: int = 0, max_memory_mib: int = 0, memory: Callable[[], float] = memory_mib) -> None:
        self._max_jobs = max_jobs
        self._max_memory_mib = max_memory_mib
        self._memory = memory
        self.due = False

    def __call__(self, worker: WorkerControl) -> None:
        if self.due or worker.stopping:
            return
        reason = self._reason(worker)
        if reason:
            log.info("The worker has had its time and is replaced", reason=reason)
            self.due = True
            worker.stop()

    def _reason(self, worker: WorkerControl) -> str:
        if self._max_jobs and worker.tally.ended >= self._max_jobs:
            return f"{worker.tally.ended} jobs"
        if self._max_memory_mib and (used := self._memory()) >= self._max_memory_mib:
            return f"{used:.0f} MiB"
        return ""
