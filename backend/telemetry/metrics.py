"""The metrics of the product, each declared once: name, type, what it says, and the labels that it is told apart by.

Labels come from closed sets; no user, job or application is one. Names and meanings are in docs/reference/metrics.md.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram", "info"]


@dataclass(frozen=True)
class Metric:
    """What is declared of one metric; a counter never goes back, whatever is restarted."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


METRICS: dict[str, Metric] = {}
"""All of them by name, in the order in which they are shown."""


def _declare(name: str, kind: Kind, meaning: str, *labels: str) -> Metric:
    metric = METRICS[name] = Metric(name, kind, meaning, labels)
    return metric


JOBS = _declare("jobs_total", "counter", "Jobs that ended for good: status is completed or failed", "queue", "type", "status")
SUBMITTED = _declare("jobs_submitted_total", "counter", "Jobs that were accepted: mode is queue or inline", "queue", "type", "mode")
ATTEMPTS = _declare(
    "job_attempts_total",
    "counter",
    "Runs that ended: outcome is completed, failed, timedOut, cancelled, lost or stopped",
    "queue",
    "type",
    "outcome",
)
RETRIES = _declare("job_retries_total", "counter", "Failed runs after which the job is tried again", "queue", "type")
ERRORS = _declare(
    "job_errors_total", "counter", "Failed runs by error class, other where the table has it not", "queue", "type", "error_class"
)
DURATION = _declare("job_duration_seconds", "histogram", "How long runs took, also those that failed", "queue", "type")
WAIT = _declare("job_wait_seconds", "histogram", "From due to the first run; waits for further attempts are not in it", "queue", "type")
WHOLE = _declare("job_end_to_end_seconds", "histogram", "From due to the end for good, with all attempts and waits", "queue", "type")

DEPTH = _declare("queue_depth", "gauge", "Jobs of the queue by state, from the ledger", "queue", "state")
ACTIVE = _declare("active_jobs", "gauge", "Jobs that run now", "queue")
OLDEST = _declare("queue_oldest_job_age_seconds", "gauge", "How long the job that is due longest has waited; 0 where none waits", "queue")
PAUSED = _declare("queue_paused", "gauge", "1 while workers take nothing of the queue", "queue")
FALLBACK = _declare(
    "queue_fallback_total",
    "counter",
    "Jobs that did not go the way of the queue, by what kept them from it",
    "queue",
    "reason",
)
DEAD_DEPTH = _declare("dead_letter_depth", "gauge", "Jobs that failed for good and are kept", "queue")
DEAD = _declare("dead_letter_total", "counter", "Jobs that failed for good", "queue")
ROLLOUT = _declare("flag_rollout_percent", "gauge", "Share of the submissions that go to the queue while nothing is wrong", "queue")

WORKERS = _declare("workers_online", "gauge", "Workers that serve the queue and have been heard of lately", "queue")
HEARTBEAT = _declare("worker_heartbeat_age_seconds", "gauge", "Age of the oldest last sign of life among the workers of the queue", "queue")

REDIS_UP = _declare("redis_up", "gauge", "1 while Redis answers within its deadline; absent where no queue is used")
CIRCUIT = _declare("redis_circuit_state", "gauge", "1 for the state of the circuit in the process that answers, 0 for the others", "state")
OPENINGS = _declare("redis_circuit_openings_total", "counter", "Outages of Redis that processes have noticed, each for itself")
FAILURES = _declare("redis_circuit_failures_total", "counter", "Calls to Redis without an answer")
REFUSALS = _declare("redis_circuit_refusals_total", "counter", "Callers who did not have to wait for a Redis that was known to be away")

OUTBOX = _declare("outbox_pending", "gauge", "Applications with events that somebody has not heard yet")
OUTBOX_AGE = _declare("outbox_oldest_age_seconds", "gauge", "Age of the oldest event that somebody has not heard; 0 without one")
SCHEDULE = _declare(
    "schedule_last_success_timestamp_seconds",
    "gauge",
    "When a job of the schedule's type last completed",
    "schedule",
)
EFFECTS = _declare(
    "effects_total", "counter", "Letters, appointments and reports: result is done, repeated (spared), released or busy", "effect", "result"
)
CREDITS = _declare("credits_used_total", "counter", "Credits of the studio by what was done with them", "type")
SOCKETS = _declare("socket_clients", "gauge", "Connected Socket.IO clients")

PART_UP = _declare("metrics_part_up", "gauge", "1 where that part of this page could be read; else it is missing", "part")
BUILD = _declare("build_info", "info", "What is running", "version", "python")
