"""Tells alerts in the log: the channel that is always there."""

from collections.abc import Mapping
from typing import Any

from backend.adapters.alerting.webhook import EVERYTHING
from backend.telemetry.logs import logger

log = logger("alerts")


class LogChannel:
    """`backend.queues.alerts.ports.Channel`: a line for each alert of a notice."""

    name = "log"
    hears = EVERYTHING

    def send(self, notice: Mapping[str, Any]) -> None:
        if not notice["alerts"]:
            log.info("Test of the alerts: nothing is wrong")
        for alert in notice["alerts"]:
            over = alert["state"] == "resolved"
            say = log.info if over else log.warning
            say(
                "An alert is over" if over else "Alert",
                called="alert_resolved" if over else "alert_raised",
                kind=notice["kind"],
                alert=alert["id"],
                slug=alert["slug"],
                severity=alert["severity"],
                queue=alert["labels"].get("queue", ""),
                detail=alert["message"],
                runbook=alert["runbook"],
            )
