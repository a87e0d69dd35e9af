"""The table of rules: what is measured, above what it alerts, and how long that has to last; the words are in `texts.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from backend.errors import NotFound
from backend.queues.alerts import measures, slo
from backend.queues.alerts.measures import Measure, by_queue, count, seconds
from backend.queues.alerts.records import Severity, Text, runbook
from backend.queues.wording import Number
from backend.settings import Settings

AT_ONCE = timedelta(0)
REDIS_HOLD = timedelta(seconds=15)


@dataclass(frozen=True)
class Level:
    """From this number on it is that bad; `variable` is the setting that the number comes from, empty where it is fixed."""

    severity: Severity
    limit: float
    variable: str = ""


class _Words(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "?"


@dataclass(frozen=True)
class Rule:
    """One row. It alerts where a reading is above the limit of a level, or `reaches` it where that is enough, for `hold`.

    `name` is its slug, with a variant behind `:` where two rules share a slug. `words` are for its texts, beside `value`, `limit`
    and what a reading has in its context.
    """

    name: str
    measure: Measure
    levels: tuple[Level, ...]
    hold: timedelta = AT_ONCE
    reaches: bool = False
    words: Mapping[str, Any] | None = None

    @property
    def slug(self) -> str:
        """What people call it, and the name of its runbook."""
        return self.name.partition(":")[0]

    @property
    def title(self) -> Text:
        return self._text("title", {})

    @property
    def what(self) -> Text:
        """What is measured."""
        return self._text("what", self.words or {})

    @property
    def unit(self) -> str:
        return str(_texts()[self.name]["unit"])

    def message(self, value: float, limit: float, context: Mapping[str, Any]) -> Text:
        """What is said of a number; what a text asks for and nobody knows is a question mark."""
        return self._text("message", {**(self.words or {}), **context, "value": Number(number(value)), "limit": Number(number(limit))})

    def level(self, value: float, levels: tuple[Level, ...] | None = None) -> Level | None:
        """The worst level that the number breaks, or None; of others than its own where they are given."""
        broken = [level for level in levels or self.levels if value > level.limit or (self.reaches and value >= level.limit)]
        return broken[-1] if broken else None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "slug": self.slug,
            "title": self.title.en,
            "titleTh": self.title.th,
            "measures": self.what.en,
            "measuresTh": self.what.th,
            "unit": self.unit,
            "comparison": ">=" if self.reaches else ">",
            "levels": [{"severity": level.severity, "threshold": level.limit, "variable": level.variable or None} for level in self.levels],
            "holdSeconds": self.hold.total_seconds(),
            "runbook": runbook(self.slug),
        }

    def _text(self, part: str, words: Mapping[str, Any]) -> Text:
        found = _texts()[self.name][part]
        words = _Words({name: Number(each) if isinstance(each, int) else each for name, each in words.items()})
        return Text(found["th"].format_map(words), found["en"].format_map(words))


def number(value: float) -> str:
    """`12`, `5.3`, `0.014`: as people write it."""
    if float(value).is_integer():
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def named(table: Sequence[Rule], name: str) -> Rule:
    """The rule of that name; raises NotFound with those there are."""
    for rule in table:
        if rule.name == name:
            return rule
    raise NotFound(f"There is no alert rule {name!r}; there are: {', '.join(rule.name for rule in table)}")


def rules(settings: Settings) -> tuple[Rule, ...]:
    """The table with the thresholds of the settings."""
    hold = timedelta(seconds=settings.alert_hold_s)
    return (*_lines(settings, hold), *_failures(settings, hold), *_runs(settings, hold), *_servers(settings, hold))


def _lines(settings: Settings, hold: timedelta) -> tuple[Rule, ...]:
    """What waits."""
    depth, waits = ("ALERT_DEPTH", "ALERT_DEPTH_CRITICAL"), ("ALERT_OLDEST_WAITING_S", "ALERT_OLDEST_WAITING_CRITICAL_S")
    return (
        Rule("failed-jobs", by_queue(count("failed")), _warning(settings, "ALERT_FAILED_JOBS"), hold),
        Rule("waiting-jobs", by_queue(count("waiting")), _warning(settings, "ALERT_WAITING_JOBS"), hold),
        Rule("queue-depth", by_queue(count("waiting", "active", "paused")), _two(settings, *depth), hold),
        Rule("oldest-waiting", by_queue(seconds(lambda found: found.waiting_for)), _two(settings, *waits), hold),
        Rule("no-progress", by_queue(measures.standstill), _one(settings, "critical", "ALERT_NO_PROGRESS_MINUTES"), reaches=True),
    )


def _failures(settings: Settings, hold: timedelta) -> tuple[Rule, ...]:
    """What went wrong."""
    burst, least, objectives = settings.alert_burst_failures, settings.alert_min_events, slo.objectives(settings)
    rates = ("ALERT_ERROR_RATE_PERCENT", "ALERT_ERROR_RATE_CRITICAL_PERCENT")
    pages, tickets = (slo.burn(pairs, objectives, least) for pairs in (slo.PAGE, slo.TICKET))
    return (
        Rule(
            "failure-burst",
            measures.burst(burst),
            _one(settings, "high", "ALERT_BURST_FAILURES"),
            reaches=True,
            words={"minutes": settings.alert_burst_minutes},
        ),
        Rule("error-rate", by_queue(measures.error_rate(least)), _two(settings, *rates), hold),
        Rule("dead-letters-growth", by_queue(lambda found: found.dead_letters), _warning(settings, "ALERT_DEAD_LETTERS_PER_HOUR")),
        Rule("slo-burn", pages, (Level("critical", 1),), reaches=True),
        Rule("slo-burn:ticket", tickets, (Level("warning", 1),), reaches=True),
        Rule("refunds", measures.refunded_credits, _one(settings, "critical", "ALERT_REFUND_CREDITS")),
        Rule("refunds:rate", measures.refunded_share, _one(settings, "critical", "ALERT_REFUND_PERCENT")),
    )


def _runs(settings: Settings, hold: timedelta) -> tuple[Rule, ...]:
    """What runs, or should."""
    silent = {"silent": settings.alert_worker_silent_s}
    return (
        Rule("slow-jobs", by_queue(measures.average_run), _two(settings, "ALERT_SLOW_S", "ALERT_SLOW_CRITICAL_S"), hold),
        Rule("stale-jobs", by_queue(lambda found: found.stale), _two(settings, "ALERT_STALE_JOBS", "ALERT_STALE_JOBS_CRITICAL"), hold),
        Rule("worker-lost", measures.no_worker, (Level("critical", 0),), hold),
        Rule("worker-lost:silent", measures.silent_workers, (Level("warning", 0),), words=silent),
        Rule("missed-schedule", measures.late_schedules, _warning(settings, "ALERT_SCHEDULE_LATE_S")),
        Rule("outbox-age", measures.outbox_age, _warning(settings, "ALERT_OUTBOX_AGE_S")),
    )


def _servers(settings: Settings, hold: timedelta) -> tuple[Rule, ...]:
    """Redis, and how jobs get there."""
    return (
        Rule("redis-down", measures.redis_down, (Level("critical", 0),), min(hold, REDIS_HOLD)),
        Rule("redis-memory", measures.redis_memory, _warning(settings, "ALERT_REDIS_MEMORY_PERCENT"), hold),
        Rule("redis-eviction", measures.redis_eviction, (Level("critical", 0),)),
        Rule("circuit-open", measures.circuit_open, _warning(settings, "ALERT_CIRCUIT_OPEN_S")),
        Rule("fallback-rate", measures.fallback(settings.alert_min_events), _warning(settings, "ALERT_FALLBACK_PERCENT"), hold),
    )


def _one(settings: Settings, severity: Severity, variable: str) -> tuple[Level, ...]:
    return (Level(severity, getattr(settings, variable.lower()), variable),)


def _warning(settings: Settings, variable: str) -> tuple[Level, ...]:
    return _one(settings, "warning", variable)


def _two(settings: Settings, warning: str, critical: str) -> tuple[Level, ...]:
    return _one(settings, "warning", warning) + _one(settings, "critical", critical)


@cache
def _texts() -> Any:
    return json.loads((files(__package__) / "texts.json").read_text(encoding="utf-8"))
