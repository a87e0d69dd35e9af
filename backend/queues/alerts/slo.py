"""Service levels: which jobs count as good, and how fast the bad ones use up what is allowed (multi-window burn rates)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from backend.queues.alerts.facts import Facts, QueueFacts, Share
from backend.queues.alerts.measures import Measure, Reading
from backend.queues.alerts.records import QUEUE
from backend.queues.errors import JobCancelled
from backend.queues.names import QUEUES
from backend.queues.numbers.window import Window
from backend.settings import Settings

CANCELLED = JobCancelled.__name__


@dataclass(frozen=True)
class Objective:
    """So many percent of a queue's jobs end well, and within so many seconds of when they were to begin."""

    percent: float
    seconds: int

    @property
    def allowed(self) -> float:
        """The percentage of jobs that may be bad."""
        return 100 - self.percent


@dataclass(frozen=True)
class Pair:
    """Bad jobs came `factor` times as fast as is allowed, over the long window and still over the short one."""

    factor: float
    long: timedelta
    short: timedelta


PAGE = (
    Pair(14.4, timedelta(hours=1), timedelta(minutes=5)),
    Pair(6, timedelta(hours=6), timedelta(minutes=30)),
)
TICKET = (
    Pair(3, timedelta(days=1), timedelta(hours=2)),
    Pair(1, timedelta(days=3), timedelta(hours=6)),
)
WINDOWS = tuple(sorted({window for pair in (*PAGE, *TICKET) for window in (pair.long, pair.short)}))


def objectives(settings: Settings) -> Mapping[str, Objective]:
    """That of each queue: `SLO_QUEUES` where it names the queue, else `SLO_PERCENT` and `SLO_SECONDS`."""
    usual = Objective(settings.slo_percent, settings.slo_seconds)
    own = {queue: Objective(percent, seconds) for queue, (percent, seconds) in settings.slo_by_queue.items()}
    return {queue: own.get(queue, usual) for queue in QUEUES}


def bad_of(window: Window, objective: Objective) -> Share:
    """How many of the jobs that ended in the window were bad: they gave up, or took longer than they may from when they were due.

    What somebody cancelled counts for nothing; what was to wait (`delay`) waits for free, retries do not.
    """
    cancelled = min(window.errors.get(CANCELLED, 0), window.failed)
    milliseconds = objective.seconds * 1000
    late = window.whole.longer_than(milliseconds) - window.whole_failed.longer_than(milliseconds)
    return Share(window.failed - cancelled + max(late, 0), window.ended - cancelled)


def burn(pairs: tuple[Pair, ...], table: Mapping[str, Objective], least: int) -> Measure:
    """By queue: how many times the worst pair is above its factor; at 1 the alert is raised. 0 where too few jobs ended."""

    def measure(facts: Facts) -> list[Reading]:
        return [_reading(queue, found, pairs, table[queue], least) for queue, found in facts.queues.items() if queue in table]

    return measure


def _reading(queue: str, found: QueueFacts, pairs: tuple[Pair, ...], objective: Objective, least: int) -> Reading:
    if found.burns is None:
        return Reading({QUEUE: queue}, None)
    rates = [(_pair_rate(found, pair, objective, least) / pair.factor, pair) for pair in pairs]
    value, worst = max(rates, key=lambda each: each[0])
    context = {
        "queueName": queue,
        "burnRate": round(value * worst.factor, 2),
        "factor": worst.factor,
        "window": _words(worst.long),
        "objectivePercent": f"{objective.percent:g}",
        "objectiveSeconds": objective.seconds,
    }
    return Reading({QUEUE: queue}, value, context)


def _pair_rate(found: QueueFacts, pair: Pair, objective: Objective, least: int) -> float:
    burns = found.burns or {}
    if burns[pair.long].whole < least:
        return 0.0
    return min(burns[window].percent / objective.allowed for window in (pair.long, pair.short))


def _words(length: timedelta) -> str:
    return f"{length.days} d" if length.days else f"{length.seconds // 3600} h"
