"""The one path on which a job runs, inline or in a worker: claim, run inside the middleware, write the outcome."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import Context, copy_context
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from backend.clock import Clock
from backend.errors import Misconfigured, PermanentFailure, Unavailable
from backend.queues import interventions, transitions
from backend.queues.dead_letters import DeadLetters
from backend.queues.errors import JobCancelled, JobCrashed, JobStopped, JobTimedOut, LeaseLost
from backend.queues.events import progress
from backend.queues.isolation import Gate, Isolation, in_place
from backend.queues.jobs import context_of
from backend.queues.leases import LeaseKeeper
from backend.queues.ledger import change
from backend.queues.middleware import MiddlewareList
from backend.queues.ports import Ledger, TimeLimit
from backend.queues.progress import LedgerReporter, never
from backend.queues.records import Job, JobState, Lease
from backend.queues.registry import Registry
from backend.queues.retrying import next_try
from backend.queues.tracing import note_failed
from backend.telemetry.lines import hearing
from backend.telemetry.logs import logger

_NOTHING = nullcontext()
WRITE_WAITS_S = (0.1, 0.5, 1.0)
log = logger("queues.runner")


def no_limit(milliseconds: int) -> AbstractContextManager[None]:
    """A time limit that never ends anything: what runs in the caller relies on the time-outs of the services it calls."""
    del milliseconds
    return _NOTHING


class Outcome(Struct, frozen=True):
    """What a run came to: the transition that writes it, and the context (request id, …) in which its end is to be told."""

    transition: Callable[[Job], Job]
    context: Context


class Runner:
    """Runs accepted jobs; `use` hands it what the job functions may call."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        registry: Registry,
        keeper: LeaseKeeper,
        middleware: MiddlewareList,
        dead_letters: DeadLetters,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ledger = ledger
        self._registry = registry
        self._keeper = keeper
        self._middleware = middleware
        self._dead_letters = dead_letters
        self._clock = clock
        self._sleep = sleep
        self._services: Any = None
        self._isolation: Isolation = in_place
        self._gate = Gate()

    def use(self, services: Any, isolation: Isolation = in_place) -> None:
        """From now on job functions get this object as `services`, and isolated ones run where `isolation` lets them."""
        self._services = services
        self._isolation = isolation
        self._dead_letters.use(services)

    def run(self, job_id: str, *, worker: str, time_limit: TimeLimit = no_limit, inline_reason: str = "") -> Job | None:
        """Run the job once and return it as it then is; None where this run must not begin, or was overtaken.

        A job delivered twice runs once: the claim is a compare-and-set. Raises NotFound, and Unavailable while the
        ledger is away; the job is then where it was, or comes back when its lease has run out.
        """
        lease = self._keeper.new_lease(worker)
        job = change(self._ledger, job_id, lambda found: self.begin(found, lease, self._clock.now(), inline_reason=inline_reason))
        if job is None:
            return None
        if job.finished:
            return self._ended(job)
        with self._middleware.running(job):
            with self._keeper.holding(job_id, lease.token):
                ended = self._write(job_id, self._attempt(job, lease.token, time_limit, never))
            if ended is None:
                return None
            return self._ended(ended)

    def begin(self, found: Job, lease: Lease, now: datetime, *, inline_reason: str = "") -> Job | None:
        """What the first write of a run makes of the job: claimed, or ended where it must not begin any more; None to leave it."""
        over = self._over(found, now) if found.options.ttl or found.cancel_at is not None else None
        return over or transitions.claim(found, lease, now, inline_reason=inline_reason)

    def stands_apart(self, job: Job) -> bool:
        """Whether its next run, or the one that it has, is in a process of its own for once; what always is may end it as it likes."""
        # Asked twice for every job: to count the lost ones among its runs takes longer than to see that there are too few.
        has_runs = len(job.attempts) >= transitions.MAX_LOST_RUNS - 1
        return has_runs and transitions.is_suspect(job) and not self._registry.is_isolated(job.type)

    def perform(self, job: Job, token: str, *, time_limit: TimeLimit, stopping: Callable[[], bool]) -> Outcome:
        """Call the handler of a claimed job, inside the middleware. Whatever the handler raises is an outcome, too.

        Where the lease is over it does not begin, and the job goes back: the process slept since the claim, as a suspended machine
        does, and another worker may have the job by now. So the last look is here, just before the handler.
        """
        with self._middleware.running(job):
            context = copy_context()
            if job.lease is not None and job.lease.until <= self._clock.now():
                return Outcome(self._given_back(token), context)
            try:
                return Outcome(self._attempt(job, token, time_limit, stopping), context)
            except BaseException as error:
                # Such as SystemExit: in a thread of a worker there is no caller whom it could mean.
                log.warning("A job raised what is no error", error=type(error).__name__, job_id=job.id, exc_info=True)
                return Outcome(self.failure(token, error), context)

    def failure(self, token: str, error: BaseException) -> Callable[[Job], Job]:
        """The transition of a run that ended with this error."""
        now = self._clock.now()
        return lambda found: self._after_failure(found, token, error, now)

    def tell_end(self, job: Job, context: Context | None = None) -> None:
        """Tell the middleware of an end that is written; in the context of its run where that is given."""
        if context is None:
            self._middleware.ended(job)
        else:
            context.run(self._middleware.ended, job)

    def report(self, job: Job) -> None:
        """Call `on_dead` where the job has just failed for good; never raises."""
        if job.state is JobState.FAILED:
            self._dead_letters.report(job)

    def give_back(self, job_id: str, token: str) -> Job | None:
        """Put a job back that this process cannot finish; None where the run has ended meanwhile."""
        try:
            return change(self._ledger, job_id, lambda job: transitions.give_back(job, token, self._clock.now()))
        except LeaseLost:
            return None

    def _over(self, job: Job, now: datetime) -> Job | None:
        """The end of a job that must not begin any more: it has waited too long, or was cancelled before it came back."""
        listens = self._dead_letters.listens(job.type)
        return interventions.end_cancelled(job, now, on_dead=listens) or transitions.expire(job, now, on_dead=listens)

    def _ended(self, job: Job) -> Job:
        self.tell_end(job)
        self.report(job)
        return job

    def _attempt(self, job: Job, token: str, time_limit: TimeLimit, stopping: Callable[[], bool]) -> Callable[[Job], Job]:
        """Call the handler; the answer is the transition that its outcome asks for, and that writes what the handler has logged."""
        reporter = LedgerReporter(ledger=self._ledger, job=job, token=token, tell=self._tell_progress, stopping=stopping)
        try:
            result = self._call(job, time_limit, reporter)
        except (Exception, JobTimedOut, JobCancelled) as error:
            if isinstance(error, (JobTimedOut, JobStopped)) and time_limit is no_limit:
                # It is the end of the job around this one, which submitted it and runs it here: this one may run again.
                self.give_back(job.id, token)
                raise
            return reporter.written_by(self._after(job, token, error))
        return reporter.written_by(self._completed(token, result))

    def _completed(self, token: str, result: dict[str, Any] | None) -> Callable[[Job], Job]:
        now = self._clock.now()  # when it ended, however long the write has to wait for the ledger
        return lambda found: transitions.complete(found, token, result, now)

    def _after(self, job: Job, token: str, error: BaseException) -> Callable[[Job], Job]:
        """What a handler's exception asks for."""
        if isinstance(error, JobStopped):
            return self._given_back(token)
        if isinstance(error, JobCrashed) and self.stands_apart(job):
            return self._lost_alone(job, token, error)
        # Every failure ends in the ledger; what is not retryable is decided by the error's class.
        note_failed(error)
        log.info("Attempt failed", error=type(error).__name__, exc_info=_unexpected(error))
        return self.failure(token, error)

    def _given_back(self, token: str) -> Callable[[Job], Job]:
        now = self._clock.now()
        return lambda found: transitions.give_back(found, token, now)

    def _lost_alone(self, job: Job, token: str, error: JobCrashed) -> Callable[[Job], Job]:
        now, listens = self._clock.now(), self._dead_letters.listens(job.type)
        log.warning("A suspect job ended the process in which it ran alone", job_id=job.id, detail=str(error))
        return lambda found: transitions.lose_alone(found, token, str(error), now, on_dead=listens)

    def _call(self, job: Job, time_limit: TimeLimit, reporter: LedgerReporter) -> dict[str, Any] | None:
        job_type = self._registry.get(job.type)
        if self._services is None:
            raise Misconfigured("The runner has no services: call use(services) before the first job")
        heard_before = hearing.set(reporter.hear)
        try:
            payload = job_type.read(job.payload)
            context = context_of(job, reporter)
            if job_type.isolated:
                with time_limit(job.options.timeout):
                    result = self._isolation(job_type, job, payload, self._services, context)
            elif self.stands_apart(job):
                # Those beside it are not to be lost once more for its sake.
                with self._gate.passing(context), time_limit(job.options.timeout):
                    result = self._isolation(job_type, job, payload, self._services, context)
            else:
                with time_limit(job.options.timeout):
                    result = job_type.handler(payload, self._services, context)
            return None if result is None else _plain_json(result, job.type)
        finally:
            hearing.reset(heard_before)

    def _tell_progress(self, job: Job, value: Any) -> None:
        self._middleware.happened(progress(job, value, self._clock.now()))

    def _after_failure(self, job: Job, token: str, error: BaseException, now: datetime) -> Job:
        again = next_try(job, error, self._registry.strategies)
        if again is None:
            return transitions.fail(job, token, error, now, on_dead=self._dead_letters.listens(job.type))
        return transitions.retry(job, token, error, now + timedelta(milliseconds=again.wait_ms), now)

    def _write(self, job_id: str, transition: Callable[[Job], Job]) -> Job | None:
        """Write the outcome; a ledger that is away for a moment is waited for, as the work is done already."""
        for wait in (*WRITE_WAITS_S, None):
            try:
                return change(self._ledger, job_id, transition)
            except LeaseLost:
                log.warning("The outcome was dropped: another run holds the job")
                return None
            except Unavailable:
                if wait is None:
                    raise
                self._sleep(wait)
        raise AssertionError  # pragma: no cover - the loop returns or raises


def _plain_json(result: Mapping[str, Any], job_type: str) -> dict[str, Any]:
    try:
        plain = json.loads(json.dumps(result, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise PermanentFailure(f"{job_type} returned what is not plain JSON: {error}") from error
    if not isinstance(plain, dict):
        raise PermanentFailure(f"{job_type} returned a {type(result).__name__}: return a dict or None")
    return plain


def _unexpected(error: BaseException) -> bool:
    """An accident is logged with its trace; an error that was raised on purpose explains itself."""
    return not hasattr(error, "retryable") and not isinstance(error, (JobTimedOut, JobCancelled))
