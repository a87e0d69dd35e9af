"""The life of one alert: pending until its condition has lasted, firing until it has been gone for long, then resolved; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from backend.queues.alerts.facts import Facts
from backend.queues.alerts.records import Alert, HistoryEntry, fingerprint, happened, worse
from backend.queues.alerts.rules import Level, Rule
from backend.settings import Settings
from backend.telemetry.logs import logger

REOPENED_WITHIN = timedelta(days=1)
MOST_DOUBLINGS = 4
log = logger("queues.alerts")


@dataclass(frozen=True)
class Pace:
    """How long a condition has to be gone, and what counts as flapping."""

    keep_firing: timedelta
    flapping_after: int

    def keep_for(self, reopened: int) -> timedelta:
        """Twice as long each time that the alert was resolved and came back within a day, so that it comes to rest."""
        return self.keep_firing * (1 << min(reopened, MOST_DOUBLINGS))


def pace(settings: Settings) -> Pace:
    return Pace(timedelta(seconds=settings.alert_keep_firing_s), settings.alert_flapping_after)


@dataclass(frozen=True)
class Finding:
    """What a rule says of one set of labels now: `level` None where all is well, `value` None where nobody knows."""

    rule: Rule
    labels: Mapping[str, str]
    value: float | None
    level: Level | None
    context: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.rule.name, self.labels)


@dataclass(frozen=True)
class Findings:
    """By fingerprint; `unknown` are the names of the rules of which nothing is known now."""

    known: Mapping[str, Finding]
    unknown: frozenset[str]


@dataclass(frozen=True)
class Step:
    """What became of an alert: None where it is to be forgotten, and the lines for its history."""

    alert: Alert | None
    history: Sequence[HistoryEntry] = ()


def find(table: Sequence[Rule], facts: Facts) -> Findings:
    """Every rule over the facts of one moment. One that cannot be evaluated is unknown, and costs the others nothing."""
    known: dict[str, Finding] = {}
    unknown: set[str] = set()
    for rule in table:
        found = _findings(rule, facts)
        if found is None:
            unknown.add(rule.name)
        else:
            known |= {finding.fingerprint: finding for finding in found}
    return Findings(known, frozenset(unknown))


def _findings(rule: Rule, facts: Facts) -> list[Finding] | None:
    try:
        readings = rule.measure(facts)
        if readings is None:
            return None
        levels = [None if each.value is None else rule.level(each.value) for each in readings]
    except Exception:
        log.exception("A rule of the alerts cannot be evaluated", rule=rule.name)
        return None
    return [Finding(rule, each.labels, each.value, level, each.context) for each, level in zip(readings, levels, strict=True)]


def begin(finding: Finding, now: datetime, before: Alert | None, *, id: str, pace: Pace) -> Step | None:
    """A condition that nobody spoke of yet: a new alert, or None where all is well. `before` is the last one of this fingerprint."""
    level, value = finding.level, finding.value
    if level is None or value is None:
        return None
    reopened = before.reopened + 1 if before and before.resolved_at and now - before.resolved_at < REOPENED_WITHIN else 0
    alert = Alert(
        id=id,
        rule=finding.rule.name,
        slug=finding.rule.slug,
        labels=finding.labels,
        severity=level.severity,
        state="pending",
        value=value,
        limit=level.limit,
        title=finding.rule.title,
        message=finding.rule.message(value, level.limit, finding.context),
        since=now,
        updated_at=now,
        context=finding.context,
        reopened=reopened,
        flapping=reopened >= pace.flapping_after,
    )
    return _raise_when_due(alert, finding.rule, now)


def go_on(alert: Alert, finding: Finding | None, now: datetime, *, pace: Pace) -> Step:
    """One more look at an alert that is pending or firing; without a finding its condition is gone."""
    if finding is not None and finding.value is None:
        return Step(alert)
    if finding is None or finding.level is None:
        return _calm(alert, now, pace)
    updated, history = _updated(alert, finding, finding.level, now)
    if alert.state == "pending":
        return _raise_when_due(updated, finding.rule, now)
    if updated.returns >= pace.flapping_after and not updated.flapping:
        updated = replace(updated, flapping=True)
        history = [*history, happened(updated, "flapping", now, f"came back {updated.returns} times")]
    return Step(updated, history)


def _raise_when_due(alert: Alert, rule: Rule, now: datetime) -> Step:
    if now - alert.since < rule.hold:
        return Step(alert)
    raised = replace(alert, state="firing", raised_at=now)
    return Step(raised, [happened(raised, "raised", now, raised.message.en)])


def _calm(alert: Alert, now: datetime, pace: Pace) -> Step:
    if alert.state == "pending":
        return Step(None)
    if alert.calm_since is None:
        alert = replace(alert, calm_since=now)
    if alert.calm_since and now - alert.calm_since < pace.keep_for(alert.reopened):
        return Step(alert)
    resolved = replace(alert, state="resolved", resolved_at=now, updated_at=now)
    return Step(resolved, [happened(resolved, "resolved", now, f"after {_length(now - alert.since)}")])


def _updated(alert: Alert, finding: Finding, level: Level, now: datetime) -> tuple[Alert, list[HistoryEntry]]:
    severity = worse(alert.severity, level.severity)
    value = finding.value or 0.0
    updated = replace(
        alert,
        severity=severity,
        value=value,
        limit=level.limit,
        message=finding.rule.message(value, level.limit, finding.context),
        context=finding.context,
        updated_at=now,
        calm_since=None,
        returns=alert.returns + (alert.calm_since is not None),
    )
    if severity == alert.severity or alert.state == "pending":
        return updated, []
    return updated, [happened(updated, "updated", now, f"{alert.severity} became {severity}: {updated.message.en}")]


def _length(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
