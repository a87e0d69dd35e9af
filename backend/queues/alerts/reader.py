"""Gathers the facts of one moment; what cannot be told is unknown, and nobody waits for it longer than one deadline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.clock import Clock
from backend.queues.alerts.facts import Burns, Credits, Facts, LastHour, LateSchedule, QueueFacts, RedisFacts, Share
from backend.queues.alerts.ports import JobFacts, RedisSight
from backend.queues.alerts.slo import WINDOWS, Objective, bad_of
from backend.queues.circuit import Circuit
from backend.queues.errors import BrokerUnavailable
from backend.queues.names import QUEUES
from backend.queues.numbers import QueueNumbers
from backend.queues.numbers.grains import minute_of
from backend.queues.numbers.window import Window
from backend.queues.ports import Ledger, Schedules
from backend.queues.roster import WorkerSeen
from backend.queues.staleness import stale_jobs
from backend.settings import Settings
from backend.telemetry.logs import logger

HOUR = timedelta(hours=1)
log = logger("queues.alerts")
NOTHING = timedelta(0)
AWAY = ("redis_away", "inline_full")
"""Of the reasons of a fallback those that mean trouble; see `flags`."""


@dataclass(frozen=True)
class Sources:
    """Where facts come from; each of these may raise Unavailable, which costs the whole look: without a document store there is
    nothing to evaluate. `credits` is None where nobody gives any back, `redis` where jobs do not go there."""

    counts: Callable[[], Mapping[str, Mapping[str, int]]]
    jobs: JobFacts
    ledger: Ledger
    numbers: QueueNumbers
    objectives: Mapping[str, Objective]
    schedules: Schedules
    outbox_since: Callable[[], datetime | None]
    circuit: Circuit
    redis: RedisSight | None = None
    credits: Callable[[], Credits] | None = None


@dataclass(frozen=True)
class _AtOnce:
    """What is asked once for all queues."""

    counts: Mapping[str, Mapping[str, int]]
    waiting_since: Mapping[str, datetime | None]
    burns: Mapping[str, Burns]
    workers: Sequence[WorkerSeen] | None


class FactsReader:
    """Reads everything that the rules look at."""

    def __init__(self, sources: Sources, settings: Settings, clock: Clock) -> None:
        self._from = sources
        self._clock = clock
        self._burst = timedelta(minutes=settings.alert_burst_minutes)
        self._silent = timedelta(seconds=settings.alert_worker_silent_s)
        self._late = timedelta(seconds=settings.alert_schedule_late_s)
        self._recurring = settings.enable_scheduler
        self._burnt: tuple[int, Mapping[str, Burns]] | None = None

    def read(self) -> Facts:
        """The facts of now. Raises Unavailable while the document store is away."""
        now = self._clock.now()
        redis, seen = self._redis()
        workers = None if seen is None else [worker for worker in seen if not self._is_silent(worker, now)]
        outbox = self._from.outbox_since()
        return Facts(
            at=now,
            queues=self._queues(now, workers),
            uses_redis=self._from.redis is not None,
            redis=redis,
            circuit_open_for=self._open_for(now),
            silent_workers=None if seen is None else [worker.name for worker in seen if self._is_silent(worker, now)],
            late_schedules=self._late_schedules(now),
            outbox_age=now - outbox if outbox else NOTHING,
            credits=self._from.credits() if self._from.credits else None,
        )

    def _queues(self, now: datetime, workers: Sequence[WorkerSeen] | None) -> dict[str, QueueFacts]:
        counts = self._from.counts()
        waiting = [queue for queue in QUEUES if counts[queue]["waiting"]]
        at_once = _AtOnce(counts, {queue: self._from.ledger.waiting_since(queue) for queue in waiting}, self._burns(now), workers)
        return {queue: self._queue(queue, now, at_once) for queue in QUEUES}

    def _queue(self, queue: str, now: datetime, at_once: _AtOnce) -> QueueFacts:
        counts, since, workers = at_once.counts[queue], at_once.waiting_since.get(queue), at_once.workers
        jobs = self._from.jobs
        burst = jobs.failed_since(queue, now - self._burst)
        hour = self._from.numbers.window(queue, HOUR)
        # A paused queue waits on purpose; what waited a moment ago may run by now.
        waiting_for = now - since if since else NOTHING
        return QueueFacts(
            counts=counts,
            waiting_for=waiting_for,
            idle_for=now - hour.last_ended_at if hour.last_ended_at else None,
            burst=burst,
            newest_failure=jobs.newest_failure(queue) if burst else None,
            dead_letters=hour.failed,
            stale=stale_jobs(self._from.ledger, queue, now) if counts["active"] else 0,
            last_hour=LastHour(hour.completed, hour.failed, hour.average_run_ms),
            burns=at_once.burns.get(queue),
            fallback=_fallback(hour),
            workers=None if workers is None else sum(queue in worker.queues and not worker.stopping for worker in workers),
        )

    def _burns(self, now: datetime) -> Mapping[str, Burns]:
        """Once a minute, as the windows are long and move by the minute."""
        minute = minute_of(now)
        if self._burnt is None or self._burnt[0] != minute:
            window, objectives = self._from.numbers.window, self._from.objectives
            burns = {queue: {span: bad_of(window(queue, span), each) for span in WINDOWS} for queue, each in objectives.items()}
            self._burnt = (minute, burns)
        return self._burnt[1]

    def _redis(self) -> tuple[RedisFacts | None, Sequence[WorkerSeen] | None]:
        """Redis and the workers that it knows of; unknown where it is away, as nobody asks it while the circuit is open."""
        sight, circuit = self._from.redis, self._from.circuit
        if sight is None:
            return None, None
        if not circuit.allows():
            return RedisFacts(up=False), None
        try:
            found, workers = sight.look(), self._workers(sight)
        except BrokerUnavailable as error:
            circuit.failed(error)
            return RedisFacts(up=False), None
        circuit.succeeded()
        return found, workers

    def _workers(self, sight: RedisSight) -> Sequence[WorkerSeen] | None:
        try:
            return sight.workers()
        except (KeyError, TypeError, ValueError) as error:
            # Somebody damaged what a worker tells of itself: all else is still to be seen.
            log.warning("What workers tell of themselves cannot be read", error=type(error).__name__)
            return None

    def _open_for(self, now: datetime) -> timedelta:
        report = self._from.circuit.report()
        return now - report.opened_at if report.opened_at and report.state != "closed" else NOTHING

    def _late_schedules(self, now: datetime) -> Sequence[LateSchedule]:
        if not self._recurring:
            return ()
        due = self._from.schedules.due(now - self._late)
        return [LateSchedule(entry.key, now - entry.next_due) for entry in due if entry.next_due]

    def _is_silent(self, worker: WorkerSeen, now: datetime) -> bool:
        return worker.last_heartbeat is not None and now - worker.last_heartbeat > self._silent


def _fallback(hour: Window) -> Share:
    away = sum(hour.fallbacks.get(reason, 0) for reason in AWAY)
    return Share(away, max(hour.submitted, away))
