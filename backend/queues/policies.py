"""The table of the four queues: what holds for a job that says nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.queues.backoff import EXPONENTIAL, FIXED
from backend.queues.names import AI_QC, CALENDAR, EMAIL, LABELS, REPORT
from backend.settings import Settings

DEFAULT_PRIORITY = 5
RETENTION_DAYS = 7


@dataclass(frozen=True)
class QueuePolicy:
    """One queue: its name, what people call it, and the options that its jobs start from (Python names, milliseconds)."""

    name: str
    label: str
    defaults: Mapping[str, Any]


@dataclass(frozen=True)
class Service:
    """How one worker serves a queue: its part beside the others, and how many of its jobs it runs at once at most."""

    weight: int
    slots: int | None = None


SERVICE: Mapping[str, Service] = {
    AI_QC: Service(4),
    EMAIL: Service(4),
    CALENDAR: Service(2, slots=5),
    # Each rendering takes the memory of a whole document.
    REPORT: Service(1, slots=2),
}


def policies(settings: Settings) -> dict[str, QueuePolicy]:
    """The queues by name; the numbers of attempts come from the settings, the rest is the contract's table."""
    return {
        AI_QC: _policy(AI_QC, settings.ai_qc_retry_attempts, EXPONENTIAL, 2_000, 120_000),
        EMAIL: _policy(EMAIL, settings.email_retry_attempts, EXPONENTIAL, 2_000, 60_000),
        CALENDAR: _policy(CALENDAR, settings.calendar_retry_attempts, FIXED, 5_000, 60_000),
        REPORT: _policy(REPORT, settings.report_retry_attempts, FIXED, 10_000, 300_000),
    }


def _policy(name: str, attempts: int, backoff: str, delay: int, timeout: int) -> QueuePolicy:
    return QueuePolicy(
        name=name,
        label=LABELS[name],
        defaults={
            "attempts": attempts,
            "backoff": {"type": backoff, "delay": delay},
            "timeout": timeout,
            "priority": DEFAULT_PRIORITY,
            "remove_on_complete": True,
            "remove_on_fail": False,
        },
    )
