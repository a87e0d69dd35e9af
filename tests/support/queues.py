"""A queue platform over doubles, with job types whose outcome a test decides."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from backend.adapters.documents.queue_parts import queue_parts
from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.memory.documents import MemoryStore
from backend.clock import FrozenClock
from backend.queues import transitions
from backend.queues.jobs import JobContext, job
from backend.queues.leases import LEASE
from backend.queues.ledger import change
from backend.queues.middleware import MiddlewareList
from backend.queues.names import QUEUES
from backend.queues.platform import QueuePlatform, assemble
from backend.queues.registry import Registry
from backend.queues.sight import Sight
from backend.settings import load
from backend.telemetry.tracing import NO_TRACING

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)


class Errand(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    place: str
    weight: int = 1


@dataclass
class Errands:
    """The `services` of these tests: outcomes to come, and what was done."""

    outcomes: list = field(default_factory=list)
    on_dead_outcomes: list = field(default_factory=list)
    done: list = field(default_factory=list)
    dead: list = field(default_factory=list)
    contexts: list = field(default_factory=list)


def _next(outcomes):
    outcome = outcomes.pop(0) if outcomes else {"ok": True}
    if callable(outcome) and not isinstance(outcome, type):
        outcome = outcome()
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def mourn(payload: Errand, services: Errands, context: JobContext, error: BaseException) -> None:
    if services.on_dead_outcomes:
        _next(services.on_dead_outcomes)
    services.dead.append((payload.place, context.attempt, error))


@job(queue="aiQc", payload=Errand, on_dead=mourn)
def run_errand(payload: Errand, services: Errands, context: JobContext):
    """Go there and come back."""
    services.contexts.append(context)
    services.done.append(payload.place)
    return _next(services.outcomes)


@job(queue="email", payload=Errand, attempts=1, backoff=100)
def try_once(payload: Errand, services: Errands, context: JobContext):
    """Go there at most once."""
    services.done.append(payload.place)
    return _next(services.outcomes)


class Desk:
    """A platform on doubles: `store` and `broker` can be switched `away`, `clock` stands still, nothing really waits. A
    lease that is over by it is taken back at the first look."""

    def __init__(self, *, broker=None, middleware: MiddlewareList | None = None, strategies=(), tracer=NO_TRACING, **settings: str) -> None:
        self.clock = FrozenClock(NOON)
        self.store = MemoryStore()
        self.broker = broker or MemoryBroker()
        self.errands = Errands()
        self.slept: list[float] = []
        self.while_sleeping = lambda: None
        parts = queue_parts(self.store, self.clock)
        self.ledger = parts["ledger"]
        self.settings = load(**{"GACP_ENV": "test", "ENABLE_QUEUE": "true", **settings})
        self.platform: QueuePlatform = assemble(
            self.settings,
            clock=self.clock,
            registry=Registry(run_errand, try_once, *strategies),
            broker=self.broker,
            middleware=middleware,
            sleep=self._sleep,
            sight=Sight(self.clock, gap=LEASE, settle=timedelta(0)),
            tracer=tracer,
            **parts,
        )
        self.platform.use(self.errands)
        self.service = self.platform.service
        self.control = self.platform.control
        self.recovery = self.platform.recovery

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.while_sleeping()

    def take_and_vanish(self, worker: str = "doomed"):
        """A worker takes the next job, claims it, and dies: nothing of it is settled."""
        delivery = self.broker.take(QUEUES, 0)
        lease = self.platform.keeper.new_lease(worker)
        change(self.ledger, delivery.job_id, lambda found: transitions.claim(found, lease, self.clock.now()))
        return delivery
