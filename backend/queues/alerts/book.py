"""What an administrator does with alerts: look, acknowledge, silence, ask whether a rule would have fired, try a channel."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from backend.clock import Clock
from backend.errors import Conflict, FieldError, GacpError, InvalidInput, NotFound
from backend.queues.alerts.desk import Desk
from backend.queues.alerts.dry_run import DryRun, dry_run
from backend.queues.alerts.lifecycle import Pace
from backend.queues.alerts.notice import trial
from backend.queues.alerts.ports import AlertPage, Channel, HistoryPage
from backend.queues.alerts.records import SEVERITIES, Acknowledgement, Alert, Happening, HistoryEntry, Severity, Silence, happened
from backend.queues.alerts.rules import Level, Rule, named
from backend.queues.numbers.grains import minute_of

LONGEST_SILENCE = timedelta(days=366)
TRIES = 5
LABELS = ("slug", "severity", "queue", "schedule", "measure")
_TOO_LONG = 500


@dataclass(frozen=True)
class Trial:
    """Whether a test message arrived over a channel, and what was in its way otherwise."""

    channel: str
    arrived: bool
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"channel": self.channel, "arrived": self.arrived, "error": self.error or None}


class AlertBook:
    """Every method may raise Unavailable while the document store is away."""

    def __init__(self, desk: Desk, table: Sequence[Rule], clock: Clock, *, pace: Pace, link: str) -> None:
        self._desk = desk
        self._table = table
        self._clock = clock
        self._pace = pace
        self._link = link

    @property
    def rules(self) -> Sequence[Rule]:
        """The table with the thresholds in force."""
        return self._table

    @property
    def channels(self) -> list[str]:
        return [channel.name for channel in self._desk.channels]

    def firing(self) -> list[Alert]:
        """What fires now, the worst first."""
        found = [alert for alert in self._desk.alerts.open() if alert.state == "firing"]
        return sorted(found, key=lambda alert: -SEVERITIES.index(alert.severity))

    def get(self, id: str) -> Alert:
        """Raises NotFound."""
        return self._desk.alerts.get(id)

    def resolves_at(self, alert: Alert) -> datetime | None:
        """When one whose condition is gone will be over, unless it comes back; None for any other."""
        if alert.state != "firing" or alert.calm_since is None:
            return None
        return alert.calm_since + self._pace.keep_for(alert.reopened)

    def page(self, *, slug: str | None = None, queue: str | None = None, cursor: str | None = None, limit: int = 50) -> AlertPage:
        """Alerts that were raised, those that are over too, the newest first."""
        return self._desk.alerts.page(slug=slug, queue=queue, cursor=cursor, limit=limit)

    def history(
        self,
        *,
        alert_id: str | None = None,
        slug: str | None = None,
        queue: str | None = None,
        since: datetime | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> HistoryPage:
        """What happened from that moment on, the newest first."""
        return self._desk.history.page(alert_id=alert_id, slug=slug, queue=queue, since=since, cursor=cursor, limit=limit)

    def acknowledge(self, id: str, *, by: str, comment: str = "") -> Alert:
        """Say that somebody looks after it; whoever says so later takes over. Raises NotFound, and Conflict where it is over."""
        for _ in range(TRIES):
            alert = self._desk.alerts.get(id)
            if alert.state != "firing":
                raise Conflict(f"Alert {id} is {alert.state}: there is nothing to acknowledge")
            now = self._clock.now()
            changed = replace(alert, acknowledged=Acknowledgement(by, now, _short("comment", comment)))
            try:
                saved = self._desk.alerts.save(changed)
            except Conflict:
                continue
            self._desk.history.add([happened(saved, "acknowledged", now, comment, by)])
            return saved
        raise Conflict(f"Alert {id} is being changed: try again")

    def silences(self, *, past: bool = False) -> Sequence[Silence]:
        """Those in force and those to come; with `past` also those that are over."""
        return self._desk.silences.all(since=None if past else self._clock.now())

    def silence(self, id: str) -> Silence:
        """Raises NotFound."""
        return self._desk.silences.get(id)

    def add_silence(
        self, matchers: Mapping[str, str], *, until: datetime, reason: str, author: str, starts: datetime | None = None
    ) -> Silence:
        """Keep alerts quiet until then. Raises InvalidInput, naming the field."""
        now = self._clock.now()
        made = Silence(f"si_{secrets.token_hex(6)}", dict(matchers), starts or now, until, author, _short("reason", reason), now)
        _check(made, now)
        return self._save_silence(made, "silenced", author)

    def change_silence(self, id: str, *, by: str, until: datetime | None = None, reason: str | None = None) -> Silence:
        """Move its end, or give another reason. Raises NotFound, InvalidInput, and Conflict where it is over or changed meanwhile."""
        now, before = self._clock.now(), self._desk.silences.get(id)
        if before.until <= now:
            raise Conflict(f"Silence {id} is over: make a new one")
        changed = replace(before, until=until or before.until, reason=before.reason if reason is None else _short("reason", reason))
        _check(changed, now)
        return self._save_silence(changed, "silenced", by)

    def expire_silence(self, id: str, *, by: str) -> Silence:
        """End it now. Raises NotFound; one that is over already stays so."""
        now, before = self._clock.now(), self._desk.silences.get(id)
        return before if before.until <= now else self._save_silence(replace(before, until=now), "unsilenced", by)

    def dry_run(
        self, name: str, *, thresholds: Mapping[Severity, float] | None = None, length: timedelta = timedelta(days=7), queue: str = ""
    ) -> DryRun:
        """What the rule would have done in the time up to now. Raises NotFound for the rule, InvalidInput for a threshold of a
        level that it does not have."""
        rule, until = named(self._table, name), self._clock.now()
        given = dict(thresholds or {})
        own = [level.severity for level in rule.levels]
        if strange := [severity for severity in given if severity not in own]:
            message = f"{rule.name} has no level {strange[0]}; it has: {', '.join(own)}"
            raise InvalidInput(message, errors=tuple(FieldError(severity, message, "NO_SUCH_LEVEL") for severity in strange))
        levels = tuple(Level(level.severity, given.get(level.severity, level.limit), level.variable) for level in rule.levels)
        kept = self._desk.readings.of(rule.name, minute_of(until - length), minute_of(until) + 1)
        return dry_run(rule, levels, kept, until - length, until, pace=self._pace, queue=queue)

    def test(self, channel: str | None = None) -> list[Trial]:
        """Send a message that says of itself that it is a test, now, over every channel or over one. Raises NotFound."""
        chosen = [each for each in self._desk.channels if channel in (None, each.name)]
        if not chosen:
            raise NotFound(f"There is no channel {channel!r}; there are: {', '.join(self.channels)}")
        told = trial(self._clock.now(), link=self._link)
        return [_try(each, told) for each in chosen]

    def _save_silence(self, silence: Silence, what: Happening, by: str) -> Silence:
        saved = self._desk.silences.save(silence)
        matchers = " ".join(f"{name}={value}" for name, value in silence.matchers.items())
        self._desk.history.add([HistoryEntry(self._clock.now(), what, by=by, detail=f"{silence.id} {matchers}: {silence.reason}")])
        return saved


def _try(channel: Channel, told: Mapping[str, Any]) -> Trial:
    try:
        channel.send(told)
    except GacpError as error:
        return Trial(channel.name, arrived=False, error=str(error))
    return Trial(channel.name, arrived=True)


def _check(silence: Silence, now: datetime) -> None:
    """Raises InvalidInput for a silence that would do nothing, or too much."""
    wrong: list[FieldError] = []
    if not silence.matchers or all(set(value) <= {"*"} for value in silence.matchers.values()):
        wrong.append(FieldError("matchers", "name at least one label that not every alert has", "EMPTY"))
    wrong += [
        FieldError(f"matchers.{name}", f"there is no such label; there are: {', '.join(LABELS)}", "UNKNOWN")
        for name in silence.matchers
        if name not in LABELS
    ]
    if silence.until <= max(now, silence.starts_at):
        wrong.append(FieldError("until", "has to lie in the future, and behind its start", "PAST"))
    elif silence.until - now > LONGEST_SILENCE:
        wrong.append(FieldError("until", f"at most {LONGEST_SILENCE.days} days from now", "TOO_LONG"))
    if not silence.reason.strip():
        wrong.append(FieldError("reason", "say why, for whoever wonders", "EMPTY"))
    if wrong:
        raise InvalidInput("; ".join(f"{each.field}: {each.message}" for each in wrong), errors=tuple(wrong))


def _short(field: str, text: str) -> str:
    if len(text) > _TOO_LONG:
        raise InvalidInput(
            f"{field}: at most {_TOO_LONG} characters", errors=(FieldError(field, f"at most {_TOO_LONG} characters", "TOO_LONG"),)
        )
    return text
