"""What the hour brings: delayed jobs fall due, jobs that waited too long expire, pauses end."""

from backend.errors import Unavailable
from backend.queues import transitions
from backend.queues.dead_letters import DeadLetters
from backend.queues.events import resumed, waiting
from backend.queues.ledger import change
from backend.queues.middleware import MiddlewareList
from backend.queues.ports import Outside
from backend.queues.records import Job
from backend.telemetry.logs import logger

log = logger("queues.timers")


class Timers:
    """Every step is safe to repeat, and from several processes."""

    def __init__(self, outside: Outside, *, dead_letters: DeadLetters, middleware: MiddlewareList) -> None:
        self._ledger = outside.ledger
        self._broker = outside.broker
        self._pauses = outside.pauses
        self._clock = outside.clock
        self._dead_letters = dead_letters
        self._middleware = middleware

    def fall_due(self) -> int:
        """Count what is due as waiting, also while Redis, which puts it into line, is away; returns how many."""
        now = self._clock.now()
        due = [change(self._ledger, job.id, lambda found: transitions.fall_due(found, now)) for job in self._ledger.due(now)]
        fallen = [job for job in due if job is not None]
        for job in fallen:
            self._middleware.happened(waiting(job))
        return len(fallen)

    def expire(self) -> int:
        """End the jobs that no worker took within their `ttl`; returns how many. They fail, and who listens is told."""
        ended = [job for job in map(self._expire, self._ledger.expired(self._clock.now())) if job is not None]
        for job in ended:
            log.warning("A job waited too long", job_id=job.id, queue_name=job.queue, ttl_ms=job.options.ttl)
            self._forget(job)
            self._middleware.ended(job)
            self._dead_letters.report(job)
        return len(ended)

    def end_pauses(self) -> int:
        """Resume the queues whose pause was for a time that is over; returns how many."""
        now = self._clock.now()
        over = [pause.queue for pause in self._pauses.list() if pause.until is not None and pause.until <= now]
        self._pauses.resume(over)
        for queue in over:
            log.info("A pause has ended by itself", queue_name=queue)
            self._middleware.happened(resumed(queue, now, by="timer"))
        return len(over)

    def _expire(self, job: Job) -> Job | None:
        listens = self._dead_letters.listens(job.type)
        return change(self._ledger, job.id, lambda found: transitions.expire(found, self._clock.now(), on_dead=listens))

    def _forget(self, job: Job) -> None:
        try:
            self._broker.forget(job.queue, [job.id])
        except Unavailable as error:
            log.debug("Redis keeps an expired job until a worker takes it, and finds it ended", job_id=job.id, error=str(error))
