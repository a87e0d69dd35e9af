"""Runs one accepted job for a caller that pushes work, in place of a worker that takes it."""

from backend.errors import Conflict
from backend.queues.platform import QueuePlatform
from backend.queues.records import Job

PUSH_WORKER = "push"
REASON = "pushed"


def run_pushed(platform: QueuePlatform, job_id: str) -> Job:
    """Make one attempt at the job now, its delay notwithstanding, and return it as it then is.

    A job that runs already, has ended, or is pushed twice is left alone: the claim is a compare-and-set, and the broker's own
    copy is settled by the worker that finds the job done. A failed attempt goes on by the job's backoff, with any worker.
    Raises NotFound, Conflict (an administrator paused the queue) and Unavailable.
    """
    found = platform.outside.ledger.get(job_id)
    if not found.finished and found.queue in platform.outside.pauses.paused():
        raise Conflict(f"The queue {found.queue} is paused: resume it, and push the job again / คิวนี้พักอยู่")
    ran = platform.runner.run(job_id, worker=PUSH_WORKER, inline_reason=REASON)
    return ran or platform.outside.ledger.get(job_id)
