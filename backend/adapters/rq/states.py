"""What RQ's statuses mean in Bull's words, for whoever reads Redis instead of the ledger."""

from rq.job import JobStatus

from backend.queues.records import JobState

_STATES: dict[JobStatus, JobState] = {
    JobStatus.CREATED: JobState.WAITING,
    JobStatus.QUEUED: JobState.WAITING,
    JobStatus.READY_TO_ENQUEUE: JobState.WAITING,
    JobStatus.DEFERRED: JobState.DELAYED,
    JobStatus.SCHEDULED: JobState.DELAYED,
    JobStatus.RATE_LIMITED: JobState.DELAYED,
    JobStatus.STARTED: JobState.ACTIVE,
    JobStatus.FINISHED: JobState.COMPLETED,
    JobStatus.FAILED: JobState.FAILED,
    JobStatus.STOPPED: JobState.FAILED,
    JobStatus.CANCELED: JobState.FAILED,
}


def state_of(status: str) -> JobState | None:
    """Bull's state for the status in a job's hash; None for what RQ does not know either."""
    try:
        return _STATES[JobStatus(status)]
    except ValueError:
        return None
