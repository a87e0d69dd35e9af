"""What can be seen of all workers, and told to one of them: the port behind `gacp worker status|pause|resume|stop`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from backend.clock import to_iso

Order = Literal["pause", "resume", "stop", "stopNow"]


@dataclass(frozen=True)
class WorkerSeen:
    """One worker as it last reported itself; `memory_mib` is its RSS, `versions` those of python, gacp and rq."""

    name: str
    host: str
    pid: int
    since: datetime | None
    last_heartbeat: datetime | None
    queues: tuple[str, ...]
    jobs: tuple[str, ...]
    running: int
    concurrency: int
    completed: int
    failed: int
    retried: int
    memory_mib: float
    paused: bool
    stopping: bool
    outage: str
    versions: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """As `gacp worker status --json` shows it."""
        times = {"since": to_iso(self.since) if self.since else None}
        times["lastHeartbeat"] = to_iso(self.last_heartbeat) if self.last_heartbeat else None
        plain = {name: value for name, value in asdict(self).items() if name not in {"since", "last_heartbeat", "memory_mib"}}
        return plain | times | {"memoryMib": self.memory_mib}


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
