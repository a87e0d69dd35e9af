"""The only door for jobs: validates, writes the ledger first, then hands over to the broker or runs in the caller."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Unpack

from msgspec import Struct
from pydantic import BaseModel

from backend import context, flags
from backend.errors import FieldError, InvalidInput
from backend.flags import Mode
from backend.queues import transitions
from backend.queues.circuit import Circuit
from backend.queues.errors import BrokerUnavailable
from backend.queues.events import duplicated
from backend.queues.finishing import wait_until_finished
from backend.queues.ids import JobIds
from backend.queues.inline import InlineExecutor
from backend.queues.jobs import JobType
from backend.queues.ledger import change, ticket_for
from backend.queues.listening import QueueEvents
from backend.queues.middleware import MiddlewareList
from backend.queues.names import require_queue
from backend.queues.options import JobOptions, OptionFields
from backend.queues.policies import QueuePolicy
from backend.queues.ports import JobFilter, JobPage, Outside
from backend.queues.records import Job, JobState, TimelineEntry
from backend.queues.registry import Registry
from backend.queues.repeat import Repeat
from backend.queues.schedule_book import ScheduleBook
from backend.queues.schedules import Schedule, job_id_for, next_due
from backend.queues.tracing import carried, note_sent, sending
from backend.telemetry.logs import logger

MAX_PAGE = 200
CHUNK = 500
"""So many jobs of a bulk are written at once: others wait for a few hundredths of a second."""
log = logger("queues.service")


@dataclass(frozen=True)
class Submission:
    """One of many jobs for `submit_many`; what the fields mean is said at `submit`."""

    job_type: JobType | str
    payload: BaseModel | Mapping[str, Any]
    subject: str = ""
    requested_by: str = ""
    options: OptionFields = field(default_factory=OptionFields)


class Submitted(Struct, frozen=True):
    """The answer to a submission, of one shape for both ways.

    `mode` `queue`: a worker takes it (`state` waiting or delayed). `mode` `inline`: it ran already (`state` completed with
    `result`, or failed with `error`). What was to run inline while too many do is one of `queue`, and `reason` says so.
    `duplicate`: the id was there, and everything here is the first job's.
    """

    job_id: str
    state: JobState
    mode: Mode
    reason: str
    result: Mapping[str, Any] | None = None
    error: str = ""
    duplicate: bool = False

    @property
    def queued(self) -> bool:
        """Whether the work is still to be done."""
        return self.state not in (JobState.COMPLETED, JobState.FAILED)


class QueueService:
    """Submits jobs and looks them up."""

    def __init__(
        self,
        outside: Outside,
        *,
        circuit: Circuit,
        inline: InlineExecutor,
        registry: Registry,
        policies: Mapping[str, QueuePolicy],
        middleware: MiddlewareList,
        events: QueueEvents,
        schedules: ScheduleBook,
        patience_s: float,
    ) -> None:
        self._ledger = outside.ledger
        self._broker = outside.broker
        self._pauses = outside.pauses
        self._clock = outside.clock
        self._enable_queue = outside.enable_queue
        self._circuit = circuit
        self._inline = inline
        self._registry = registry
        self._policies = policies
        self._ids = JobIds()
        self._usual: dict[str, tuple[JobType, JobOptions]] = {}
        self._middleware = middleware
        self._events = events
        self._schedules = schedules
        self._patience_s = patience_s
        self._tracer = outside.tracer

    def submit(
        self,
        job_type: JobType | str,
        payload: BaseModel | Mapping[str, Any],
        *,
        subject: str = "",
        requested_by: str = "",
        inline: bool = False,
        **options: Unpack[OptionFields],
    ) -> Submitted:
        """Accept one job; once this returns it cannot be lost.

        `subject` is what the job is about (an application's id), `requested_by` a user's id; `inline=True` asks for it now,
        in the caller. `delay` (ms) does not apply to what runs in the caller. With `repeat` nothing runs now: the schedule of
        that key is written, and the answer names the first job that it will make. Raises InvalidInput (payload or options, each
        field named), UnknownJobType, and Unavailable while the ledger is away: then nothing was accepted.
        """
        kind, body, chosen = self._checked(job_type, payload, options)
        if chosen.repeat is not None:
            return self._repeated(kind, body, chosen.repeat, options, subject)
        if not self._tracer.on:  # an empty span is not free where a submission comes alone
            return self._submit(kind, body, chosen, inline=inline, subject=subject, requested_by=requested_by)
        with sending(self._tracer, kind.queue):
            return self._submit(kind, body, chosen, inline=inline, subject=subject, requested_by=requested_by)

    def _submit(
        self, kind: JobType, body: dict[str, Any], chosen: JobOptions, *, inline: bool, subject: str, requested_by: str
    ) -> Submitted:
        paused = kind.queue in self._pauses.paused()
        decision = self._decide(paused=paused, asked_inline=inline)
        job = self._new_job(kind, body, chosen, decision, subject=subject, requested_by=requested_by)
        if self._tracer.on:
            note_sent(job)
        if not self._ledger.add(job):
            return self._first(job.id)
        self._middleware.submitted(job)
        if decision.mode == "inline":
            return self._run_here(job.id, decision.reason)
        if self._handed_over([job], paused=paused) or paused:
            return _answer(job)
        log.info("A job runs in its caller", job_id=job.id, reason=flags.REDIS_AWAY)
        return self._run_here(job.id, flags.REDIS_AWAY)

    def submit_many(self, submissions: Iterable[Submission]) -> Sequence[Submitted]:
        """Accept many jobs in few writes, as Bull's `addBulk`; the answers come in their order. `repeat` is refused.

        All are checked before the first is accepted. What Redis does not take waits for the relay: its caller is not made to
        run thousands of jobs. Raises as `submit`; where the ledger goes away half-way, the first of them are accepted.
        """
        checked = [(each, *self._checked(each.job_type, each.payload, each.options)) for each in submissions]
        if any(chosen.repeat for *_, chosen in checked):
            raise InvalidInput("repeat: submit each recurring job by itself")
        paused = self._pauses.paused()
        queues = {kind.queue for _, kind, _, _ in checked}
        decisions = {queue: flags.decide(enable_queue=self._enable_queue, paused=queue in paused) for queue in queues}
        with sending(self._tracer, "+".join(sorted(queues)), len(checked)):
            jobs = [
                self._new_job(kind, body, chosen, decisions[kind.queue], subject=each.subject, requested_by=each.requested_by, many=True)
                for each, kind, body, chosen in checked
            ]
            answers: list[Submitted] = []
            goes_on = True
            for first in range(0, len(jobs), CHUNK):
                more, goes_on = self._accept(jobs[first : first + CHUNK], ask_redis=goes_on)
                answers += more
            return answers

    def get(self, job_id: str) -> Job:
        """The job with its attempts and timeline; raises NotFound."""
        return self._ledger.get(job_id)

    def finished(self, job_id: str, timeout: float = 30.0) -> Mapping[str, Any] | None:
        """Wait for the job to end, at most `timeout` seconds, and return its result.

        Raises JobFailed with its last error where it failed for good, TimeoutError, and NotFound.
        """
        return wait_until_finished(self._ledger, self._events, job_id, timeout)

    def latest(self, job_type: JobType | str, subject: str) -> Job | None:
        """The newest job of that type about that subject, or None."""
        return self._ledger.latest(job_type if isinstance(job_type, str) else job_type.name, subject)

    def list(
        self,
        *,
        queue: str | None = None,
        job_type: str | None = None,
        state: JobState | str | Iterable[JobState | str] | None = None,
        subject: str | None = None,
        requested_by: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> JobPage:
        """Jobs, newest first; of several states where these are given. Raises NotFound for an unknown queue, ValueError for an
        unknown state."""
        where = JobFilter(
            queue=require_queue(queue) if queue else None,
            type=job_type,
            state=_states(state),
            subject=subject,
            requested_by=requested_by,
        )
        return self._ledger.page(where, cursor=cursor, limit=max(1, min(limit, MAX_PAGE)))

    def _repeated(self, kind: JobType, body: dict[str, Any], repeat: Repeat, given: OptionFields, subject: str) -> Submitted:
        """Write it into the book of recurring jobs, under its own key or the name of its type."""
        if next_due(repeat, self._clock.now()) is None:
            never = FieldError("repeat", "no moment is left at which it fires", "INVALID_OPTION")
            raise InvalidInput("repeat: it never comes", errors=(never,))
        options = JobOptions.merged(given).model_dump(mode="json", exclude_unset=True, exclude={"repeat", "job_id", "delay"})
        key = repeat.key or kind.name
        entry = self._schedules.define(Schedule(key, kind.name, repeat, body, options, subject=subject))
        job_id = job_id_for(key, entry.next_due) if entry.next_due else entry.last_job_id
        return Submitted(job_id, JobState.DELAYED, "queue", f"schedule {key}")

    def _checked(
        self, job_type: JobType | str, payload: BaseModel | Mapping[str, Any], options: OptionFields
    ) -> tuple[JobType, dict[str, Any], JobOptions]:
        kind = self._registry.get(job_type) if isinstance(job_type, str) else job_type
        return kind, kind.body(payload), self._chosen(kind, options)

    def _chosen(self, kind: JobType, given: OptionFields) -> JobOptions:
        """What is given over what the job type says, and this over what its queue says; most give nothing, and get the same."""
        usual = self._usual.get(kind.name)
        if not given and usual is not None and usual[0] is kind:
            return usual[1]
        chosen = JobOptions.merged(self._policies[kind.queue].defaults, kind.options, given)
        self._registry.require_backoff(chosen.backoff)
        if not given:
            self._usual[kind.name] = kind, chosen
        return chosen

    def _accept(self, jobs: Sequence[Job], *, ask_redis: bool) -> tuple[Sequence[Submitted], bool]:
        """Their answers, and whether Redis has what is for it: where it has not, the relay brings that and all that follows."""
        added = self._ledger.add_many(jobs)
        fresh = {job.id: job for job in reversed(jobs) if job.id in added}  # of two with one id the first is the job
        new = [job for job in jobs if fresh.get(job.id) is job]
        for job in new:
            self._middleware.submitted(job)
        queued = [job for job in new if job.mode == "queue"]
        goes_on = not queued or (ask_redis and self._may_ask_redis() and self._handed_over(queued, paused=False))
        return [self._answer_one(job, is_new=fresh.get(job.id) is job) for job in jobs], goes_on

    def _answer_one(self, job: Job, *, is_new: bool) -> Submitted:
        if not is_new:
            return self._first(job.id)
        return _answer(job) if job.mode == "queue" else self._run_here(job.id, job.reason)

    def _first(self, job_id: str) -> Submitted:
        first = self._ledger.get(job_id)
        self._middleware.happened(duplicated(first))
        return _answer(first, duplicate=True)

    def _decide(self, *, paused: bool, asked_inline: bool) -> flags.Decision:
        # A trial call of the half-open circuit is spent only on a job that goes to Redis.
        to_redis = self._enable_queue and not asked_inline and not paused
        return flags.decide(
            enable_queue=self._enable_queue,
            circuit_open=to_redis and not self._may_ask_redis(),
            paused=paused,
            asked_inline=asked_inline,
        )

    def _may_ask_redis(self) -> bool:
        # Whoever runs a job for its caller has waited for Redis already: a trial is for the next caller to wait for.
        if context.has_waited():
            return False
        return self._circuit.state == "closed" if self._inline.runs_here else self._circuit.allows()

    def _new_job(
        self,
        kind: JobType,
        body: dict[str, Any],
        chosen: JobOptions,
        decision: flags.Decision,
        *,
        subject: str,
        requested_by: str,
        many: bool = False,
    ) -> Job:
        now = self._clock.now()
        return Job(
            id=chosen.job_id or self._ids.new(now),
            type=kind.name,
            queue=kind.queue,
            payload=body,
            options=chosen,
            created_at=now,
            due_at=now + timedelta(milliseconds=chosen.delay) if chosen.delay else now,
            state=JobState.DELAYED if chosen.delay else JobState.WAITING,
            mode=decision.mode,
            reason=decision.reason,
            subject=subject,
            requested_by=requested_by,
            request_id=context.request_id() or context.new_request_id(),
            updated_at=now,
            timeline=(TimelineEntry(now, "accepted", decision.reason),),
            traceparent=carried(many=many) if self._tracer.on else "",
        )

    def _run_here(self, job_id: str, reason: str) -> Submitted:
        return _answer(self._inline.run(job_id, reason) or self._deferred(job_id))

    def _deferred(self, job_id: str) -> Job:
        """Too many callers run jobs: it waits in the ledger, for a worker, the relay or the scheduler, whoever comes first."""
        now = self._clock.now()
        reason = flags.too_many(self._inline.limit)
        log.warning("A job was deferred", job_id=job_id, reason=reason)
        return change(self._ledger, job_id, lambda found: transitions.defer(found, reason, now)) or self._ledger.get(job_id)

    def _handed_over(self, jobs: Sequence[Job], *, paused: bool) -> bool:
        """Give the tickets to the broker; False where the broker does not have them, or did not say that it has.

        What runs in the caller after that runs once all the same: a ticket that arrived nevertheless finds it claimed.
        """
        if not self._enable_queue or (paused and not self._may_ask_redis()):
            return False
        tickets = [ticket_for(job) for job in jobs]
        try:
            with context.somebody_waits(self._patience_s):
                self._broker.hand_over(tickets)
        except BrokerUnavailable as error:
            self._circuit.failed(error)
            return False
        self._circuit.succeeded()
        return True


def _states(given: JobState | str | Iterable[JobState | str] | None) -> tuple[JobState, ...] | None:
    names = [given] if isinstance(given, str) else given or ()
    return tuple(dict.fromkeys(JobState(name) for name in names if name)) or None


def _answer(job: Job, *, duplicate: bool = False) -> Submitted:
    return Submitted(job.id, job.state, job.mode, job.reason, job.result, job.error, duplicate)
