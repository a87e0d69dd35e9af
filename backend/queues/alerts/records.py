"""What is kept of alerts: immutable values that `lifecycle` and `grouping` turn into the next ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any, Literal

from backend.clock import to_iso

Severity = Literal["warning", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("warning", "high", "critical")
State = Literal["pending", "firing", "resolved"]
Happening = Literal[
    "raised", "updated", "flapping", "acknowledged", "escalated", "notified", "undelivered", "resolved", "silenced", "unsilenced"
]
QUEUE = "queue"


@dataclass(frozen=True)
class Text:
    """The same words in both languages of the product."""

    th: str
    en: str


@dataclass(frozen=True)
class Acknowledgement:
    """Somebody looks after it: no repeats and no escalation from now on."""

    by: str
    at: datetime
    comment: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"by": self.by, "at": to_iso(self.at), "comment": self.comment}


@dataclass(frozen=True)
class Alert:
    """One stretch of time in which a rule held for one set of labels.

    `since` is when the condition first held, `raised_at` when that had lasted long enough to be told; `calm_since` is when it
    last stopped holding, None while it holds. `returns` counts how often it came back before the alert was resolved, `reopened`
    how many alerts of the same fingerprint came shortly before this one. `told_at` is when people first heard of it.
    """

    id: str
    rule: str
    slug: str
    labels: Mapping[str, str]
    severity: Severity
    state: State
    value: float
    limit: float
    title: Text
    message: Text
    since: datetime
    updated_at: datetime
    context: Mapping[str, Any] = field(default_factory=dict)
    raised_at: datetime | None = None
    calm_since: datetime | None = None
    resolved_at: datetime | None = None
    returns: int = 0
    reopened: int = 0
    flapping: bool = False
    acknowledged: Acknowledgement | None = None
    told_at: datetime | None = None
    escalated_at: datetime | None = None
    silenced_by: str = ""
    inhibited_by: str = ""
    version: int = 0

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.rule, self.labels)

    @property
    def queue(self) -> str:
        """The queue it is about; empty where it is about the whole platform."""
        return self.labels.get(QUEUE, "")

    @property
    def muted(self) -> bool:
        return bool(self.silenced_by or self.inhibited_by)

    @property
    def runbook(self) -> str:
        return runbook(self.slug)

    def to_json(self) -> dict[str, Any]:
        """As the API, the console and the channels show it; `title`, `message`, `severity` and `context` as in seed 001."""
        return {
            "id": self.id,
            "slug": self.slug,
            "state": self.state,
            "severity": self.severity,
            "title": self.title.en,
            "message": self.message.en,
            "titleTh": self.title.th,
            "messageTh": self.message.th,
            "context": dict(self.context),
            "labels": dict(self.labels),
            "fingerprint": self.fingerprint,
            "value": self.value,
            "threshold": self.limit,
            "since": to_iso(self.since),
            "raisedAt": _iso(self.raised_at),
            "updatedAt": to_iso(self.updated_at),
            "quietSince": _iso(self.calm_since),
            "resolvedAt": _iso(self.resolved_at),
            "flapping": self.flapping,
            "returns": self.returns,
            "acknowledged": self.acknowledged.to_json() if self.acknowledged else None,
            "escalatedAt": _iso(self.escalated_at),
            "silencedBy": self.silenced_by or None,
            "inhibitedBy": self.inhibited_by or None,
            "runbook": self.runbook,
        }


@dataclass(frozen=True)
class Silence:
    """Alerts whose labels match are not told until then. A matcher is a label (`slug`, `severity`, `queue`, …) and a value, in
    which `*` stands for anything; all of them have to match."""

    id: str
    matchers: Mapping[str, str]
    starts_at: datetime
    until: datetime
    author: str
    reason: str
    created_at: datetime
    version: int = 0

    def active(self, now: datetime) -> bool:
        return self.starts_at <= now < self.until

    def matches(self, alert: Alert) -> bool:
        labels = {**alert.labels, "slug": alert.slug, "severity": alert.severity}
        return all(fnmatchcase(labels.get(name, ""), pattern) for name, pattern in self.matchers.items())

    def to_json(self, now: datetime) -> dict[str, Any]:
        return {
            "id": self.id,
            "matchers": dict(self.matchers),
            "startsAt": to_iso(self.starts_at),
            "until": to_iso(self.until),
            "author": self.author,
            "reason": self.reason,
            "createdAt": to_iso(self.created_at),
            "active": self.active(now),
        }


@dataclass(frozen=True)
class Told:
    """What people know of one alert of a group."""

    alert_id: str
    severity: Severity


@dataclass(frozen=True)
class Group:
    """What was told of the alerts of one queue: `told` by fingerprint, `news_since` when the first untold change was seen."""

    queue: str
    told: Mapping[str, Told] = field(default_factory=dict)
    news_since: datetime | None = None
    last_at: datetime | None = None
    number: int = 0
    version: int = 0


@dataclass(frozen=True)
class Delivery:
    """One notice on its way over one channel."""

    id: str
    channel: str
    notice: Mapping[str, Any]
    created_at: datetime
    next_at: datetime
    tries: int = 0
    last_error: str = ""


@dataclass(frozen=True)
class HistoryEntry:
    """Something that happened to an alert or a silence; `by` is empty where nobody did it."""

    at: datetime
    what: Happening
    alert_id: str = ""
    slug: str = ""
    queue: str = ""
    severity: str = ""
    by: str = ""
    detail: str = ""
    id: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": to_iso(self.at),
            "what": self.what,
            "alertId": self.alert_id or None,
            "slug": self.slug or None,
            "queue": self.queue or None,
            "severity": self.severity or None,
            "by": self.by or None,
            "detail": self.detail,
        }


def happened(alert: Alert, what: Happening, at: datetime, detail: str = "", by: str = "") -> HistoryEntry:
    """The line of the history about that alert."""
    return HistoryEntry(at, what, alert.id, alert.slug, alert.queue, alert.severity, by, detail)


def fingerprint(rule: str, labels: Mapping[str, str]) -> str:
    """The same for the same rule and labels, whatever the numbers are."""
    parts = [rule, *(f"{name}={labels[name]}" for name in sorted(labels))]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def runbook(slug: str) -> str:
    return f"docs/runbooks/{slug}.md"


def worse(one: Severity, other: Severity) -> Severity:
    return max(one, other, key=SEVERITIES.index)


def muted(alert: Alert, active: Sequence[Silence], inhibited_by: str) -> Alert:
    """The alert with who keeps it quiet at this moment."""
    silence = next((each.id for each in active if each.matches(alert)), "")
    if alert.calm_since is not None and alert.told_at is None:
        # Its condition has gone while nobody could hear of it: that would be no news any more.
        silence, inhibited_by = silence or alert.silenced_by, inhibited_by or alert.inhibited_by
    if (silence, inhibited_by) == (alert.silenced_by, alert.inhibited_by):
        return alert
    return replace(alert, silenced_by=silence, inhibited_by=inhibited_by)


def _iso(at: datetime | None) -> str | None:
    return to_iso(at) if at else None
