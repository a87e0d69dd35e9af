"""What is told over every channel: one JSON object about the alerts of one group."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from backend.clock import to_iso
from backend.queues.alerts.grouping import Kind
from backend.queues.alerts.ports import Channel
from backend.queues.alerts.records import SEVERITIES, Alert, Delivery
from backend.queues.names import LABELS

VERSION = "1"


def notice(kind: Kind, queue: str, alerts: Sequence[Alert], now: datetime, *, link: str) -> dict[str, Any]:
    """`status` is firing while anything of it is; `severity` is that of the worst of these, or of what was resolved."""
    firing = [alert for alert in alerts if alert.state == "firing"]
    worst = max((alert.severity for alert in firing or alerts), key=SEVERITIES.index, default="warning")
    return {
        "version": VERSION,
        "kind": kind,
        "status": "firing" if firing else "resolved",
        "severity": worst,
        "group": {"queue": queue or None, "label": LABELS.get(queue, "Platform")},
        "sentAt": to_iso(now),
        "link": link,
        "alerts": [alert.to_json() for alert in alerts],
    }


def trial(now: datetime, *, link: str) -> dict[str, Any]:
    """What `gacp alerts test` sends: it says of itself that it is a test."""
    return notice("test", "", (), now, link=link) | {"status": "test"}


def deliveries(told: Mapping[str, Any], channels: Sequence[Channel], *, number: int, now: datetime) -> list[Delivery]:
    """One for each channel that hears of it, with an id that is the same for everybody who decides the same."""
    alerts = [f"{alert['id']}:{alert['state']}:{alert['severity']}" for alert in told["alerts"]]
    what = sha256("\n".join([told["kind"], *alerts]).encode()).hexdigest()[:8]
    group = told["group"]["queue"] or "platform"
    hearing = [channel for channel in channels if told["kind"] in channel.hears]
    return [Delivery(f"{group}-{number}-{what}-{channel.name}", channel.name, told, now, now) for channel in hearing]
