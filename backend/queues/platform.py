"""Puts the queue platform together of its ports: called once, by the composition root."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backend.clock import Clock
from backend.queues.alerts.glance import rules
from backend.queues.cause_book import CauseBook
from backend.queues.circuit import Circuit
from backend.queues.control import QueueControl
from backend.queues.dead_control import DeadControl
from backend.queues.dead_letters import DeadLetters
from backend.queues.dead_office import DeadOffice, dead_office
from backend.queues.dead_ports import Causes, Replays
from backend.queues.draining import DrainWatch
from backend.queues.inline import InlineExecutor
from backend.queues.isolation import Isolation, in_place
from backend.queues.job_control import JobControl
from backend.queues.leases import LEASE, LeaseKeeper
from backend.queues.listening import QueueEvents
from backend.queues.middleware import CountJobs, GroupCauses, MiddlewareList, standard
from backend.queues.numbers import KeptNumbers, QueueNumbers
from backend.queues.policies import policies
from backend.queues.ports import Broker, Leadership, Ledger, Limits, Outside, Pauses, Schedules
from backend.queues.recovery import Recovery
from backend.queues.registry import Registry
from backend.queues.runner import Runner
from backend.queues.schedule_book import ScheduleBook
from backend.queues.schedule_firing import ScheduleFiring
from backend.queues.service import QueueService
from backend.queues.sight import Sight
from backend.queues.timers import Timers
from backend.queues.tracing import around_runs
from backend.settings import Settings
from backend.telemetry.tracing import NO_TRACING, Tracer


@dataclass(frozen=True)
class QueuePlatform:
    """Everything about queues that one process needs; web uses `service` and `control`, worker and scheduler the rest."""

    service: QueueService
    control: QueueControl
    schedules: ScheduleBook
    firing: ScheduleFiring
    runner: Runner
    recovery: Recovery
    timers: Timers
    job_control: JobControl
    dead_letters: DeadLetters
    outside: Outside
    circuit: Circuit
    keeper: LeaseKeeper
    registry: Registry
    middleware: MiddlewareList
    events: QueueEvents
    drain_watch: DrainWatch
    numbers: QueueNumbers
    dead: DeadOffice

    def use(self, services: Any, isolation: Isolation = in_place) -> None:
        """Hand over what job functions get as `services`, and where isolated ones run; before this no job can run."""
        self.runner.use(services, isolation)


def assemble(
    settings: Settings,
    *,
    clock: Clock,
    registry: Registry,
    ledger: Ledger,
    broker: Broker,
    pauses: Pauses,
    limits: Limits,
    leadership: Leadership,
    schedules: Schedules,
    causes: Causes,
    replays: Replays,
    numbers: KeptNumbers | None = None,
    middleware: MiddlewareList | None = None,
    events: QueueEvents | None = None,
    sleep: Callable[[float], None] = time.sleep,
    lease: timedelta = LEASE,
    sight: Sight | None = None,
    tracer: Tracer = NO_TRACING,
) -> QueuePlatform:
    """Connect the parts. Without `events` no other process hears of any, and without `numbers` none knows how many jobs ended
    here; `lease` is how long a worker may be silent before its job is taken back; `sleep` and `sight` are for tests."""
    told = events or QueueEvents()
    counted = QueueNumbers(clock, numbers)
    grouping = GroupCauses(CauseBook(causes, ledger, clock))
    around = MiddlewareList([*(middleware or standard(told, *around_runs(tracer))), CountJobs(counted.recorder, registry), grouping])
    outside = Outside(ledger, broker, pauses, leadership, schedules, clock, settings.enable_queue, limits, tracer)
    keeper = LeaseKeeper(ledger, clock, lease=lease, sight=sight)
    circuit = Circuit(clock, on_change=lambda _: counted.recorder.soon())
    counted.recorder.watch(circuit.counted)
    dead_letters = DeadLetters(ledger, registry, clock)
    runner = Runner(ledger=ledger, registry=registry, keeper=keeper, middleware=around, dead_letters=dead_letters, clock=clock, sleep=sleep)
    inline = InlineExecutor(runner, ledger, clock, limit=settings.inline_jobs, sleep=sleep)
    book = ScheduleBook(schedules, registry, clock)
    service = _service(settings, outside, registry, circuit=circuit, inline=inline, middleware=around, events=told, schedules=book)
    jobs = JobControl(outside, circuit=circuit, registry=registry, dead_letters=dead_letters, middleware=around)
    return QueuePlatform(
        service=service,
        control=QueueControl(outside, circuit=circuit, rules=rules(settings), middleware=around, numbers=counted),
        recovery=Recovery(outside, runner=runner, keeper=keeper, dead_letters=dead_letters, middleware=around),
        job_control=jobs,
        timers=Timers(outside, dead_letters=dead_letters, middleware=around),
        schedules=book,
        firing=ScheduleFiring(outside, book, service),
        runner=runner,
        dead_letters=dead_letters,
        outside=outside,
        circuit=circuit,
        keeper=keeper,
        registry=registry,
        middleware=around,
        events=told,
        drain_watch=DrainWatch(around, clock),
        numbers=counted,
        dead=dead_office(outside, DeadControl(ledger, jobs, registry, clock), grouping, replays),
    )


def _service(
    settings: Settings,
    outside: Outside,
    registry: Registry,
    *,
    circuit: Circuit,
    inline: InlineExecutor,
    middleware: MiddlewareList,
    events: QueueEvents,
    schedules: ScheduleBook,
) -> QueueService:
    return QueueService(
        outside,
        circuit=circuit,
        inline=inline,
        registry=registry,
        policies=policies(settings),
        middleware=middleware,
        events=events,
        schedules=schedules,
        patience_s=settings.redis_deadline_ms / 1000,
    )
