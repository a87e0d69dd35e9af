"""Gathers everything that the metrics tell, from the numbers of all processes and from how things stand; no part can hold it up."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from backend.clock import Clock
from backend.flags import FALLBACK_REASONS
from backend.queues.checkup.probe import Probe, Reading
from backend.queues.circuit import CircuitReport
from backend.queues.errors import BrokerUnavailable
from backend.queues.names import QUEUES
from backend.queues.numbers import BOUNDS_MS, Total, keys
from backend.queues.numbers.kept import SYSTEM
from backend.queues.platform import QueuePlatform
from backend.queues.probes import is_probe
from backend.queues.registry import Registry
from backend.queues.roster import Roster, WorkerSeen
from backend.queues.schedules import Entry
from backend.services.counted_effects import EFFECT_KINDS, RESULTS
from backend.telemetry import metrics
from backend.telemetry.metrics import Metric
from backend.telemetry.samples import Samples

DOCUMENTS, REDIS = "documents", "redis"
DOCUMENTS_PATIENCE_S, REDIS_PATIENCE_S = 2.0, 0.04
"""How long a scrape waits for a part. The document store answers in milliseconds, and has what a scrape is for."""
HANGS_AFTER_S = 1.0
ONLINE_WITHIN_S = 45.0
"""A worker shows itself every 10 seconds."""
_CIRCUIT_STATES = ("closed", "half-open", "open")
_NONE = Total({}, {})


@dataclass(frozen=True)
class Documents:
    """What the document store tells."""

    totals: Mapping[str, Total]
    stats: Mapping[str, Mapping[str, int]]
    waiting_since: Mapping[str, datetime | None]
    paused: Sequence[str]
    outbox: tuple[int, datetime | None]
    schedules: Sequence[Entry]


class MetricsPage:
    """One scrape after the other, of any process: what has a total comes from the document store, and is the same everywhere."""

    def __init__(
        self, platform: QueuePlatform, *, clock: Clock, outbox: Callable[[], tuple[int, datetime | None]], roster: Roster | None
    ) -> None:
        self._platform = platform
        self._clock = clock
        self._outbox = outbox
        self._roster = roster
        self._documents = Probe(DOCUMENTS, self._read_documents, fresh_s=0.0)
        self._redis = Probe(REDIS, self._read_workers)

    def samples(self, *, patience_s: float | None = None) -> Samples:
        """Everything that is known now. Never raises; what is away is missing, and `metrics_part_up` says so.

        An old counter is no counter: another process may have shown a later one, and Prometheus would take the step back for a
        restart. Who has no hurry may give a part more time to answer.
        """
        samples = Samples([bound / 1_000 for bound in BOUNDS_MS])
        enable_queue, now = self._platform.outside.enable_queue, self._clock.now()
        if enable_queue:
            workers = self._redis.anew(REDIS_PATIENCE_S if patience_s is None else patience_s)
            if workers is not None:
                _workers(samples, workers, now)
            up = _answers(self._redis.reading(0.0))
            if up is not None:
                samples.set(metrics.REDIS_UP, up)
            samples.set(metrics.PART_UP, workers is not None, REDIS)
        documents = self._documents.anew(DOCUMENTS_PATIENCE_S if patience_s is None else patience_s)
        if documents is not None:
            _counted(samples, _with_zeros(documents.totals, self._platform.registry))
            _standing(samples, documents, now)
        samples.set(metrics.PART_UP, documents is not None, DOCUMENTS)
        _of_process(samples, self._platform.circuit.report(), enable_queue=enable_queue)
        return samples

    def close(self) -> None:
        """Nobody scrapes any more."""
        self._documents.close()
        self._redis.close()

    def _read_documents(self) -> Documents:
        platform = self._platform
        stats = platform.control.stats()
        busy = [queue for queue, numbers in stats.items() if numbers["waiting"] or numbers["paused"]]
        return Documents(
            totals=platform.numbers.totals(),
            stats=stats,
            waiting_since={queue: platform.outside.ledger.waiting_since(queue) for queue in busy},
            paused=platform.control.paused(),
            outbox=self._outbox(),
            schedules=platform.schedules.entries(),
        )

    def _read_workers(self) -> Sequence[WorkerSeen]:
        circuit = self._platform.circuit
        if self._roster is None or not circuit.allows():
            raise BrokerUnavailable("Redis is known to be away")
        try:
            found = self._roster.seen()
        except BrokerUnavailable as error:
            circuit.failed(error)
            raise
        circuit.succeeded()
        return found


def _with_zeros(totals: Mapping[str, Total], registry: Registry) -> Mapping[str, Total]:
    """With a zero for what has not happened yet: a rate sees the first of it only where it was known to be none before."""
    counts = {scope: {**totals.get(scope, _NONE).counts} for scope in (*QUEUES, SYSTEM)}
    for job_type in registry:
        if not is_probe(job_type.name):
            for name in (keys.COMPLETED, keys.FAILED, keys.RETRIED):
                counts[job_type.queue].setdefault(keys.key(name, job_type.name), 0)
            for reason in FALLBACK_REASONS:
                counts[job_type.queue].setdefault(keys.key(keys.FALLBACK, job_type.name, reason), 0)
    for kind in EFFECT_KINDS:
        for result in RESULTS:
            counts[SYSTEM].setdefault(keys.key(keys.EFFECTS, kind, result), 0)
    return {scope: Total(numbers, totals.get(scope, _NONE).last) for scope, numbers in counts.items()}


def _counted(samples: Samples, totals: Mapping[str, Total]) -> None:
    for queue in QUEUES:
        counts = totals.get(queue, _NONE).counts
        _table(samples, metrics.SUBMITTED, queue, counts, keys.SUBMITTED)
        _table(samples, metrics.ATTEMPTS, queue, counts, keys.ATTEMPTS)
        _table(samples, metrics.RETRIES, queue, counts, keys.RETRIED)
        _table(samples, metrics.ERRORS, queue, counts, keys.ERRORS)
        for status in (keys.COMPLETED, keys.FAILED):
            for (job_type,), number in sorted(keys.named(counts, status)):
                samples.set(metrics.JOBS, number, queue, job_type, status)
        samples.set(metrics.DEAD, sum(number for _, number in keys.named(counts, keys.FAILED)), queue)
        for metric, name in ((metrics.WAIT, keys.WAIT), (metrics.DURATION, keys.RUN), (metrics.WHOLE, keys.WHOLE)):
            for job_type, durations in sorted(keys.durations(counts, name).items()):
                samples.observed(metric, durations.buckets, durations.total_us / 1_000_000, queue, job_type)
        _fallbacks(samples, queue, counts)
    system = totals.get(SYSTEM, _NONE).counts
    for metric, name in ((metrics.EFFECTS, keys.EFFECTS), (metrics.CREDITS, keys.CREDITS)):
        for labels, number in sorted(keys.named(system, name)):
            samples.set(metric, number, *labels)
    for metric, what in ((metrics.OPENINGS, "openings"), (metrics.FAILURES, "failures"), (metrics.REFUSALS, "refusals")):
        samples.set(metric, system.get(keys.key(keys.CIRCUIT, what), 0))


def _table(samples: Samples, metric: Metric, queue: str, counts: Mapping[str, int], name: str) -> None:
    for labels, number in sorted(keys.named(counts, name)):
        samples.set(metric, number, queue, *labels)


def _fallbacks(samples: Samples, queue: str, counts: Mapping[str, int]) -> None:
    by_reason: dict[str, int] = {}
    for (_, reason), number in sorted(keys.named(counts, keys.FALLBACK)):
        by_reason[reason] = by_reason.get(reason, 0) + number
    for reason, number in by_reason.items():
        samples.set(metrics.FALLBACK, number, queue, reason)


def _standing(samples: Samples, found: Documents, now: datetime) -> None:
    for queue, numbers in found.stats.items():
        for state, number in numbers.items():
            samples.set(metrics.DEPTH, number, queue, state)
        samples.set(metrics.ACTIVE, numbers["active"], queue)
        samples.set(metrics.DEAD_DEPTH, numbers["failed"], queue)
        samples.set(metrics.OLDEST, _age(found.waiting_since.get(queue), now), queue)
        samples.set(metrics.PAUSED, queue in found.paused, queue)
    pending, oldest = found.outbox
    samples.set(metrics.OUTBOX, pending)
    samples.set(metrics.OUTBOX_AGE, _age(oldest, now))
    last = {job_type: at for total in found.totals.values() for (job_type,), at in keys.named(total.last, keys.COMPLETED)}
    for entry in found.schedules:
        if entry.schedule.job_type in last:
            samples.set(metrics.SCHEDULE, last[entry.schedule.job_type] / 1_000, entry.key)


def _workers(samples: Samples, workers: Sequence[WorkerSeen], now: datetime) -> None:
    ages = [(worker, _age(worker.last_heartbeat, now)) for worker in workers if worker.last_heartbeat]
    for queue in QUEUES:
        serving = [age for worker, age in ages if queue in worker.queues]
        samples.set(metrics.WORKERS, sum(age <= ONLINE_WITHIN_S for age in serving), queue)
        if serving:
            samples.set(metrics.HEARTBEAT, max(serving), queue)


def _of_process(samples: Samples, circuit: CircuitReport, *, enable_queue: bool) -> None:
    for state in _CIRCUIT_STATES:
        samples.set(metrics.CIRCUIT, circuit.state == state, state)
    for queue in QUEUES:
        samples.set(metrics.ROLLOUT, 100 if enable_queue else 0, queue)
    samples.set(metrics.SOCKETS, 0)  # nothing serves Socket.IO yet
    samples.set(metrics.BUILD, 1, version("gacp"), sys.version.partition(" ")[0])


def _answers(reading: Reading[Any]) -> bool | None:
    """Whether the last look ended well and the one under way does not hang; None where that is not known yet."""
    if reading.error or reading.pending_s > HANGS_AFTER_S:
        return False
    return None if reading.age_s is None else True


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
