"""Shows this worker and what it runs to RQ's own tools: `rq info` and rq-dashboard."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker, WorkerStatus

from backend.queues.ports import Delivery
from backend.queues.records import JobState
from backend.telemetry.logs import logger

WORKER_TTL_S = 60
log = logger("worker.presence")


class Presence(SimpleWorker):
    """RQ's simple worker without its loop: birth, heartbeats, the running execution, death.

    RQ's loop ends on a Redis outage, and its signal handler can lose the job that arrives in that moment.
    """

    def __init__(self, name: str, queues: Sequence[str], connection: Redis) -> None:
        super().__init__(list(queues), name=name, connection=connection, serializer=JSONSerializer, worker_ttl=WORKER_TTL_S)
        self._running: tuple[Job, Execution] | None = None

    def _set_connection(self, connection: Redis) -> Redis:
        """Keep the connection's own time-outs: RQ would stretch them to minutes."""
        return connection

    def beat(self) -> bool:
        """Say that this worker lives, and what it runs; registers it again where Redis has forgotten it, and says so."""
        unknown = not self.connection.exists(self.key)
        if unknown:
            self.register_birth()  # type: ignore[no-untyped-call]
        running = self._running
        if running is None:
            self.heartbeat()
        else:
            self.maintain_heartbeats(*running)
        return unknown

    @contextmanager
    def showing(self, delivery: Delivery) -> Iterator[list[JobState]]:
        """Show the job as running for the length of a `with` block; the block appends the state that it ended in.

        What cannot be shown is not: a Redis that is away must not keep a job from running.
        """
        states: list[JobState] = []
        try:
            self._running = self._start(delivery)
        except (RedisError, NoSuchJobError) as error:
            log.debug("A running job cannot be shown", job_id=delivery.job_id, error=str(error))
        try:
            yield states
        finally:
            self._end(states)

    def _start(self, delivery: Delivery) -> tuple[Job, Execution]:
        job = Job.fetch(delivery.job_id, connection=self.connection, serializer=JSONSerializer)
        execution = self.prepare_execution(job)
        self.prepare_job_execution(job)
        return job, execution

    def _end(self, states: list[JobState]) -> None:
        running, self._running = self._running, None
        self.executions.clear()
        if running is None:
            return
        try:
            with self.connection.pipeline() as pipeline:
                self.cleanup_execution(running[0], pipeline=pipeline, execution=running[1])
                self.set_state(WorkerStatus.IDLE, pipeline=pipeline)
                if JobState.COMPLETED in states:
                    self.increment_successful_job_count(pipeline=pipeline)
                elif states:
                    self.increment_failed_job_count(pipeline=pipeline)
                pipeline.execute()
        except RedisError as error:
            log.debug("The end of a job cannot be shown", error=str(error))
