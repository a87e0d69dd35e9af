"""Jobs that failed for good: tells their job type once, and keeps telling until it was heard."""

from typing import Any

from backend.clock import Clock
from backend.errors import NotFound, Unavailable
from backend.queues import transitions
from backend.queues.errors import JobFailed, LostWorker, UnknownJobType
from backend.queues.jobs import OnDeadHandler, context_of
from backend.queues.ledger import change
from backend.queues.ports import JobFilter, JobPage, Ledger
from backend.queues.records import Job, JobState
from backend.queues.registry import Registry
from backend.telemetry.logs import logger

log = logger("queues.dead_letters")


class DeadLetters:
    """Calls `on_dead`. The ledger says that the call is due, reserves it for one caller, and notes that it was made."""

    def __init__(self, ledger: Ledger, registry: Registry, clock: Clock) -> None:
        self._ledger = ledger
        self._registry = registry
        self._clock = clock
        self._services: Any = None

    def use(self, services: Any) -> None:
        """From now on `on_dead` gets this object as `services`."""
        self._services = services

    def listens(self, job_type: str) -> bool:
        """Whether somebody has to be told when a job of this type dies."""
        return self._handler(job_type) is not None

    def list(self, *, queue: str | None = None, cursor: str | None = None, limit: int = 50) -> JobPage:
        """The dead letters, newest first: jobs with their attempts, their last error and its class."""
        return self._ledger.page(JobFilter(queue=queue, state=JobState.FAILED), cursor=cursor, limit=limit)

    def report(self, job: Job) -> bool:
        """Call `on_dead` where it is due; True once it went well. Never raises: what fails here is tried again later."""
        handler = self._handler(job.type)
        if handler is None or job.on_dead != "pending" or self._services is None:
            return False
        try:
            reserved = change(self._ledger, job.id, lambda found: transitions.begin_on_dead(found, self._clock.now()))
            if reserved is None:
                return False
            failure = self._call(handler, reserved)
            change(self._ledger, job.id, lambda found: transitions.end_on_dead(found, self._clock.now(), failure))
        except Unavailable as error:
            log.warning("A dead letter could not be reported: the ledger is away", job_id=job.id, error=str(error))
            return False
        except NotFound:
            log.warning("A dead letter was removed before it could be reported", job_id=job.id)
            return False
        return failure is None

    def report_due(self, limit: int = 100) -> int:
        """Report what is due, such as the jobs of a worker that died meanwhile; returns how many went well."""
        return sum(self.report(job) for job in self._ledger.unreported(self._clock.now(), limit))

    def _call(self, handler: OnDeadHandler, job: Job) -> Exception | None:
        try:
            payload = self._registry.get(job.type).read(job.payload)
            handler(payload, self._services, context_of(job), _error_of(job))
        except Exception as error:
            # It stays due in the ledger; whatever went wrong must not hide the failure of the job itself.
            log.exception("on_dead failed and will be tried again", job_id=job.id, job_type=job.type, tries=job.on_dead_tries)
            return error
        return None

    def _handler(self, job_type: str) -> OnDeadHandler | None:
        try:
            return self._registry.get(job_type).on_dead
        except UnknownJobType:
            return None


def _error_of(job: Job) -> Exception:
    """The last failure, as the ledger has it: the exception may have been raised in a process that is gone."""
    return LostWorker(job.error) if job.error_class == LostWorker.__name__ else JobFailed(job.error)
