"""Where alerts are kept, and whom they are told: the ports that everybody here shares."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.queues.alerts.ports import AlertHistory, Alerts, Channel, Deliveries, Readings, Silences


@dataclass(frozen=True)
class Desk:
    """All of it lies in the document store, so that nothing is forgotten with a process or with Redis."""

    alerts: Alerts
    silences: Silences
    history: AlertHistory
    deliveries: Deliveries
    readings: Readings
    channels: Sequence[Channel]
