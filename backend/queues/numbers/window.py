"""What happened in a queue within some time: the numbers that health, alerts and insight judge by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from backend.queues.numbers.histogram import Durations


@dataclass(frozen=True)
class Window:
    """What ended in the window counts in it. Rates are shares from 0 to 1 of the jobs that ended for good; None where none did.

    `run` is of attempts, `wait` from due to the first attempt, `whole` from due to the end of the job, also of those that failed, which
    `whole_failed` has alone. `errors` are failed attempts by error class, `fallbacks` jobs by why they did not go the way of the queue,
    `things` what completed generations were about. `last_ended_at` looks back beyond the window.
    """

    queue: str
    since: datetime
    until: datetime
    submitted: int = 0
    completed: int = 0
    failed: int = 0
    retried: int = 0
    attempts: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    fallbacks: Mapping[str, int] = field(default_factory=dict)
    things: int = 0
    wait: Durations = field(default_factory=Durations)
    run: Durations = field(default_factory=Durations)
    whole: Durations = field(default_factory=Durations)
    whole_failed: Durations = field(default_factory=Durations)
    last_ended_at: datetime | None = None

    @property
    def ended(self) -> int:
        """Jobs that completed or failed for good."""
        return self.completed + self.failed

    @property
    def lost(self) -> int:
        """Attempts whose worker died."""
        return self.attempts.get("lost", 0)

    @property
    def timed_out(self) -> int:
        """Attempts that took longer than their timeout."""
        return self.attempts.get("timedOut", 0)

    @property
    def error_rate(self) -> float | None:
        return self.failed / self.ended if self.ended else None

    @property
    def success_rate(self) -> float | None:
        return self.completed / self.ended if self.ended else None

    @property
    def average_run_ms(self) -> float | None:
        return self.run.average_ms

    @property
    def average_wait_ms(self) -> float | None:
        return self.wait.average_ms

    @property
    def per_minute(self) -> float:
        """Jobs that ended, for each minute of the window."""
        minutes = (self.until - self.since).total_seconds() / 60
        return self.ended / minutes if minutes > 0 else 0.0
