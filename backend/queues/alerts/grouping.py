"""When people are told what: the alerts of one queue together, not too often, again while nobody looks after them; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from backend.queues.alerts.records import SEVERITIES, Alert, Group, Told
from backend.settings import Settings

Kind = Literal["news", "repeat", "escalation", "test"]
AT_LEAST_HIGH = ("high", "critical")


@dataclass(frozen=True)
class Rhythm:
    """Alertmanager's words for when a group is told of."""

    group_wait: timedelta
    group_interval: timedelta
    repeat: timedelta
    flapping_repeat: timedelta
    escalate: timedelta


def rhythm(settings: Settings) -> Rhythm:
    return Rhythm(
        timedelta(seconds=settings.alert_group_wait_s),
        timedelta(seconds=settings.alert_group_interval_s),
        timedelta(seconds=settings.alert_repeat_s),
        timedelta(seconds=max(settings.alert_flapping_repeat_s, settings.alert_repeat_s)),
        timedelta(seconds=settings.alert_escalate_s),
    )


@dataclass(frozen=True)
class Decision:
    """What to tell now of which alerts: what is new first, then what is over, then what goes on, the worst first."""

    group: Group
    kind: Kind | None = None
    alerts: Sequence[Alert] = ()


def decide(group: Group, firing: Sequence[Alert], resolved: Sequence[Alert], now: datetime, rhythm: Rhythm) -> Decision:
    """Look at one group. `firing` are its alerts that fire, `resolved` those that have ended since it was told last."""
    heard = [alert for alert in firing if not alert.muted]
    over = [alert for alert in resolved if _told(group, alert)]
    still_there = _known(group, [*firing, *over])
    if _is_news(group, heard) or any(not alert.muted for alert in over):
        since = group.news_since or now
        if now < _earliest(group, since, rhythm):
            return Decision(replace(group, news_since=since))
        return _tell(replace(group, told=still_there), "news", heard, over, now=now)
    gone = {alert.fingerprint for alert in over}
    quiet = replace(group, news_since=None, told={key: each for key, each in still_there.items() if key not in gone})
    if _repeats(quiet, heard, now, rhythm):
        return _tell(quiet, "repeat", heard, (), now=now)
    return Decision(quiet)


def to_escalate(alerts: Sequence[Alert], now: datetime, rhythm: Rhythm) -> list[Alert]:
    """Those that are bad, that people heard of so long ago, and that nobody looks after."""
    return [
        alert
        for alert in alerts
        if rhythm.escalate
        and alert.state == "firing"
        and alert.severity in AT_LEAST_HIGH
        and not (alert.muted or alert.acknowledged or alert.escalated_at or alert.calm_since)
        and alert.told_at is not None
        and now - alert.told_at >= rhythm.escalate
    ]


def by_queue(alerts: Sequence[Alert]) -> dict[str, list[Alert]]:
    """The alerts of each group: of a queue, or of the whole platform under the empty name."""
    groups: dict[str, list[Alert]] = {}
    for alert in alerts:
        groups.setdefault(alert.queue, []).append(alert)
    return groups


def _told(group: Group, alert: Alert) -> bool:
    told = group.told.get(alert.fingerprint)
    return told is not None and told.alert_id == alert.id


def _known(group: Group, alerts: Sequence[Alert]) -> Mapping[str, Told]:
    """What was told, of alerts that are still there."""
    there = {alert.fingerprint for alert in alerts}
    return {key: told for key, told in group.told.items() if key in there}


def _is_news(group: Group, heard: Sequence[Alert]) -> bool:
    for alert in heard:
        told = group.told.get(alert.fingerprint)
        if told is None or told.alert_id != alert.id or SEVERITIES.index(told.severity) < SEVERITIES.index(alert.severity):
            return True
    return False


def _earliest(group: Group, since: datetime, rhythm: Rhythm) -> datetime:
    """When the news that came then may be told."""
    waited = since + rhythm.group_wait
    if group.last_at is None or not group.told:
        return waited
    return max(waited, group.last_at + rhythm.group_interval)


def _repeats(group: Group, heard: Sequence[Alert], now: datetime, rhythm: Rhythm) -> bool:
    unattended = [alert for alert in heard if not alert.acknowledged]
    if not unattended or group.last_at is None:
        return False
    steady = any(not alert.flapping for alert in unattended)
    return now - group.last_at >= (rhythm.repeat if steady else rhythm.flapping_repeat)


def _tell(group: Group, kind: Kind, firing: Sequence[Alert], over: Sequence[Alert], *, now: datetime) -> Decision:
    gone = {alert.fingerprint for alert in over}
    told = {key: each for key, each in group.told.items() if key not in gone}
    told |= {alert.fingerprint: Told(alert.id, alert.severity) for alert in firing}
    heard_of = [alert for alert in over if not alert.muted]
    worst_first = sorted([*firing, *heard_of], key=lambda alert: -SEVERITIES.index(alert.severity))
    in_order = sorted(worst_first, key=lambda alert: (_told(group, alert), alert.state == "firing"))
    return Decision(replace(group, told=told, news_since=None, last_at=now, number=group.number + 1), kind, in_order)
