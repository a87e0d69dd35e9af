"""What a worker process can tell of itself: its versions, its memory, what it runs and has done."""

import os
import platform
import resource
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from backend.adapters.rq.worker.seams import WorkerControl

MIB = 1024 * 1024
_MEMORY = Path("/proc/self/statm")


@dataclass(frozen=True)
class Vitals:
    """One look at a worker; `memory_mib` is what it occupies of the machine's memory (RSS)."""

    jobs: tuple[str, ...]
    completed: int
    failed: int
    retried: int
    memory_mib: float
    paused: bool
    stopping: bool
    outage: str

    @property
    def ended(self) -> int:
        return self.completed + self.failed + self.retried


@cache
def versions() -> dict[str, str]:
    """Of what this process runs on."""
    return {"python": platform.python_version(), "gacp": version("gacp"), "rq": version("rq")}


def memory_mib() -> float:
    """What this process occupies now; where the system does not say, the most that it ever did."""
    try:
        pages = int(_MEMORY.read_text().split()[1])
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def look_at(worker: WorkerControl) -> Vitals:
    """The worker at this moment."""
    tally = worker.tally
    return Vitals(
        jobs=tuple(run.job.id for run in worker.runs()),
        completed=tally.completed,
        failed=tally.failed,
        retried=tally.retried,
        memory_mib=round(memory_mib(), 1),
        paused=worker.paused,
        stopping=worker.stopping,
        outage=worker.outage,
    )
