"""Tells how an app has been doing (seed 002): its generations, who asks for them, what they are about, and what goes wrong."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from backend.clock import Clock, from_millis, to_iso
from backend.errors import NotFound
from backend.queues.error_classes import error_type
from backend.queues.insight import APPS, GACP
from backend.queues.middleware.count_jobs import GENERATIONS, THINGS, USES
from backend.queues.names import QUEUES
from backend.queues.numbers import Durations, Window, keys
from backend.queues.numbers.grains import DAY, HOUR, MINUTE, Grain
from backend.queues.platform import QueuePlatform
from backend.queues.probes import is_probe
from backend.services.standing import Thresholds

Period = Literal["1h", "24h", "7d", "30d"]
PERIODS: Mapping[str, tuple[timedelta, Grain]] = {
    "1h": (timedelta(hours=1), MINUTE),
    "24h": (timedelta(hours=24), HOUR),
    "7d": (timedelta(days=7), HOUR),
    "30d": (timedelta(days=30), DAY),
}
"""How long each is, and the steps of its series."""
REFUND = "refund"
"""The type of credits that are given back; all others are spent."""


@dataclass(frozen=True)
class Thing:
    """What generations are about: a herb or a pose."""

    name: str
    category: str
    more: Mapping[str, str]


Describe = Callable[[str], Thing]


class Insight:
    """Answers out of what was counted, and of nothing else but the counts of the ledger: no job is looked at.

    Every method raises NotFound for an unknown app, and Unavailable while the document store is away.
    """

    def __init__(self, platform: QueuePlatform, clock: Clock, thresholds: Thresholds, things: Mapping[str, Describe]) -> None:
        """`things` describes, by app, what its generations are about."""
        self._platform = platform
        self._clock = clock
        self._thresholds = thresholds
        self._things = things

    def metrics(self, app: str, period: str) -> dict[str, Any]:
        """The body of 002, and beside it durations, throughput, status words and the series."""
        types, (span, grain) = self._generating(app), PERIODS[period]
        windows = [self._platform.numbers.window(queue, span, types=types[queue]) for queue in types]
        lines = [self._platform.numbers.steps(queue, grain, span, types=types[queue]) for queue in types]
        stats = self._platform.control.stats()
        depth = Counter({state: sum(stats[queue][state] for queue in types) for state in ("waiting", "paused", "active", "failed")})
        spent, refunded = self._credits(app, span)
        now = self._clock.now()
        found = _Found(windows, depth["waiting"] + depth["paused"], depth["active"], depth["failed"], spent, refunded)
        return {
            **found.body(),
            "startTime": to_iso(now - span),
            "endTime": to_iso(now),
            "app": app,
            "period": period,
            **found.more(span),
            "status": found.words(self._thresholds),
            "series": [_step(windows) for windows in zip(*lines, strict=True)],
        }

    def top_users(self, app: str, limit: int) -> list[dict[str, Any]]:
        """Those who asked for the most generations, since the first one."""
        self._generating(app)
        return [_user(user, numbers) for user, numbers in self._platform.numbers.top("user", app, GENERATIONS, limit)]

    def popular_things(self, app: str, limit: int) -> list[dict[str, Any]]:
        """What the most generations were about, since the first one."""
        self._generating(app)
        return [self._thing(app, thing, numbers) for thing, numbers in self._platform.numbers.top("thing", app, USES, limit)]

    def errors(self, app: str, period: str) -> list[dict[str, Any]]:
        """Failed attempts of the app's jobs by error type of 002, most first."""
        span, _ = PERIODS[period]
        counts: Counter[str] = Counter()
        last: dict[str, datetime] = {}
        classes: dict[str, Counter[str]] = {}
        totals = self._platform.numbers.totals()
        for queue, types in self._types(app).items():
            window = self._platform.numbers.window(queue, span, types=types)
            for error_class, number in window.errors.items():
                kind = error_type(error_class)
                counts[kind] += number
                classes.setdefault(kind, Counter())[error_class] += number
                at = _last(totals[queue].last, types, error_class)
                last[kind] = max(last.get(kind, at), at)
        return [
            {"errorType": kind, "count": number, "lastOccurred": to_iso(last[kind]), "classes": dict(classes[kind].most_common())}
            for kind, number in counts.most_common()
        ]

    def _generating(self, app: str) -> dict[str, list[str]]:
        """The job types whose jobs are the app's generations, by queue."""
        _require_app(app)
        found: dict[str, list[str]] = {}
        for job_type in self._platform.registry:
            if job_type.generation is not None and job_type.generation.app == app:
                found.setdefault(job_type.queue, []).append(job_type.name)
        return found

    def _types(self, app: str) -> dict[str, list[str]]:
        """All job types of the app, by queue; what says nothing of itself belongs to the certification."""
        _require_app(app)
        found: dict[str, list[str]] = {queue: [] for queue in QUEUES}
        for job_type in self._platform.registry:
            of = GACP if job_type.generation is None else job_type.generation.app
            if of == app and not is_probe(job_type.name):
                found[job_type.queue].append(job_type.name)
        return {queue: types for queue, types in found.items() if types}

    def _credits(self, app: str, span: timedelta) -> tuple[int, int]:
        """Spent and given back; certification costs none."""
        if app == GACP:
            return 0, 0
        used = {kind: number for (kind,), number in keys.named(self._platform.numbers.system(span), keys.CREDITS)}
        refunded = used.pop(REFUND, 0)
        return sum(used.values()), refunded

    def _thing(self, app: str, thing: str, numbers: Mapping[str, int]) -> dict[str, Any]:
        known = self._things[app](thing) if app in self._things else Thing(thing, "", {})
        return {"poseId": thing, "name": known.name, "usageCount": numbers[USES], "category": known.category, **known.more}


@dataclass(frozen=True)
class _Found:
    """What was found of an app's generations; of several queues together."""

    windows: Sequence[Window]
    waiting: int
    active: int
    failed_kept: int
    spent: int
    refunded: int

    @property
    def completed(self) -> int:
        return sum(window.completed for window in self.windows)

    @property
    def failed(self) -> int:
        return sum(window.failed for window in self.windows)

    @property
    def things(self) -> int:
        return sum(window.things for window in self.windows)

    @property
    def run(self) -> Durations:
        return _together(window.run for window in self.windows)

    def body(self) -> dict[str, Any]:
        """As in 002, where 140 completed of 150, 3 of which still run, are a success rate of 93.33."""
        total = self.completed + self.failed + self.active
        return {
            "totalGenerations": total,
            "activeGenerations": self.active,
            "completedGenerations": self.completed,
            "failedGenerations": self.failed,
            "avgGenerationTime": round(self.run.average_ms or 0),
            "avgPosesPerGeneration": _share(self.things, self.completed),
            "successRate": _share(100 * self.completed, total),
            "queueDepth": self.waiting + self.active,
            "queueWaiting": self.waiting,
            "queueActive": self.active,
            "queueFailed": self.failed_kept,
            "totalPosesGenerated": self.things,
            "totalCreditsSpent": self.spent,
            "totalCreditsRefunded": self.refunded,
        }

    def more(self, span: timedelta) -> dict[str, Any]:
        ended = self.completed + self.failed
        return {
            "errorRate": _share(100 * self.failed, ended),
            "retriedAttempts": sum(window.retried for window in self.windows),
            "throughput": {
                "perMinute": round(ended / (span / timedelta(minutes=1)), 4),
                "perHour": _share(ended, span / timedelta(hours=1)),
            },
            "wait": _durations(_together(window.wait for window in self.windows)),
            "run": _durations(self.run),
            "endToEnd": _durations(_together(window.whole for window in self.windows)),
        }

    def words(self, thresholds: Thresholds) -> dict[str, str]:
        ended = self.completed + self.failed
        return {
            "successRate": thresholds.success(100 * self.completed / ended if ended else None),
            "performance": thresholds.performance(self.run.average_ms),
            "queue": thresholds.queue(self.waiting + self.active),
            "credits": thresholds.credits(100 * self.refunded / self.spent if self.spent else 0.0),
        }


def _require_app(app: str) -> None:
    if app not in APPS:
        raise NotFound(f"There is no app {app!r}: the apps are {', '.join(APPS)} / ไม่มีแอป {app!r}")


def _together(durations: Any) -> Durations:
    total = Durations()
    for each in durations:
        total = total.plus(each)
    return total


def _durations(of: Durations) -> dict[str, Any]:
    """In milliseconds; null where there was none."""
    average = None if of.average_ms is None else round(of.average_ms)
    return {"count": of.count, "average": average, **{f"p{percent}": _percentile(of, percent) for percent in (50, 95, 99)}}


def _percentile(of: Durations, percent: int) -> int | None:
    millis = of.percentile_ms(percent)
    return None if millis is None else round(millis)


def _step(windows: Sequence[Window]) -> dict[str, Any]:
    of = _Found(windows, 0, 0, 0, 0, 0)
    return {
        "startTime": to_iso(windows[0].since),
        "completed": of.completed,
        "failed": of.failed,
        "runP95": _percentile(of.run, 95),
        "waitP95": _percentile(_together(window.wait for window in windows), 95),
    }


def _user(user: str, numbers: Mapping[str, int]) -> dict[str, Any]:
    completed = numbers.get(keys.COMPLETED, 0)
    return {
        "userId": user,
        "generationCount": numbers[GENERATIONS],
        "totalPoses": numbers.get(THINGS, 0),
        "successRate": _share(100 * completed, numbers[GENERATIONS]),
        "completed": completed,
        "failed": numbers.get(keys.FAILED, 0),
    }


def _last(times: Mapping[str, int], types: Sequence[str], error_class: str) -> datetime:
    return from_millis(max(times.get(keys.key(keys.ERRORS, job_type, error_class), 0) for job_type in types))


def _share(part: float, whole: float) -> float:
    """To two decimals; 0 of nothing."""
    return round(part / whole, 2) if whole else 0.0
