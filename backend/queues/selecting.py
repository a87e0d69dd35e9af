"""Which jobs an administrator means who names no single one: by id, queue, state, type and age."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from backend.errors import FieldError, InvalidInput
from backend.queues.names import require_queue
from backend.queues.ports import JobFilter
from backend.queues.records import Job, JobState


@dataclass(frozen=True)
class Selection:
    """Jobs for which all of this holds; what is not given does not filter. A running job is in no selection.

    `pattern` is of the id (`report-*`). `older_than` counts from the end of a job, or from its making where it has not ended.
    Raises InvalidInput for the state `active`, and NotFound for an unknown queue.
    """

    pattern: str = "*"
    queue: str | None = None
    state: JobState | None = None
    type: str | None = None
    older_than: timedelta | None = None

    def __post_init__(self) -> None:
        if self.queue is not None:
            require_queue(self.queue)
        if self.state is JobState.ACTIVE:
            message = "running jobs are cancelled instead"
            raise InvalidInput(f"state: {message}", errors=(FieldError("state", message, "INVALID"),))

    @property
    def filter(self) -> JobFilter:
        """What the ledger can tell apart by itself."""
        return JobFilter(queue=self.queue, state=self.state, type=self.type)

    def holds(self, job: Job, now: datetime) -> bool:
        """Whether a job that the filter let through is meant."""
        if job.state is JobState.ACTIVE or not fnmatchcase(job.id, self.pattern):
            return False
        return self.older_than is None or (job.finished_at or job.created_at) <= now - self.older_than
