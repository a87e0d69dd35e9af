"""Obeys what RQ's own commands and `gacp worker` tell this worker over Redis' publish and subscribe."""

import json
import threading
from collections.abc import Mapping
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq.command import PUBSUB_CHANNEL_TEMPLATE

from backend.adapters.rq.worker.cancelling import stop_run
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.seams import Run, WorkerControl
from backend.errors import GacpError
from backend.queues.errors import JobCancelled
from backend.queues.job_control import JobControl
from backend.telemetry.logs import logger

BY = "rq"
"""In whose name a job is stopped; RQ's commands do not say who sent them."""
LISTEN_S = 1.0
AWAY_S = 1.0
log = logger("worker.commands")


class Commands:
    """A duty of the pulse, though it listens in a thread of its own, which also outlives an absent Redis."""

    every_s = 60.0

    def __init__(self, redis: Redis, limits: Limits, control: JobControl) -> None:
        self._redis = redis
        self._limits = limits
        self._control = control
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, worker: WorkerControl) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, args=(worker,), name="worker-commands", daemon=True)
            self._thread.start()

    def say_goodbye(self) -> None:
        """Listen no more."""
        self._over.set()

    def obey(self, worker: WorkerControl, command: Mapping[str, Any]) -> None:
        """Do what one command says; what it cannot mean here is said in the log."""
        match command.get("command"):
            case "stop-job":
                self._stop(worker, [run for run in worker.runs() if run.job.id == command.get("job_id")], command)
            case "stop-execution":
                self._stop(worker, [run for run in worker.runs() if run.delivery.run == command.get("execution_id")], command)
            case "shutdown":
                log.info("The worker was told to stop", now=bool(command.get("now")))
                worker.dismiss(0.0 if command.get("now") else None)
            case "pause":
                log.info("The worker was told to take nothing more")
                worker.pause()
            case "resume":
                log.info("The worker was told to go on")
                worker.resume()
            case "kill-horse":
                log.info("There is no horse to kill: jobs run in threads here. Stop a job with stop-job")
            case other:
                log.warning("A command is not known here", command=str(other)[:100])

    def _stop(self, worker: WorkerControl, runs: list[Run], command: Mapping[str, Any]) -> None:
        for run in runs:
            self._cancel(run)
            told = stop_run(worker, self._limits, run, JobCancelled(BY))
            log.info("A job is stopped on command", job_id=run.job.id, told=told)
        if not runs:
            log.warning("A command is about a job that does not run here", job_id=str(command.get("job_id"))[:100])

    def _cancel(self, run: Run) -> None:
        """Write it down too: a run that cannot be stopped now is ended by the watch over cancelled jobs, and never run again."""
        try:
            self._control.cancel(run.job.id, by=BY)
        except GacpError as error:
            log.warning("A job that is stopped could not be marked as cancelled", job_id=run.job.id, error=str(error))

    def _loop(self, worker: WorkerControl) -> None:
        while not self._over.is_set():
            try:
                self._listen(worker)
            except (RedisError, OSError, ValueError) as error:  # a connection that the end of the process closes raises the latter
                log.debug("Commands cannot be heard", error=str(error))
                self._over.wait(AWAY_S)

    def _listen(self, worker: WorkerControl) -> None:
        with self._redis.pubsub(ignore_subscribe_messages=True) as channel:  # type: ignore[no-untyped-call]
            channel.subscribe(PUBSUB_CHANNEL_TEMPLATE % worker.name)
            while not self._over.is_set():
                message = channel.get_message(timeout=LISTEN_S)
                if message is not None:
                    self._hear(worker, message["data"])

    def _hear(self, worker: WorkerControl, text: bytes) -> None:
        try:
            command = json.loads(text)
            self.obey(worker, command if isinstance(command, dict) else {})
        except ValueError:
            log.warning("A command is not JSON")
        except Exception:
            # Whoever may publish may send nonsense; the next command counts nevertheless.
            log.exception("A command could not be obeyed")
