"""Says what was seen means: healthy, degraded or unhealthy, and why, in words that name the number and its threshold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from backend.queues.checkup.looking import QueueSeen, RedisSeen
from backend.queues.checkup.thresholds import Thresholds
from backend.queues.names import LABELS
from backend.queues.policies import SERVICE
from backend.queues.roster import WorkerSeen
from backend.queues.wording import number_of

Status = Literal["healthy", "degraded", "unhealthy"]
_WORST: tuple[Status, ...] = ("healthy", "degraded", "unhealthy")
Finding = tuple[Status, str]


@dataclass(frozen=True)
class Verdict:
    """A status, and everything that speaks against being healthy."""

    status: Status
    issues: Sequence[str]


@dataclass(frozen=True)
class QueueReport:
    """One queue, judged. `capacity` is how many of its jobs all workers run at once, `is_served` whether anybody runs any."""

    name: str
    verdict: Verdict
    seen: QueueSeen | None
    is_served: bool
    capacity: int


@dataclass(frozen=True)
class Report:
    """Everything at one moment. `queues_age_s` and `redis_age_s` are how old that is; None where nothing was seen yet. Rates and averages
    are over `span`."""

    at: datetime
    verdict: Verdict
    documents: Verdict
    redis_verdict: Verdict
    redis: RedisSeen | None
    queues: Sequence[QueueReport]
    queues_age_s: float | None
    redis_age_s: float | None
    span: timedelta


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """The worst of them."""
    worst = max((_WORST.index(status) for status, _ in findings), default=0)
    return Verdict(_WORST[worst], [issue for _, issue in findings])


def judge_redis(seen: RedisSeen | None, limits: Thresholds) -> Verdict:
    """`seen` None: nobody has looked yet."""
    if seen is None:
        return verdict_of([("degraded", "Redis has not been looked at yet")])
    if seen.state == "away":
        return verdict_of([("unhealthy", "Redis does not answer: jobs run in their callers, and workers go on from the ledger")])
    return verdict_of(list(_redis_findings(seen, limits)))


def _redis_findings(seen: RedisSeen, limits: Thresholds) -> Iterator[Finding]:
    vitals = seen.vitals
    if vitals is None:
        return
    if vitals.limit_bytes and vitals.used_bytes > limits.redis_memory * vitals.limit_bytes:
        share = vitals.used_bytes / vitals.limit_bytes
        yield "degraded", f"Redis uses {share:.0%} of its memory (over {limits.redis_memory:.0%})"
    if vitals.policy and vitals.policy != "noeviction":
        yield "degraded", f"Redis may throw jobs away when its memory is full: set maxmemory-policy to noeviction, not {vitals.policy}"


def judge_queue(
    name: str, seen: QueueSeen | None, redis: RedisSeen | None, limits: Thresholds, *, inline: int, at: datetime, redis_at: datetime
) -> QueueReport:
    """`seen` None: nobody has looked yet. `inline` is how many jobs this process runs at once in their callers. `at` is when the queue
    was looked at, `redis_at` when Redis was: how long a worker has been silent, and a job has waited, is not told by a question that
    comes long after the look."""
    workers = [] if redis is None else [each for each in (*redis.workers, *redis.unlisted) if _serves(each, name, limits, redis_at)]
    in_callers = redis is None or redis.state != "up"
    capacity = sum(_slots(each, name) for each in workers) or (inline if in_callers else 0)
    if seen is None:
        return QueueReport(
            name, verdict_of([("degraded", "The queue has not been looked at yet")]), None, in_callers or bool(workers), capacity
        )
    findings = [*_findings(seen, limits, at)]
    if not in_callers and not workers and not seen.is_paused:
        findings.append(("degraded", "No worker serves this queue: start one with `gacp worker`"))
    is_served = not seen.is_paused and (in_callers or bool(workers))
    return QueueReport(name, verdict_of(findings), seen, is_served, capacity)


def _findings(seen: QueueSeen, limits: Thresholds, at: datetime) -> Iterator[Finding]:
    stats, window = seen.stats, seen.window
    if seen.is_paused:
        yield "unhealthy", "The queue is paused: nothing is taken until it is resumed"
    if seen.stale > limits.stale:
        yield (
            _two(seen.stale > limits.stale_critical),
            f"{number_of(seen.stale, 'job is active beyond its', 'jobs are active beyond their')} timeout",
        )
    if (depth := stats["waiting"] + stats["paused"] + stats["active"]) > limits.depth:
        yield _two(depth > limits.depth_critical), f"{number_of(depth, 'job is', 'jobs are')} in the queue (over {limits.depth})"
    elif stats["waiting"] > limits.waiting:
        yield "degraded", f"{number_of(stats['waiting'], 'job waits', 'jobs wait')} (over {limits.waiting})"
    if stats["failed"] > limits.failed:
        yield "degraded", f"{number_of(stats['failed'], 'failed job')} (over {limits.failed})"
    rate = window.error_rate or 0.0
    if window.ended >= limits.least and rate > limits.error_rate:
        yield _two(rate > limits.error_rate_critical), f"{rate:.1%} of its jobs failed lately (over {limits.error_rate:.0%})"
    average = window.average_run_ms or 0.0
    if average > limits.slow_ms:
        yield (
            _two(average > limits.slow_critical_ms),
            f"Its jobs take {average / 1000:.0f} s on average (over {limits.slow_ms / 1000:.0f} s)",
        )
    if seen.waiting_since is not None and at - seen.waiting_since >= limits.idle:
        yield "unhealthy", f"Jobs wait, and none has ended for {number_of(round(limits.idle.total_seconds() / 60), 'minute')}"


def judge_all(documents: Verdict, redis: Verdict, queues: Sequence[QueueReport]) -> Verdict:
    """The worst part decides; each issue says which part it is about."""
    parts = {"documents": documents, "redis": redis} | {LABELS[each.name]: each.verdict for each in queues}
    findings = [(part.status, f"{name}: {issue}") for name, part in parts.items() for issue in part.issues]
    return verdict_of(findings)


def counted(queues: Sequence[QueueReport]) -> dict[str, int]:
    """How many jobs all queues have together, by state."""
    total: dict[str, int] = dict.fromkeys(("waiting", "active", "completed", "failed", "delayed", "paused"), 0)
    for each in queues:
        for state, number in (each.seen.stats if each.seen else {}).items():
            total[state] += number
    return total


def _two(is_critical: bool) -> Status:
    return "unhealthy" if is_critical else "degraded"


def _serves(worker: WorkerSeen, queue: str, limits: Thresholds, at: datetime) -> bool:
    heard = worker.last_heartbeat
    return queue in worker.queues and not (worker.stopping or worker.paused) and (heard is None or at - heard <= limits.silent)


def _slots(worker: WorkerSeen, queue: str) -> int:
    most = SERVICE[queue].slots
    return worker.concurrency if most is None else min(worker.concurrency, most)
