"""Where the parts of a worker meet: what runs, what may be asked of the worker, and what it calls now and then."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from msgspec import Struct

from backend.queues.ports import Delivery
from backend.queues.records import Job


class Run(Struct, eq=False):
    """One run in this process. `job` is as it was claimed; `token`, of its lease, proves to the ledger that this run holds it.

    `thread` is the identity of the thread that runs the handler and `since` the monotonic second at which it began; both
    are 0 while the job still waits for a thread. `abandoned`: its outcome was written by somebody else, or is not wanted.
    """

    delivery: Delivery
    job: Job
    thread: int = 0
    since: float = 0.0
    abandoned: bool = False
    token: str = ""

    def __post_init__(self) -> None:
        if self.job.lease is not None:
            self.token = self.job.lease.token


@dataclass(frozen=True)
class Tally:
    """What this worker has done since it started."""

    completed: int = 0
    failed: int = 0
    retried: int = 0

    @property
    def ended(self) -> int:
        return self.completed + self.failed + self.retried


FROM_THE_LEDGER = "ledger"
"""The flight of a job that no broker delivered."""


class WorkerControl(Protocol):
    """What the parts of a worker may know and ask of it; every call is safe from any thread, and none waits for a job."""

    @property
    def name(self) -> str: ...

    @property
    def queues(self) -> Sequence[str]: ...

    @property
    def concurrency(self) -> int: ...

    @property
    def tally(self) -> Tally: ...

    @property
    def stopping(self) -> bool:
        """Whether it takes no more jobs for good."""

    @property
    def paused(self) -> bool:
        """Whether it takes no more jobs for now."""

    @property
    def spent(self) -> bool:
        """Whether it has taken as many jobs as a worker may in its life, and they have ended."""

    @property
    def outage(self) -> str:
        """What it needs and cannot reach now, as the name of an error; empty where all is well."""

    def runs(self) -> Sequence[Run]:
        """What has been claimed here and has not ended."""

    def pause(self) -> None:
        """Take nothing more until `resume`; what runs goes on."""

    def resume(self) -> None:
        """Take jobs again."""

    def stop(self, within_s: float | None = None) -> None:
        """Take nothing more, and end once all runs have, or after so many seconds (the worker's own deadline where None)."""

    def dismiss(self, within_s: float | None = None) -> None:
        """The same for good: it needs no successor, whatever else becomes a reason to end."""

    def give_way(self) -> None:
        """Take nothing more, end once all runs have or the deadline is over, and let a new process take its place."""

    def end_run(self, run: Run, error: BaseException) -> None:
        """Write this run as failed with the error, though its thread goes on; what the thread makes of it later is dropped."""

    def leave(self, code: int) -> None:
        """Hand everything that runs back to the front of its queue and end the process at once. Returns only in tests."""


class Duty(Protocol):
    """Something that the pulse does now and then, from a thread that no job can block."""

    every_s: float

    def __call__(self, worker: WorkerControl) -> None:
        """Do it once, quickly. What it raises is logged and costs nobody anything."""


@runtime_checkable
class Greeting(Protocol):
    """A duty that has something to do before the worker takes its first job, too."""

    def say_hello(self) -> None:
        """Called by the thread that starts the pulse; no job can have begun."""


@runtime_checkable
class Farewell(Protocol):
    """A duty that has something to do when the worker ends, too."""

    def say_goodbye(self) -> None:
        """The last beat was made, and everything that was taken is settled, or handed back as far as that went."""
