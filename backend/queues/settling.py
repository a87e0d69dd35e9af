"""Tells the broker how a job stands that it had delivered."""

from backend.queues.ledger import ticket_for
from backend.queues.options import Keep
from backend.queues.policies import RETENTION_DAYS
from backend.queues.ports import Broker, Delivery, Settlement
from backend.queues.records import Job, JobState

RETENTION_S = RETENTION_DAYS * 86_400
RETRIED = ("failed", "timedOut")
_COMPLETED = JobState.COMPLETED
_AT_ONCE = (0, None)


def settle(broker: Broker, delivery: Delivery, job: Job) -> None:
    """Tell the broker how the job stands; safe to repeat."""
    if job.state is JobState.COMPLETED:
        keep_s, keep_count = _kept(job.options.remove_on_complete)
        broker.acknowledge(delivery, keep_s=keep_s, keep_count=keep_count)
    elif job.state is JobState.FAILED:
        keep_s, keep_count = _kept(job.options.remove_on_fail)
        broker.bury(delivery, job.error_class, keep_s=keep_s, keep_count=keep_count)
    elif job.state is JobState.ACTIVE:
        broker.release(delivery)
    else:
        broker.hand_over([ticket_for(job)])


def settlement(delivery: Delivery, job: Job) -> Settlement:
    """How this delivery ended, as the ledger has the job. One that could not run here goes back to the front of its queue."""
    if job.state is _COMPLETED:
        return Settlement(delivery, "completed", *_kept(job.options.remove_on_complete))
    if job.state is JobState.FAILED:
        return Settlement(delivery, "failed", *_kept(job.options.remove_on_fail), error_class=job.error_class)
    if job.state is JobState.ACTIVE:
        return Settlement(delivery, "released")
    if job.state is JobState.WAITING and not (job.attempts and job.attempts[-1].outcome in RETRIED):
        return Settlement(delivery, "returned")
    return Settlement(delivery, "resubmitted", ticket=ticket_for(job))


def unknown(delivery: Delivery) -> Settlement:
    """The ledger does not have the job: the broker forgets it, too, unless it is somebody else's."""
    return Settlement(delivery, "unknown", RETENTION_S)


def _kept(remove: bool | int | Keep) -> tuple[int, int | None]:
    """For how long, and how many."""
    return _AT_ONCE if remove is True else (keep_seconds(remove), keep_count(remove))


def keep_count(remove: bool | int | Keep) -> int | None:
    """How many finished jobs of the queue Redis shows at most; None for any number."""
    if isinstance(remove, Keep):
        return remove.count
    return None if isinstance(remove, bool) else remove


def keep_seconds(remove: bool | int | Keep) -> int:
    """How long Redis shows a finished job: not at all for True and 0, else for the age or the retention."""
    if isinstance(remove, Keep) and remove.count == 0:
        return 0
    if isinstance(remove, Keep):
        return RETENTION_S if remove.age is None else remove.age
    forget = remove is True or (remove is not False and remove == 0)
    return 0 if forget else RETENTION_S
