"""What a worker does with one delivery: take it, run it, and settle it with the broker as the ledger then says."""

from collections.abc import Sequence

from backend.errors import NotFound, Unavailable
from backend.queues.platform import QueuePlatform
from backend.queues.ports import Delivery, TimeLimit
from backend.queues.records import Job
from backend.queues.runner import no_limit
from backend.queues.settling import settle, unknown
from backend.telemetry.logs import logger

log = logger("queues.working")


def work_once(
    platform: QueuePlatform, queues: Sequence[str], *, worker: str, wait_s: float = 0.0, time_limit: TimeLimit = no_limit
) -> list[Job] | None:
    """Take and run one job of these queues, those that are paused left out.

    Returns the job as the run left it, nothing where the run did not begin, and None where no job waited.
    """
    paused = platform.outside.pauses.paused()
    open_queues = [queue for queue in queues if queue not in paused]
    delivery = platform.outside.broker.take(open_queues, wait_s)
    platform.drain_watch.looked(open_queues, delivery)
    if delivery is None:
        return None
    job = run_delivery(platform, delivery, worker=worker, time_limit=time_limit)
    return [] if job is None else [job]


def run_delivery(platform: QueuePlatform, delivery: Delivery, *, worker: str, time_limit: TimeLimit = no_limit) -> Job | None:
    """Run and settle one delivery; None where the run did not begin. Raises Unavailable while ledger or broker is away."""
    try:
        ran = platform.runner.run(delivery.job_id, worker=worker, time_limit=time_limit)
        now = ran or platform.outside.ledger.get(delivery.job_id)
    except Unavailable:
        # The ledger is away: the run did not begin, or comes back when its lease has run out.
        platform.outside.broker.put_back(delivery)
        raise
    except NotFound:
        log.warning("A delivery names a job that the ledger does not have", job_id=delivery.job_id)
        platform.outside.broker.turn("", [unknown(delivery)], (), 0)
        return None
    settle(platform.outside.broker, delivery, now)
    return ran
