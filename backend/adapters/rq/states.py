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


def bull_state(status: str | None, *, queue_paused: bool = False) -> str:
    """Bull's state for the status in a job's hash: `paused` where it waits in a paused queue, `stuck` where it has none."""
    try:
        state = _STATES[JobStatus(status)]
    except ValueError:
        return "stuck"
    return "paused" if queue_paused and state is JobState.WAITING else state.value
