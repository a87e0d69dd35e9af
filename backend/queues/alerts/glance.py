"""What queue health says at a glance: two rules over the counts of this moment, without a memory."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.queues.names import LABELS
from backend.settings import Settings


@dataclass(frozen=True)
class Rule:
    """Alert where `counter` is greater than `limit`; `message` takes the number."""

    counter: str
    limit: int
    severity: str
    message: str


@dataclass(frozen=True)
class Alert:
    """Something that an officer should look at; `queue` is the name for people, such as `AI QC`."""

    queue: str
    severity: str
    message: str

    def to_json(self) -> dict[str, str]:
        return {"queue": self.queue, "severity": self.severity, "message": self.message}


def rules(settings: Settings) -> tuple[Rule, ...]:
    """More than 10 failed and more than 50 waiting jobs, unless set otherwise."""
    return (
        Rule("failed", settings.alert_failed_jobs, "warning", "{} failed jobs"),
        Rule("waiting", settings.alert_waiting_jobs, "warning", "{} waiting jobs"),
    )


def alerts_for(stats: Mapping[str, Mapping[str, int]], table: tuple[Rule, ...]) -> list[Alert]:
    """The alerts that these numbers raise, by queue and then by rule."""
    return [
        Alert(LABELS[queue], rule.severity, rule.message.format(numbers[rule.counter]))
        for queue, numbers in stats.items()
        for rule in table
        if numbers[rule.counter] > rule.limit
    ]
