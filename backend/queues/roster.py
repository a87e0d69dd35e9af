"""What can be seen of all workers, and told to one of them: the port behind `gacp worker status|pause|resume|stop`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from backend.clock import to_iso

Order = Literal["pause", "resume", "stop", "stopNow"]
SILENT_AFTER = timedelta(seconds=15)
"""Three reports of a worker were missed: it is gone, hangs, or cannot reach Redis. No lease of it holds longer than that."""


@dataclass(frozen=True)
class WorkerSeen:
    """One worker: `jobs` is what it runs at this moment, all else as it last reported itself. `memory_mib` is its RSS, `versions` those
    of python, gacp and rq."""

    name: str
    host: str
    pid: int
    since: datetime | None
    last_heartbeat: datetime | None
    queues: tuple[str, ...]
    jobs: tuple[str, ...]
    concurrency: int
    completed: int
    failed: int
    retried: int
    memory_mib: float
    paused: bool
    stopping: bool
    outage: str
    versions: dict[str, str]

    @property
    def running(self) -> int:
        """How many jobs it runs."""
        return len(self.jobs)

    def is_fresh(self, now: datetime) -> bool:
        """Whether it has been heard of lately."""
        return self.last_heartbeat is not None and now - self.last_heartbeat <= SILENT_AFTER

    def state(self, now: datetime) -> str:
        """`silent`, `stopping`, `paused`, `busy` or `idle`: the first that holds."""
        if not self.is_fresh(now):
            return "silent"
        if self.stopping or self.paused:
            return "stopping" if self.stopping else "paused"
        return "busy" if self.jobs else "idle"

    def to_json(self, now: datetime) -> dict[str, Any]:
        """As `gacp worker status --json` shows it."""
        times = {"since": to_iso(self.since) if self.since else None}
        times["lastHeartbeat"] = to_iso(self.last_heartbeat) if self.last_heartbeat else None
        plain = {name: value for name, value in asdict(self).items() if name not in {"since", "last_heartbeat", "memory_mib"}}
        told = {"state": self.state(now), "fresh": self.is_fresh(now), "running": self.running}
        return plain | times | told | {"memoryMib": self.memory_mib}


@dataclass(frozen=True)
class LifeSign:
    """What a worker of this machine wrote about itself `age_s` seconds ago; `fresh` where that is recent enough."""

    name: str
    pid: int
    age_s: float
    fresh: bool


class Roster(Protocol):
    """All workers on one Redis. Any method may raise Unavailable."""

    def seen(self) -> Sequence[WorkerSeen]:
        """Every worker that has been heard of lately, by name."""

    def tell(self, name: str, order: Order) -> bool:
        """Give the order; False where no worker of that name listens."""
