"""Tells the broker how a job stands that it had delivered."""

from backend.queues.ledger import ticket_for
from backend.queues.options import Keep
from backend.queues.policies import RETENTION_DAYS
from backend.queues.ports import Broker, Delivery
from backend.queues.records import Job, JobState

RETENTION_S = RETENTION_DAYS * 86_400


def settle(broker: Broker, delivery: Delivery, job: Job) -> None:
    """Tell the broker how the job stands; safe to repeat."""
    if job.state is JobState.COMPLETED:
        broker.acknowledge(delivery, keep_s=keep_seconds(job.options.remove_on_complete))
    elif job.state is JobState.FAILED:
        broker.bury(delivery, job.error_class, keep_s=keep_seconds(job.options.remove_on_fail))
    elif job.state is JobState.ACTIVE:
        broker.release(delivery)
    else:
        broker.hand_over([ticket_for(job)])


def keep_seconds(remove: bool | int | Keep) -> int:
    """How long Redis shows a finished job: not at all for True and 0, else for the age or the retention."""
    if isinstance(remove, Keep):
        return RETENTION_S if remove.age is None else remove.age
    forget = remove is True or (remove is not False and remove == 0)
    return 0 if forget else RETENTION_S
