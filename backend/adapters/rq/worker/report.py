"""Adds to RQ's hash of this worker what `gacp worker status` shows: its memory, its versions, what it has done, and how it stands."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from redis import Redis
from redis.exceptions import RedisError
from rq.utils import utcformat

from backend.adapters.rq import names
from backend.adapters.rq.turning import SHOWN_S
from backend.adapters.rq.worker.seams import FROM_THE_LEDGER, Run, WorkerControl
from backend.adapters.rq.worker.vitals import look_at, versions
from backend.telemetry.logs import logger

EVERY_S = 5.0
LOOK_EVERY_S = 2.0
"""So often it is made sure that Redis knows the worker: one that was emptied shows it again after that time."""
FORGOTTEN_AFTER_S = 120
LONG_S = 600.0
"""A run that takes longer is shown for another while at each report."""
JOBS_SHOWN = 100
log = logger("worker.report")


class _Standing(NamedTuple):
    """What is told as soon as it changes. `unshown` are the jobs that run here and that no turn has shown, or that Redis has forgotten
    with all else."""

    stopping: bool
    paused: bool
    outage: str
    unshown: list[str]


class Report:
    """A duty of the pulse, at each of its steps, as it tells at once that the worker stops or pauses: a step in which nothing has changed
    and nothing is due costs no round trip. What Redis cannot be told now it is told the next time.
    """

    every_s = 0.0

    def __init__(
        self, redis: Redis, register: Callable[[WorkerControl], object], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`register` makes a worker known that Redis does not know."""
        self._redis = redis
        self._register = register
        self._monotonic = monotonic
        self._told: _Standing | None = None
        self._look_at = self._report_at = self._wait_until = 0.0
        self._forgotten: set[str] = set()

    def __call__(self, worker: WorkerControl) -> None:
        now = self._monotonic()
        is_due = now >= self._report_at or self._standing(worker) != self._told
        if now < self._wait_until or not (is_due or now >= self._look_at):
            return
        self._look_at = now + LOOK_EVERY_S
        try:
            if self._is_new(worker) or is_due:
                standing = self._standing(worker)
                self._report(worker, standing.unshown)
                self._told, self._report_at = standing, now + EVERY_S
        except RedisError as error:
            self._wait_until = self._look_at
            log.debug("A report was missed", error=str(error))

    def _is_new(self, worker: WorkerControl) -> bool:
        """Whether Redis had not heard of this worker, or has forgotten it; now it knows it."""
        if self._redis.exists(names.worker_keys(worker.name)[0]):
            return False
        self._forgotten = {run.delivery.run for run in worker.runs()}
        self._register(worker)
        return True

    def _standing(self, worker: WorkerControl) -> _Standing:
        runs = [(run.job.id, run.delivery.run) for run in worker.runs()]
        unshown = [job_id for job_id, name in runs if name == FROM_THE_LEDGER or name in self._forgotten]
        return _Standing(worker.stopping, worker.paused, worker.outage, unshown[:JOBS_SHOWN])

    def _report(self, worker: WorkerControl, unshown: list[str]) -> None:
        key, _ = names.worker_keys(worker.name)
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hset(key, mapping=fields_of(worker, unshown) | {"last_heartbeat": utcformat(datetime.now(UTC))})
            pipeline.expire(key, FORGOTTEN_AFTER_S)
            for run in worker.runs():
                _keep_shown(pipeline, run)
            pipeline.execute()


def fields_of(worker: WorkerControl, unshown: list[str]) -> dict[Any, Any]:
    """What is ours in the hash, as numbers and text; `unshown` is a JSON list of ids. What else runs is in RQ's set of executions."""
    vitals = look_at(worker)
    return {
        **{f"{name}_version": number for name, number in versions().items() if name != "python"},
        "unshown": json.dumps(unshown),
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
