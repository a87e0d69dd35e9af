"""Counts what happened in this process, ready to be shown as metrics."""

from collections import Counter
from threading import Lock

from backend.queues.middleware.base import Middleware
from backend.queues.records import Job, JobState

_RETRIED = "retried"


class Counters(Middleware):
    """`outcomes` by (queue, job type, outcome) and the seconds spent in attempts by (queue, job type)."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.outcomes: Counter[tuple[str, str, str]] = Counter()
        self.seconds: Counter[tuple[str, str]] = Counter()

    def submitted(self, job: Job) -> None:
        with self._lock:
            self.outcomes[job.queue, job.type, "submitted"] += 1

    def ended(self, job: Job) -> None:
        attempt = job.attempts[-1] if job.attempts else None
        outcome = job.state.value if job.state in (JobState.COMPLETED, JobState.FAILED) else _RETRIED
        with self._lock:
            self.outcomes[job.queue, job.type, outcome] += 1
            if attempt and attempt.ended_at:
                # Counter is typed for whole numbers, and counts fractions just as well.
                self.seconds[job.queue, job.type] += (attempt.ended_at - attempt.started_at).total_seconds()  # type: ignore[assignment]
