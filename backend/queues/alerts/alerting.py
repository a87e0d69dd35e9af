"""All of alerting in one process: what an administrator does with it, and what the scheduler does for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from backend.queues.alerts.book import AlertBook
from backend.queues.alerts.courier import Courier
from backend.queues.alerts.watch import AlertWatch
from backend.queues.scheduling import Duty

SEND_EVERY = timedelta(seconds=2)


@dataclass(frozen=True)
class Alerting:
    """Every process has the book; only the scheduler that leads evaluates and sends."""

    book: AlertBook
    watch: AlertWatch
    courier: Courier
    every: timedelta
    close: Callable[[], None]
    """Lets go of connections; safe to repeat."""

    def duties(self) -> list[Duty]:
        """In every mode: also without Redis, and where jobs run in their callers."""
        return [
            Duty("evaluate alerts", self.every, self.watch.look),
            Duty("send notices about alerts", SEND_EVERY, self.courier.kick),
        ]
