"""Changing a job in the ledger: read, transform, compare-and-set, and again where somebody else was quicker."""

from collections.abc import Callable

from backend.errors import Conflict
from backend.queues.ports import Ledger, Ticket
from backend.queues.records import Job, JobState

TRIES = 20
_DELAYED = JobState.DELAYED


def change(ledger: Ledger, id: str, transform: Callable[[Job], Job | None]) -> Job | None:
    """Apply a transition to the present state of the job; None where the transition declines.

    Raises NotFound, Unavailable, whatever `transform` raises, and Conflict where others keep changing the job.
    """
    for _ in range(TRIES):
        changed = transform(ledger.get(id))
        if changed is None:
            return None
        try:
            return ledger.save(changed)
        except Conflict:
            continue
    raise Conflict(f"Job {id} is being changed by too many at once")


def ticket_for(job: Job, *, front: bool = False) -> Ticket:
    """What the broker has to know of the job as it is now."""
    options = job.options
    due_at = job.due_at if job.state is _DELAYED else None
    return Ticket(job.id, job.type, job.queue, options.priority, options.lifo, front, due_at, -(-options.timeout // 1000))
