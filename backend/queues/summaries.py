"""What stays of jobs when their documents go: numbers per queue, type and day."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from backend.clock import bangkok_date
from backend.queues.probes import is_probe
from backend.queues.records import Job, JobState


@dataclass(frozen=True)
class DaySummary:
    """The jobs of one type that ended on one day (in Thailand) and were removed since. `wait_ms` is from due to the first run
    and `run_ms` is all runs, each the sum over all jobs; `longest_run_ms` is of the longest single run."""

    queue: str
    type: str
    day: str
    completed: int = 0
    failed: int = 0
    attempts: int = 0
    wait_ms: int = 0
    run_ms: int = 0
    longest_run_ms: int = 0

    @property
    def id(self) -> str:
        return f"{self.queue}.{self.type}.{self.day}"

    def plus(self, other: "DaySummary") -> "DaySummary":
        """Both together; for two of the same queue, type and day."""
        return replace(
            self,
            completed=self.completed + other.completed,
            failed=self.failed + other.failed,
            attempts=self.attempts + other.attempts,
            wait_ms=self.wait_ms + other.wait_ms,
            run_ms=self.run_ms + other.run_ms,
            longest_run_ms=max(self.longest_run_ms, other.longest_run_ms),
        )

    def to_json(self) -> dict[str, Any]:
        numbers = asdict(self)
        names = {"wait_ms": "waitMs", "run_ms": "runMs", "longest_run_ms": "longestRunMs"}
        return {names.get(name, name): value for name, value in numbers.items()}


def summarise(jobs: Iterable[Job]) -> list[DaySummary]:
    """The summaries of finished jobs, one per queue, type and day; of probes there are none."""
    found: dict[str, DaySummary] = {}
    for job in jobs:
        if is_probe(job.type):
            continue
        one = _of(job)
        found[one.id] = found[one.id].plus(one) if one.id in found else one
    return list(found.values())


def _of(job: Job) -> DaySummary:
    ended = job.finished_at or job.created_at
    runs = [_millis(attempt.started_at, attempt.ended_at or ended) for attempt in job.attempts]
    return DaySummary(
        queue=job.queue,
        type=job.type,
        day=bangkok_date(ended).isoformat(),
        completed=int(job.state is JobState.COMPLETED),
        failed=int(job.state is JobState.FAILED),
        attempts=len(runs),
        wait_ms=_millis(job.created_at + timedelta(milliseconds=job.options.delay), job.attempts[0].started_at) if job.attempts else 0,
        run_ms=sum(runs),
        longest_run_ms=max(runs, default=0),
    )


def _millis(start: datetime, end: datetime) -> int:
    return max(0, round((end - start) / timedelta(milliseconds=1)))
