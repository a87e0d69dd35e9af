"""A worker in a thread of the test, over doubles in memory and with the time that really passes."""

import threading
import time
from contextlib import contextmanager

from pydantic import BaseModel, ConfigDict

from backend.adapters.documents.queue_parts import queue_parts
from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.memory.ledger import MemoryLedger
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.worker import Worker
from backend.clock import SystemClock
from backend.errors import TemporaryFailure, Unavailable
from backend.queues.isolation import in_place
from backend.queues.jobs import JobContext, job
from backend.queues.leases import LEASE
from backend.queues.platform import assemble
from backend.queues.registry import Registry
from backend.queues.service import Submission
from backend.settings import load


class Piece(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    seconds: float = 0.0
    fail: int = 0


class Workshop:
    """The `services` of these jobs: who is at work now, the most there ever were, and what was done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.begun: list[str] = []
        self.done: list[str] = []
        self.dead: list[str] = []
        self.threads: set[int] = set()
        self.at_work = self.most = 0
        self.go_on = threading.Event()
        self.asked_to_stop = threading.Event()

    @contextmanager
    def working(self, name: str):
        with self._lock:
            self.begun.append(name)
            self.threads.add(threading.get_ident())
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        try:
            yield
        finally:
            with self._lock:
                self.at_work -= 1
                self.done.append(name)


def bury(payload: Piece, services: Workshop, context: JobContext, error: BaseException) -> None:
    services.dead.append(payload.name)


def _work(payload: Piece, services: Workshop, context: JobContext):
    with services.working(payload.name):
        time.sleep(payload.seconds)
        if context.attempt <= payload.fail:
            raise TemporaryFailure("not yet")
        return {"attempt": context.attempt}


@job(queue="aiQc", payload=Piece, on_dead=bury, backoff=0)
def shape(payload: Piece, services: Workshop, context: JobContext):
    """Take some time, or fail."""
    return _work(payload, services, context)


@job(queue="report", payload=Piece)
def bind(payload: Piece, services: Workshop, context: JobContext):
    """The same in a queue of which a worker runs two at once."""
    return _work(payload, services, context)


@job(queue="email", payload=Piece)
def wait(payload: Piece, services: Workshop, context: JobContext):
    """Go on until the test says so, and tell when the worker is to stop."""
    with services.working(payload.name):
        while not services.go_on.wait(0.01):
            if context.stopping():
                services.asked_to_stop.set()


@job(queue="aiQc", payload=Piece, attempts=1)
def walk_out(payload: Piece, services: Workshop, context: JobContext):
    """Try to end the process."""
    raise SystemExit(3)


class AwayLedger(MemoryLedger):
    """`away`: every batch raises Unavailable; `after_writing`: it is written nevertheless. `batches`: how many jobs each had.

    `sleeps_s`: the process falls asleep for so long once the next batch is written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.away = self.after_writing = False
        self.batches: list[int] = []
        self.sleeps_s = 0.0

    def get_many(self, ids):
        self._reach()
        return super().get_many(ids)

    def get(self, id):
        self._reach()
        return super().get(id)

    def save(self, job):
        self._reach()
        return super().save(job)

    def renew_many(self, leases, until):
        self._reach()
        return super().renew_many(leases, until)

    def save_many(self, jobs):
        if self.after_writing:
            super().save_many(jobs)
            self.away = True
        self._reach()
        self.batches.append(len(jobs))
        written = super().save_many(jobs)
        sleeps_s, self.sleeps_s = self.sleeps_s, 0.0
        time.sleep(sleeps_s)
        return written

    def _reach(self) -> None:
        if self.away:
            raise Unavailable("the ledger is away")


class House:
    """A queue platform in memory, with the ledger and the broker at hand."""

    def __init__(
        self, *, broker=None, lease=LEASE, types=(shape, bind, wait, walk_out), isolation=in_place, ledger=None, workshop=None
    ) -> None:
        self.broker = broker or MemoryBroker()
        self.ledger = ledger or AwayLedger()
        self.workshop = workshop or Workshop()
        self.store, clock = MemoryStore(), SystemClock()
        self.platform = assemble(
            load(GACP_ENV="test", ENABLE_QUEUE="true"),
            clock=clock,
            registry=Registry(*types),
            broker=self.broker,
            lease=lease,
            **(queue_parts(self.store, clock) | {"ledger": self.ledger}),
        )
        self.platform.use(self.workshop, isolation)
        self.service = self.platform.service

    def submit(self, kind, count: int = 1, **fields) -> list[str]:
        pieces = [Piece(**{"name": f"n{number}", **fields}) for number in range(count)]
        return [each.job_id for each in self.service.submit_many([Submission(kind, piece) for piece in pieces])]

    def states(self, ids) -> list[str]:
        return [self.service.get(job_id).state.value for job_id in ids]

    @contextmanager
    def worker(self, **options):
        """A worker that runs in a thread; it is stopped at the end, and what it was waiting for may go on."""
        worker = Worker(self.platform, **{"leave": id, "time_limit": Limits().limit, **options})
        codes = []
        thread = threading.Thread(target=lambda: codes.append(worker.run()), daemon=True)
        thread.start()
        worker.ended = lambda wait_s=10.0: (thread.join(wait_s), codes)[1]
        try:
            yield worker
        finally:
            self.workshop.go_on.set()
            worker.stop(within_s=0)
            thread.join(10)
        assert not thread.is_alive(), "the worker did not stop"


def until(holds, wait_s: float = 60.0) -> bool:
    """Whether it comes to hold within that time."""
    deadline = time.monotonic() + wait_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
