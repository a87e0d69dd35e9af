"""Would it have fired? A rule with other thresholds over the readings that were kept, by the same lifecycle as the real one; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.clock import from_millis, to_iso
from backend.queues.alerts.lifecycle import Finding, Pace, begin, go_on
from backend.queues.alerts.ports import MinuteReadings
from backend.queues.alerts.records import Alert, Severity
from backend.queues.alerts.rules import Level, Rule


@dataclass(frozen=True)
class Stretch:
    """One alert that there would have been; `ended` None where it would fire at the end of the time looked at."""

    labels: Mapping[str, str]
    severity: Severity
    raised: datetime
    ended: datetime | None
    peak: float

    def to_json(self) -> dict[str, Any]:
        return {
            "labels": dict(self.labels),
            "severity": self.severity,
            "raisedAt": to_iso(self.raised),
            "resolvedAt": to_iso(self.ended) if self.ended else None,
            "peak": self.peak,
        }


@dataclass(frozen=True)
class DryRun:
    """What a rule with these levels would have done between the two moments; `minutes` is how many of them are known."""

    rule: Rule
    levels: tuple[Level, ...]
    since: datetime
    until: datetime
    minutes: int
    first_known: datetime | None
    stretches: Sequence[Stretch]

    @property
    def note(self) -> str:
        """What the answer does not rest on; empty where every minute is known."""
        whole = int((self.until - self.since).total_seconds() // 60)
        if self.minutes == 0:
            return "Nothing is known of this rule in that time: no readings were kept, or what it looks at was away or does not exist"
        if self.minutes < whole:
            return f"Only {self.minutes} of {whole} minutes are known, the first at {to_iso(self.first_known or self.since)}"
        return ""

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule.name,
            "levels": [{"severity": level.severity, "threshold": level.limit} for level in self.levels],
            "since": to_iso(self.since),
            "until": to_iso(self.until),
            "minutesKnown": self.minutes,
            "known": self.minutes > 0,
            "times": len(self.stretches),
            "alerts": [stretch.to_json() for stretch in self.stretches],
            "note": self.note or None,
        }


def dry_run(
    rule: Rule, levels: tuple[Level, ...], kept: Sequence[MinuteReadings], since: datetime, until: datetime, *, pace: Pace, queue: str = ""
) -> DryRun:
    """Replay the minutes. A minute in which nothing was known changes nothing, as in the real run."""
    known = [minute for minute in kept if rule.name not in minute.unknown]
    names = sorted({name for minute in known for name in minute.values if not queue or f"queue={queue}" in name.split("|")})
    stretches = [stretch for name in names for stretch in _replay(rule, levels, known, name, pace)]
    first = _at(known[0]) if known else None
    return DryRun(rule, levels, since, until, len(known), first, sorted(stretches, key=lambda each: each.raised))


def _replay(rule: Rule, levels: tuple[Level, ...], known: Sequence[MinuteReadings], name: str, pace: Pace) -> Iterator[Stretch]:
    labels = dict(part.split("=", 1) for part in name.split("|")[1:])
    alert: Alert | None = None
    before: Alert | None = None
    peak = 0.0
    for minute in known:
        if name in minute.unknown:
            continue
        value, now = minute.values.get(name, 0.0), _at(minute)
        finding = Finding(rule, labels, value, rule.level(value, levels), labels)
        if alert is None:
            step = begin(finding, now, before, id="", pace=pace)
            alert, peak = (step.alert if step else None), value
            continue
        alert, peak = go_on(alert, finding, now, pace=pace).alert, max(peak, value)
        if alert and alert.state == "resolved":
            yield Stretch(labels, alert.severity, alert.raised_at or now, now, peak)
            before, alert = alert, None
    if alert and alert.raised_at:
        yield Stretch(labels, alert.severity, alert.raised_at, None, peak)


def _at(minute: MinuteReadings) -> datetime:
    return from_millis(minute.minute * 60_000)
