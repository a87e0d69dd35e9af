"""What a worker's pulse does in a process that really works: told together, so that none is forgotten."""

from collections.abc import Callable, Sequence
from pathlib import Path

from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.worker.cancelling import CancelWatch, HungRuns, LostRuns
from backend.adapters.rq.worker.commands import Commands
from backend.adapters.rq.worker.hanging import HangWatch
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.liveness import LivenessFile
from backend.adapters.rq.worker.recycling import Recycling
from backend.adapters.rq.worker.registration import Registration
from backend.adapters.rq.worker.relaying import Relaying
from backend.adapters.rq.worker.report import Report
from backend.adapters.rq.worker.seams import Duty, WorkerControl
from backend.queues.platform import QueuePlatform


class Started:
    """Calls `tell` before the first job is taken: a job that ends the process ends one that has started."""

    every_s = 3_600.0

    def __init__(self, tell: Callable[[], object]) -> None:
        self.say_hello = tell

    def __call__(self, worker: WorkerControl) -> None:
        """All is said by `say_hello`."""


def standard(
    platform: QueuePlatform, broker: RqBroker, limits: Limits, recycling: Recycling, *, run_folder: Path, started: Callable[[], object]
) -> Sequence[Duty]:
    """In the order in which they are done: first what needs no server, so that none that is away keeps it waiting."""
    outside = platform.outside
    registration = Registration(broker.blocking)
    return (
        HangWatch(),
        LivenessFile(run_folder),
        Started(started),
        HungRuns(limits),
        LostRuns(platform.keeper, limits),
        recycling,
        registration,
        Report(broker.redis, registration),
        Commands(broker.blocking, limits, platform.job_control),
        CancelWatch(outside.ledger, outside.clock, limits),
        Relaying(platform.recovery, outside.leadership, outside.clock),
    )
