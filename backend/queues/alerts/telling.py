"""Writes the notices about what changed, and remembers what people know; how they travel is the courier's business."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from backend.errors import Conflict, NotFound
from backend.queues.alerts.desk import Desk
from backend.queues.alerts.grouping import Decision, Rhythm, by_queue, decide, to_escalate
from backend.queues.alerts.notice import deliveries, notice
from backend.queues.alerts.records import Alert, Group, happened
from backend.telemetry.logs import logger

log = logger("queues.alerts")


class Telling:
    """A notice is written before the group says that it was told: what is interrupted between the two is told twice rather than
    never."""

    def __init__(self, desk: Desk, rhythm: Rhythm, *, link: str) -> None:
        self._desk = desk
        self._rhythm = rhythm
        self._link = link

    def tell(self, alerts: Sequence[Alert], now: datetime) -> None:
        """Look at every group; `alerts` are those that are open, as they are written."""
        groups = self._desk.alerts.groups()
        firing = by_queue([alert for alert in alerts if alert.state == "firing"])
        for queue in {**groups, **firing}:
            group, mine = groups.get(queue, Group(queue)), firing.get(queue, [])
            try:
                self._carry_out(decide(group, mine, self._resolved(group, mine), now, self._rhythm), group, now)
                self._escalate(queue, to_escalate(mine, now, self._rhythm), now)
            except (Conflict, NotFound):
                # Another process was quicker, or somebody acknowledged an alert meanwhile: the next look sees it.
                log.info("A group of alerts changed while it was looked at", queue=queue)

    def _resolved(self, group: Group, firing: Sequence[Alert]) -> list[Alert]:
        """What people believe to fire and what does no more."""
        there = {alert.id for alert in firing}
        found = [self._find(told.alert_id) for told in group.told.values() if told.alert_id not in there]
        return [alert for alert in found if alert is not None and alert.state == "resolved"]

    def _find(self, id: str) -> Alert | None:
        try:
            return self._desk.alerts.get(id)
        except NotFound:
            return None

    def _carry_out(self, decision: Decision, before: Group, now: datetime) -> None:
        if decision.kind:
            told = notice(decision.kind, before.queue, decision.alerts, now, link=self._link)
            self._desk.deliveries.add(deliveries(told, self._desk.channels, number=decision.group.number, now=now))
        if decision.group != before:
            self._desk.alerts.save_group(decision.group)
        for alert in decision.alerts:
            if alert.told_at is None:
                self._mark_told(alert, now)

    def _mark_told(self, alert: Alert, now: datetime) -> None:
        """Once more where somebody changed it meanwhile: an alert without this moment would never be escalated."""
        try:
            self._desk.alerts.save(replace(alert, told_at=now))
        except Conflict:
            self._desk.alerts.save(replace(self._desk.alerts.get(alert.id), told_at=now))

    def _escalate(self, queue: str, alerts: Sequence[Alert], now: datetime) -> None:
        if not alerts:
            return
        told = notice("escalation", queue, alerts, now, link=self._link)
        self._desk.deliveries.add(deliveries(told, self._desk.channels, number=0, now=now))
        for alert in alerts:
            self._desk.alerts.save(replace(alert, escalated_at=now))
            self._desk.history.add([happened(alert, "escalated", now, "nobody acknowledged it")])
