"""What an administrator does with queues: look, clean, pause, resume."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from backend.queues.alerts.glance import Rule
from backend.queues.circuit import Circuit
from backend.queues.cleaning import Cleaned, Cleaning, Told
from backend.queues.errors import BrokerUnavailable
from backend.queues.events import cleaned, paused, resumed
from backend.queues.health import Health, RedisState, examine, redis_state
from backend.queues.limits import QueueLimits, write_rate
from backend.queues.metrics import KEPT_MINUTES, QueueMetrics, metrics_of, outcome
from backend.queues.middleware import MiddlewareList
from backend.queues.names import QUEUES, require_queue
from backend.queues.numbers import QueueNumbers
from backend.queues.numbers.grains import minute_of
from backend.queues.policies import RETENTION_DAYS
from backend.queues.ports import Outside, Pause
from backend.queues.retention import Retention
from backend.queues.stats import queue_stats
from backend.queues.summaries import DaySummary
from backend.telemetry.logs import logger

log = logger("queues.control")


class QueueControl:
    """For one queue by name, or for all where no name is given; an unknown name raises NotFound."""

    def __init__(
        self, outside: Outside, *, circuit: Circuit, rules: tuple[Rule, ...], middleware: MiddlewareList, numbers: QueueNumbers
    ) -> None:
        self._ledger = outside.ledger
        self._broker = outside.broker
        self._pauses = outside.pauses
        self._limits = outside.limits
        self._clock = outside.clock
        self._enable_queue = outside.enable_queue
        self._circuit = circuit
        self._rules = rules
        self._middleware = middleware
        self._numbers = numbers
        self._retention = Retention(outside, circuit=circuit)
        self._cleaning = Cleaning(outside, circuit=circuit, middleware=middleware)

    def stats(self) -> dict[str, dict[str, int]]:
        """`{"aiQc": {waiting, active, completed, failed, delayed, paused}, …}`, from the ledger: right also while Redis is away."""
        return queue_stats(self._ledger.counts(), self._pauses.paused())

    def counts_per_priority(self, queue: str, priorities: Sequence[int] = ()) -> dict[int, int]:
        """How many jobs wait in Redis by priority: those asked for, or each that occurs; 0 is for jobs without one, and for what goes
        before everything because its worker was lost. Also while paused. Raises BrokerUnavailable while Redis is away, and without
        asking it while the circuit is open."""
        name = require_queue(queue)
        if self._enable_queue and not self._circuit.allows():
            raise BrokerUnavailable("Redis is away: what waits there cannot be counted")
        try:
            found = self._broker.waiting_by_priority(name)
        except BrokerUnavailable as error:
            if self._enable_queue:
                self._circuit.failed(error)
            raise
        self._circuit.succeeded()
        return {priority: found.get(priority, 0) for priority in priorities} if priorities else dict(found)

    def metrics(self, queue: str, state: str = "completed", start: int = 0, end: int = -1) -> QueueMetrics:
        """How many jobs of the queue completed, or failed for good, in each of the last 48 hours' minutes, the newest first.

        `start` and `end` choose minutes, both included: 0 is the last that is over, -1 the first that had any. Numbers of other
        processes may be 2 seconds old. Raises InvalidInput for any other state.
        """
        wanted, now = outcome(state), minute_of(self._clock.now())
        found = self._numbers.ended_by_minute(require_queue(queue), wanted.value, now - KEPT_MINUTES)
        return metrics_of(queue, wanted, found, now, start=start, end=end)

    def health(self) -> Health:
        """The numbers, the alerts that they raise, and whether Redis answers."""
        return examine(self.stats(), self._rules, self._broker, self._circuit, enable_queue=self._enable_queue)

    def redis(self) -> RedisState:
        """Whether Redis answers now; nobody is asked while the circuit is open, and no job is counted."""
        return redis_state(self._broker, self._circuit, enable_queue=self._enable_queue)

    def paused(self) -> list[str]:
        """The names of the paused queues."""
        return sorted(self._pauses.paused())

    def clean(
        self, queue: str | None = None, *, older_than: timedelta = timedelta(days=RETENTION_DAYS), within: timedelta | None = None
    ) -> dict[str, int]:
        """Forget jobs that finished longer ago than that, but for their numbers; returns how many per queue. See `Retention`."""
        removed = self._retention.sweep(_chosen(queue), self._clock.now() - older_than, within=within)
        for name, count in removed.items():
            if count:
                self._middleware.happened(cleaned(name, self._clock.now(), count=count, type="finished"))
        log.info("Old jobs were removed", **removed)
        return removed

    def summaries(self, queue: str | None = None) -> Sequence[DaySummary]:
        """What is left of the jobs that were removed: their numbers by queue, type and day."""
        return self._ledger.summaries(require_queue(queue) if queue else None)

    def pauses(self) -> list[Pause]:
        """The pauses in force: of which queue, by whom, since when, why, and until when."""
        in_force = self._pauses.paused()
        return [pause for pause in self._pauses.list() if pause.queue in in_force]

    def pause(self, queue: str | None = None, *, by: str = "", reason: str = "", length: timedelta | None = None) -> list[str]:
        """Stop workers from taking jobs, within a second and until `resume`, or for that length of time; new jobs are accepted
        and wait, running ones finish. Returns the names of all paused queues."""
        now = self._clock.now()
        self._pauses.pause(_chosen(queue), by=by, at=now, reason=reason, until=now + length if length else None)
        for name in _chosen(queue):
            self._middleware.happened(paused(name, now, by=by, reason=reason))
        log.info("Queues were paused", queues=list(_chosen(queue)), by=by, reason=reason)
        return sorted(self._pauses.paused())

    def resume(self, queue: str | None = None, *, by: str = "") -> list[str]:
        """Let workers take jobs again; returns the names of the queues that are still paused."""
        self._pauses.resume(_chosen(queue))
        for name in _chosen(queue):
            self._middleware.happened(resumed(name, self._clock.now(), by=by))
        log.info("Queues were resumed", queues=list(_chosen(queue)), by=by)
        return sorted(self._pauses.paused())

    def limits(self) -> Mapping[str, QueueLimits]:
        """The limits of those queues that have any, by name."""
        return self._limits.all()

    def limit(self, limits: QueueLimits, *, by: str = "") -> Mapping[str, QueueLimits]:
        """Put these limits in place of those that the queue has, in force in every worker within a second; without any the queue
        has none. Returns what is in force now. Raises NotFound for an unknown queue."""
        require_queue(limits.queue)
        self._limits.set(limits)
        log.info("The limits of a queue were set", queue=limits.queue, concurrency=limits.concurrency, rate=write_rate(limits), by=by)
        return self._limits.all()

    def clean_state(self, queue: str, state: str, *, grace: timedelta, limit: int = 0, told: Told = int) -> Cleaned:
        """Remove jobs of one state: see `Cleaning.clean`."""
        return self._cleaning.clean(queue, state, grace=grace, limit=limit, told=told)

    def empty(self, queue: str | None = None, *, told: Told = int) -> list[Cleaned]:
        """Remove what waits and what is delayed; a pause stays in force."""
        return [self._cleaning.empty(name, told=told) for name in _chosen(queue)]

    def drain(self, queue: str | None = None, *, delayed: bool = False, told: Told = int) -> list[Cleaned]:
        """Remove what waits, and what is delayed only where asked for."""
        return [self._cleaning.empty(name, delayed=delayed, told=told) for name in _chosen(queue)]

    def obliterate(self, queue: str, *, by: str = "", force: bool = False, told: Told = int) -> Cleaned:
        """Remove every job of the queue with its history: see `Cleaning.obliterate`."""
        return self._cleaning.obliterate(queue, by=by, force=force, told=told)


def _chosen(queue: str | None) -> Sequence[str]:
    return QUEUES if queue is None else (require_queue(queue),)
