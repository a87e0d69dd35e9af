"""Adds to RQ's hash of this worker what `gacp worker status` shows: its jobs, its memory, its versions, what it has done."""

import json
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq.utils import utcformat

from backend.adapters.rq import names
from backend.adapters.rq.turning import SHOWN_S
from backend.adapters.rq.worker.seams import Run, WorkerControl
from backend.adapters.rq.worker.vitals import look_at, versions
from backend.telemetry.logs import logger

EVERY_S = 5.0
FORGOTTEN_AFTER_S = 120
LONG_S = 600.0
"""A run that takes longer is shown for another while at each report."""
JOBS_SHOWN = 100
log = logger("worker.report")


class Report:
    """A duty of the pulse, after the one that registers the worker. What Redis cannot be told now it is told the next time."""

    every_s = EVERY_S

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def __call__(self, worker: WorkerControl) -> None:
        key, _ = names.worker_keys(worker.name)
        try:
            if not self._redis.exists(key):
                return  # a hash without its registration would be a worker that nobody can sign off
            with self._redis.pipeline(transaction=False) as pipeline:
                fields = fields_of(worker)
                pipeline.hset(key, mapping=fields | {"last_heartbeat": utcformat(datetime.now(UTC))})
                pipeline.expire(key, FORGOTTEN_AFTER_S)
                for run in worker.runs():
                    _keep_shown(pipeline, run)
                pipeline.execute()
        except RedisError as error:
            log.debug("A report was missed", error=str(error))


def fields_of(worker: WorkerControl) -> dict[Any, Any]:
    """What is ours in the hash, as numbers and text; `jobs` is a JSON list of at most `JOBS_SHOWN` ids."""
    vitals = look_at(worker)
    return {
        **{f"{name}_version": number for name, number in versions().items() if name != "python"},
        "jobs": json.dumps(vitals.jobs[:JOBS_SHOWN]),
        "running": len(vitals.jobs),
        "concurrency": worker.concurrency,
        "completed": vitals.completed,
        "failed": vitals.failed,
        "retried": vitals.retried,
        "memory_mib": vitals.memory_mib,
        "paused": int(vitals.paused),
        "stopping": int(vitals.stopping),
        "outage": vitals.outage,
    }


def _keep_shown(pipeline: Any, run: Run) -> None:
    now = datetime.now(UTC)
    began = run.job.attempts[-1].started_at if run.job.attempts else now
    if (now - began).total_seconds() < LONG_S or not run.delivery.run:
        return
    job_id, execution, until = run.delivery.job_id, run.delivery.run, now.timestamp() + SHOWN_S
    pipeline.zadd(names.running_key(run.delivery.queue), {f"{job_id}:{execution}": until}, xx=True)
    runs_key, run_key = names.execution_keys(job_id, execution)
    pipeline.zadd(runs_key, {execution: until}, xx=True)
    pipeline.expire(runs_key, SHOWN_S)
    pipeline.expire(run_key, SHOWN_S)
