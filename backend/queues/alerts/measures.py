"""What each rule measures: out of the facts of one moment a number per queue, schedule or platform."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from backend.queues.alerts.facts import Facts, LastHour, QueueFacts
from backend.queues.alerts.records import QUEUE


@dataclass(frozen=True)
class Reading:
    """A number under its labels; None where what knows it is away. `context` goes into the alert and its texts."""

    labels: Mapping[str, str]
    value: float | None
    context: Mapping[str, Any] = field(default_factory=dict)


Measure = Callable[[Facts], Sequence[Reading] | None]
"""The readings of one moment; None where nothing is known, an empty sequence where there is nothing to measure."""
OfQueue = Callable[[QueueFacts], float | None]
NO_EVICTION = "noeviction"


def by_queue(of: OfQueue) -> Measure:
    """One reading for each queue."""
    return lambda facts: [Reading({QUEUE: queue}, of(found), {"queueName": queue}) for queue, found in facts.queues.items()]


def count(*states: str) -> OfQueue:
    """How many jobs are in these states, together."""
    return lambda found: sum(found.counts[state] for state in states)


def seconds(of: Callable[[QueueFacts], timedelta | None]) -> OfQueue:
    def measure(found: QueueFacts) -> float | None:
        length = of(found)
        return None if length is None else length.total_seconds()

    return measure


def burst(threshold: int) -> Measure:
    """The failures of the last minutes, with the newest of them: the alert of seed 001."""

    def measure(facts: Facts) -> list[Reading]:
        return [Reading({QUEUE: queue}, found.burst, _newest(queue, found, threshold)) for queue, found in facts.queues.items()]

    return measure


def _newest(queue: str, found: QueueFacts, threshold: int) -> dict[str, Any]:
    newest = found.newest_failure
    context = {"queueName": queue, "failureCount": found.burst, "threshold": threshold}
    return context | ({"recentJobId": newest.job_id, "error": newest.error} if newest else {"recentJobId": None, "error": None})


def error_rate(least: int) -> OfQueue:
    """The percentage of failed jobs among those of the last hour; 0 where fewer ended than tell anything."""

    def measure(found: QueueFacts) -> float | None:
        hour = found.last_hour
        if hour is None:
            return None
        return 100 * hour.failed / hour.ended if hour.ended >= max(least, 1) else 0.0

    return measure


def average_run(found: QueueFacts) -> float | None:
    """Seconds; 0 where no job ended."""
    hour = found.last_hour
    if hour is None or hour.average_run_ms is None:
        return 0.0 if hour == LastHour(0, 0) else None
    return hour.average_run_ms / 1000


def standstill(found: QueueFacts) -> float | None:
    """Minutes in which something waited and nothing ended; a paused queue stands still on purpose."""
    if found.counts["waiting"] == 0:
        return 0.0
    if found.waiting_for is None:
        return None
    idle = found.waiting_for if found.idle_for is None else min(found.waiting_for, found.idle_for)
    return idle.total_seconds() / 60


def no_worker(facts: Facts) -> Sequence[Reading]:
    """1 for a queue that no worker serves, where jobs go to workers; where there is no worker at all that is said once."""
    if not facts.uses_redis:
        return ()
    queues, nobody = list(facts.queues), all(found.workers == 0 for found in facts.queues.values())
    each = [
        Reading({QUEUE: queue}, None if found.workers is None else float(found.workers == 0 and not nobody), {"queueName": queue})
        for queue, found in facts.queues.items()
    ]
    unknown = any(found.workers is None for found in facts.queues.values())
    return [*each, Reading({}, None if unknown else float(nobody), {"queueName": ", ".join(queues)})]


def silent_workers(facts: Facts) -> Sequence[Reading] | None:
    if facts.silent_workers is None:
        return None if facts.uses_redis else ()
    return [Reading({}, float(len(facts.silent_workers)), {"workers": list(facts.silent_workers)})]


def late_schedules(facts: Facts) -> Sequence[Reading] | None:
    if facts.late_schedules is None:
        return None
    return [Reading({"schedule": each.key}, each.late.total_seconds(), {"schedule": each.key}) for each in facts.late_schedules]


def outbox_age(facts: Facts) -> Sequence[Reading] | None:
    return None if facts.outbox_age is None else [Reading({}, facts.outbox_age.total_seconds())]


def circuit_open(facts: Facts) -> Sequence[Reading] | None:
    return None if facts.circuit_open_for is None else [Reading({}, facts.circuit_open_for.total_seconds())]


def redis_down(facts: Facts) -> Sequence[Reading] | None:
    if facts.redis is None:
        return None if facts.uses_redis else ()
    return [Reading({}, 0.0 if facts.redis.up else 1.0)]


def redis_memory(facts: Facts) -> Sequence[Reading] | None:
    if facts.redis is None or facts.redis.memory_percent is None:
        return None if facts.uses_redis else ()
    return [Reading({}, facts.redis.memory_percent)]


def redis_eviction(facts: Facts) -> Sequence[Reading] | None:
    if facts.redis is None or facts.redis.policy is None:
        return None if facts.uses_redis else ()
    return [Reading({}, float(facts.redis.policy != NO_EVICTION), {"policy": facts.redis.policy})]


def fallback(least: int) -> Measure:
    """The percentage of the queue's jobs of the last hour that did not go the way of the queue although they were to."""
    return lambda facts: [_fallback(queue, found, least) for queue, found in facts.queues.items()] if facts.uses_redis else ()


def _fallback(queue: str, found: QueueFacts, least: int) -> Reading:
    share = found.fallback
    if share is None:
        return Reading({QUEUE: queue}, None)
    context = {"queueName": queue, "jobs": share.whole, "inline": share.part}
    return Reading({QUEUE: queue}, share.percent if share.whole >= max(least, 1) else 0.0, context)


def refunded_credits(facts: Facts) -> Sequence[Reading] | None:
    return None if facts.credits is None else [Reading({"measure": "credits"}, float(facts.credits.refunded))]


def refunded_share(facts: Facts) -> Sequence[Reading] | None:
    if facts.credits is None:
        return None
    share = 100 * facts.credits.refunded / facts.credits.spent if facts.credits.spent else 0.0
    return [Reading({"measure": "rate"}, share)]
