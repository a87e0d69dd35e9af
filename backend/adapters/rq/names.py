"""RQ's names in Redis, taken from RQ itself, and the few that are ours."""

from rq.defaults import RQ_KEY_PREFIX
from rq.executions import WORKER_EXECUTIONS_KEY_TEMPLATE, ExecutionRegistry
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job
from rq.queue import Queue
from rq.registry import FailedJobRegistry, FinishedJobRegistry, ScheduledJobRegistry, StartedJobRegistry
from rq.suspension import WORKERS_SUSPENDED
from rq.worker import BaseWorker

JOB_PREFIX: str = Job.redis_job_namespace_prefix
SUSPENDED_KEY: str = WORKERS_SUSPENDED
QUEUES_KEY: str = Queue.redis_queues_keys
EXECUTION_PREFIX = f"{RQ_KEY_PREFIX}:execution:"


def list_key(queue: str) -> str:
    return f"{Queue.redis_queue_namespace_prefix}{queue}"


def in_flight_key(queue: str) -> str:
    """RQ's intermediate list: what a worker took and has not settled."""
    return str(IntermediateQueue.get_intermediate_queue_key(list_key(queue)))


def delayed_key(queue: str) -> str:
    return str(ScheduledJobRegistry.key_template.format(queue))


def running_key(queue: str) -> str:
    return str(StartedJobRegistry.key_template.format(queue))


def failed_key(queue: str) -> str:
    return str(FailedJobRegistry.key_template.format(queue))


def finished_key(queue: str) -> str:
    return str(FinishedJobRegistry.key_template.format(queue))


def order_key(queue: str) -> str:
    """Ours: the order in which the ids in RQ's list run."""
    return f"gacp:order:{queue}"


def marks_key(queue: str) -> str:
    """Ours: what finds an id in RQ's list."""
    return f"gacp:marks:{queue}"


def wake_key(queue: str) -> str:
    """Ours: a worker blocks on these tokens, as it cannot block on several lists and move the id in one step."""
    return f"gacp:wake:{queue}"


def own_wake_key(worker: str) -> str:
    """Ours: a token for this worker alone."""
    return wake_key(f"worker:{worker}")


def starts_key(queue: str) -> str:
    """Ours: when the last jobs of a queue with a rate were taken."""
    return f"gacp:starts:{queue}"


def execution_keys(job_id: str, execution: str) -> tuple[str, str]:
    """RQ's set of the runs of a job, and its hash of one of them."""
    return ExecutionRegistry.key_template.format(job_id), f"{EXECUTION_PREFIX}{job_id}:{execution}"


def worker_keys(worker: str) -> tuple[str, str]:
    """RQ's hash of a worker, and its set of what the worker runs."""
    return f"{BaseWorker.redis_worker_namespace_prefix}{worker}", WORKER_EXECUTIONS_KEY_TEMPLATE.format(worker)
