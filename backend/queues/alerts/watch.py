"""Evaluates the rules again and again: one look reads the facts, moves every alert on, and has people told."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.clock import Clock
from backend.errors import Conflict
from backend.queues.alerts import lifecycle
from backend.queues.alerts.desk import Desk
from backend.queues.alerts.facts import Facts
from backend.queues.alerts.lifecycle import Finding, Findings, Pace, Step
from backend.queues.alerts.muting import quieten
from backend.queues.alerts.ports import Heartbeat, MinuteReadings
from backend.queues.alerts.records import Alert
from backend.queues.alerts.rules import Rule
from backend.queues.alerts.telling import Telling
from backend.queues.numbers.grains import minute_of
from backend.telemetry.logs import logger

DELIVERIES_KEPT = timedelta(days=7)
HEARTBEAT_EVERY = timedelta(minutes=1)
log = logger("queues.alerts")


@dataclass(frozen=True)
class Keeping:
    """How long alerts are kept with their history, and how long readings."""

    history: timedelta
    readings: timedelta


class AlertWatch:
    """For the one process that leads. A second one at the same moment does no harm: whoever writes second steps back."""

    def __init__(
        self,
        read: Callable[[], Facts],
        table: Sequence[Rule],
        desk: Desk,
        clock: Clock,
        *,
        pace: Pace,
        telling: Telling,
        keeping: Keeping,
        heartbeat: Heartbeat | None = None,
    ) -> None:
        self.read = read
        self._table = table
        self._desk = desk
        self._clock = clock
        self._pace = pace
        self._telling = telling
        self._keeping = keeping
        self._heartbeat = heartbeat
        self._minute = self._hour = -1
        self._beat_at: datetime | None = None

    def look(self) -> None:
        """Evaluate once. May raise Unavailable: then nothing is known, and the next look goes on from what was written."""
        now = self._clock.now()
        findings = lifecycle.find(self._table, self.read())
        self._telling.tell(self._move_on(findings, now), now)
        self._note(findings, minute_of(now))
        self._tidy(now)
        self._beat(now)

    def _move_on(self, findings: Findings, now: datetime) -> list[Alert]:
        """Every alert as it is after this look, written down; without those that another process has changed meanwhile."""
        before = {alert.id: alert for alert in self._desk.alerts.open()}
        steps = {alert.id: self._step(alert, findings, now) for alert in before.values()}
        spoken_of = {alert.fingerprint for alert in before.values()}
        begun = [self._begin(finding, now) for key, finding in findings.known.items() if key not in spoken_of]
        steps |= {step.alert.id: step for step in begun if step and step.alert}
        for gone in [before[key] for key, step in steps.items() if step.alert is None]:
            self._desk.alerts.drop(gone)
        alerts = [step.alert for step in steps.values() if step.alert]
        there = self._write(quieten(alerts, self._desk.silences.all(since=now), now), before)
        self._desk.history.add([entry for alert in there for entry in steps[alert.id].history])
        return there

    def _step(self, alert: Alert, findings: Findings, now: datetime) -> Step:
        if alert.rule in findings.unknown:
            return Step(alert)
        return lifecycle.go_on(alert, findings.known.get(alert.fingerprint), now, pace=self._pace)

    def _begin(self, finding: Finding, now: datetime) -> Step | None:
        if finding.level is None:
            return None
        before = self._desk.alerts.last(finding.fingerprint)
        return lifecycle.begin(finding, now, before, id=f"al_{secrets.token_hex(8)}", pace=self._pace)

    def _write(self, alerts: Sequence[Alert], before: Mapping[str, Alert]) -> list[Alert]:
        """Those that are written now, or were so before: what has changed in one write, what is new one by one."""
        changed = {alert.id: alert for alert in alerts if alert.id in before and alert != before[alert.id]}
        written = self._desk.alerts.save_many(list(changed.values()))
        there = [written.get(alert.id) if alert.id in changed else self._add(alert, before) for alert in alerts]
        found = [alert for alert in there if alert is not None]
        for alert in found:
            state = before[alert.id].state if alert.id in before else ""
            if alert.state != state:
                # What is pending has been told to nobody, and is often gone at the next look.
                say = log.debug if alert.state == "pending" else log.info
                say(
                    "An alert has a new state",
                    state=alert.state,
                    slug=alert.slug,
                    queue=alert.queue,
                    severity=alert.severity,
                    alert=alert.id,
                )
        return found

    def _add(self, alert: Alert, before: Mapping[str, Alert]) -> Alert | None:
        if alert.id in before:
            return alert
        try:
            return self._desk.alerts.save(alert)
        except Conflict:
            return None  # another process has raised it

    def _note(self, findings: Findings, minute: int) -> None:
        """Keep what was measured, once a minute."""
        if minute == self._minute:
            return
        values = {_name(found): found.value for found in findings.known.values() if found.value}
        nobody_knows = [_name(found) for found in findings.known.values() if found.value is None]
        self._desk.readings.add(MinuteReadings(minute, values, [*sorted(findings.unknown), *nobody_knows]))
        self._minute = minute

    def _tidy(self, now: datetime) -> None:
        """Forget what has been kept for long enough, once an hour."""
        if minute_of(now) // 60 == self._hour:
            return
        old = now - self._keeping.history
        self._desk.history.forget(old)
        self._desk.alerts.forget(old)
        self._desk.silences.forget(old)
        self._desk.deliveries.forget(now - DELIVERIES_KEPT)
        self._desk.readings.forget(minute_of(now - self._keeping.readings))
        self._hour = minute_of(now) // 60

    def _beat(self, now: datetime) -> None:
        if self._heartbeat and (self._beat_at is None or now - self._beat_at >= HEARTBEAT_EVERY):
            self._heartbeat.beat()
            self._beat_at = now


def _name(finding: Finding) -> str:
    """As `dry_run` reads it: the rule, and the labels behind `|`."""
    return "|".join([finding.rule.name, *(f"{name}={value}" for name, value in sorted(finding.labels.items()))])
