"""The state machine of a job: pure functions from one `Job` to the next, each a single write to the ledger."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from backend.clock import to_iso
from backend.errors import Conflict
from backend.flags import Mode
from backend.queues.errors import JobCancelled, JobExpired, JobTimedOut, LeaseLost, LostWorker
from backend.queues.records import ACTIVE, COMPLETED, DELAYED, FAILED, PENDING, WAITING, Attempt, Job, Lease, TimelineEntry
from backend.queues.traces import own_trace

MAX_LOST_RUNS = 3  # the third worker that a job takes with it is the last
ON_DEAD_LEASE = timedelta(seconds=60)
ON_DEAD_WAIT = timedelta(seconds=30)
ON_DEAD_LONGEST_WAIT = timedelta(minutes=10)
MESSAGE_LIMIT = 2_000
FELL_DUE, WITH_ITS_RUN = "fellDue", "with its run"


def claim(job: Job, lease: Lease, now: datetime, *, inline_reason: str = "") -> Job | None:
    """Begin a run, or None where it must not begin: it runs, it has ended, it is not due, or has waited too long.

    An inline run does not wait for a delay: its caller is waiting for it. Whatever waits may run, also where the clock of its
    producer goes ahead of this one.
    """
    if job.state not in PENDING or (job.options.ttl and has_expired(job, now)):
        return None
    if job.state is DELAYED:
        if job.due_at > now and not inline_reason:
            return None
        job = fall_due(job, now, WITH_ITS_RUN) or job
    number = job.failures + 1 if job.attempts else 1
    mode: Mode = "inline" if inline_reason else job.mode
    return replace(
        job,
        state=ACTIVE,
        mode=mode,
        reason=inline_reason or job.reason,
        lease=lease,
        attempts=(*job.attempts, Attempt(number, lease.worker, now)),
        timeline=(*job.timeline, TimelineEntry(now, "started", f"attempt {number} of {job.options.attempts} by {lease.worker}")),
        updated_at=now,
    )


def has_expired(job: Job, now: datetime) -> bool:
    """Whether the job has waited longer for its first run than its `ttl` allows."""
    expires_at = job.expires_at
    return expires_at is not None and expires_at <= now


def expire(job: Job, now: datetime, *, on_dead: bool) -> Job | None:
    """The job has waited too long and fails without a run; None where it has not."""
    if not has_expired(job, now):
        return None
    return bury(job, JobExpired(f"expired: no worker took the job within {job.options.ttl} ms"), now, on_dead=on_dead)


def fell_due_with_its_run(job: Job) -> bool:
    """Whether the claim that made this job found it still delayed: nobody was told yet that it stood in line."""
    before = job.timeline[-2] if len(job.timeline) > 1 else None
    return job.state is ACTIVE and before is not None and (before.event, before.detail) == (FELL_DUE, WITH_ITS_RUN)


def fall_due(job: Job, now: datetime, detail: str = "") -> Job | None:
    """A delayed job stands in line now; None where it is not delayed, or not due."""
    if job.state is not DELAYED or job.due_at > now:
        return None
    return job.noted(now, FELL_DUE, detail, state=WAITING)


def defer(job: Job, reason: str, now: datetime) -> Job | None:
    """It was to run in its caller and has to wait instead; None where it runs or has ended already."""
    return job.noted(now, "deferred", reason, mode="queue", reason=reason) if job.state in PENDING else None


def complete(job: Job, token: str, result: Mapping[str, Any] | None, now: datetime) -> Job:
    """The run succeeded; an error of an earlier attempt stays in `attempts` only. Raises LeaseLost."""
    _require_lease(job, token)
    return replace(
        job,
        state=COMPLETED,
        lease=None,
        attempts=_ended(job, now, "completed"),
        timeline=(*job.timeline, TimelineEntry(now, "completed")),
        updated_at=now,
        finished_at=now,
        progress=_full(job),
        result=result,
        error="",
        error_class="",
    )


def retry(job: Job, token: str, error: BaseException, due_at: datetime, now: datetime) -> Job:
    """The run failed and is tried again at `due_at`. Raises LeaseLost."""
    _require_lease(job, token)
    ended = _end_attempt(job, now, _outcome(error), error)
    state = DELAYED if due_at > now else WAITING
    return ended.noted(now, "retried", f"due {to_iso(due_at)}", state=state, due_at=due_at, **_error_fields(error))


def fail(job: Job, token: str, error: BaseException, now: datetime, *, on_dead: bool) -> Job:
    """The run failed for good; `on_dead` says whether somebody has to be told. Raises LeaseLost."""
    _require_lease(job, token)
    return bury(_end_attempt(job, now, _outcome(error), error), error, now, on_dead=on_dead)


def lose(job: Job, now: datetime, *, on_dead: bool) -> Job | None:
    """The lease ran out: back into the line, or dead after `MAX_LOST_RUNS`; None where the lease still holds."""
    if job.state is not ACTIVE or job.lease is None or job.lease.until > now:
        return None
    return _lost(job, job.lease, now, on_dead=on_dead)


def lose_alone(job: Job, token: str, how: str, now: datetime, *, on_dead: bool) -> Job:
    """The run is lost and no worker with it: it had a process of its own, of which `how` says how it ended. Raises LeaseLost."""
    return _lost(job, _require_lease(job, token), now, on_dead=on_dead, how=f" ({how})")


def is_suspect(job: Job) -> bool:
    """Whether the job has taken so many workers with it, or was beside the one that did, that one more makes it a dead letter."""
    return job.lost_runs == MAX_LOST_RUNS - 1


def _lost(job: Job, lease: Lease, now: datetime, *, on_dead: bool, how: str = "") -> Job:
    worker = lease.worker
    held = now - (job.processed_at or now)
    error = LostWorker(f"lost worker: {worker} held the job for {held.total_seconds():.0f} s{how}")
    ended = _end_attempt(job, now, "lost", error)
    if job.cancel_at is not None:
        return bury(ended, JobCancelled(job.cancel_by), now, on_dead=on_dead)
    if ended.lost_runs >= MAX_LOST_RUNS:
        return bury(ended, error, now, on_dead=on_dead)
    return ended.noted(now, "lost", worker, state=WAITING, due_at=now)


def give_back(job: Job, token: str, now: datetime) -> Job:
    """The worker stops before the run has ended: back into the line; not counted as a failure. Raises LeaseLost."""
    _require_lease(job, token)
    return _end_attempt(job, now, "stopped").noted(now, "handedBack", state=WAITING, due_at=now)


def begin_on_dead(job: Job, now: datetime) -> Job | None:
    """Reserve the call of `on_dead` for one caller; None where it was made, or another is making it."""
    if job.on_dead != "pending" or (job.on_dead_due is not None and job.on_dead_due > now):
        return None
    return replace(job, on_dead_due=now + ON_DEAD_LEASE, on_dead_tries=job.on_dead_tries + 1, updated_at=now)


def end_on_dead(job: Job, now: datetime, error: BaseException | None = None) -> Job:
    """`on_dead` was called; where it failed itself it stays due, at growing intervals."""
    if error is None:
        return job.noted(now, "reported", on_dead="done", on_dead_due=None)
    wait = min(ON_DEAD_WAIT * job.on_dead_tries, ON_DEAD_LONGEST_WAIT)
    return job.noted(now, "reportFailed", type(error).__name__, on_dead_due=now + wait)


def bury(job: Job, error: BaseException, now: datetime, *, on_dead: bool) -> Job:
    """The job is dead; `on_dead` says whether somebody has to be told."""
    return job.noted(
        now,
        "failed",
        type(error).__name__,
        state=FAILED,
        finished_at=now,
        on_dead="pending" if on_dead else "none",
        on_dead_due=None,
        **_error_fields(error),
    )


def _require_lease(job: Job, token: str) -> Lease:
    if job.state is not ACTIVE or job.lease is None or job.lease.token != token:
        raise LeaseLost(f"Job {job.id} is not held by this run any more")
    return job.lease


def _end_attempt(job: Job, now: datetime, outcome: str, error: BaseException | None = None) -> Job:
    return replace(job, attempts=_ended(job, now, outcome, error), lease=None)


def _ended(job: Job, now: datetime, outcome: str, error: BaseException | None = None) -> tuple[Attempt, ...]:
    """The attempts with the last one ended."""
    if not job.attempts:
        raise Conflict(f"Job {job.id} has no run to end")
    *before, running = job.attempts
    if error is None:
        return (*before, replace(running, ended_at=now, outcome=outcome))
    trace = "" if error.__traceback__ is None else own_trace(error)
    message = str(error)[:MESSAGE_LIMIT]
    last = replace(running, ended_at=now, outcome=outcome, error=type(error).__name__, message=message, trace=trace)
    return _with_newest_traces((*before, last), job.options.stack_trace_limit)


def _with_newest_traces(attempts: tuple[Attempt, ...], limit: int) -> tuple[Attempt, ...]:
    """Forget all traces but the newest `limit`; 0 keeps all, as in Bull."""
    traced = [index for index, attempt in enumerate(attempts) if attempt.trace]
    old = set(traced[:-limit]) if limit else set()
    if not old:
        return attempts
    return tuple(replace(attempt, trace="") if index in old else attempt for index, attempt in enumerate(attempts))


def _outcome(error: BaseException) -> str:
    if isinstance(error, JobCancelled):
        return "cancelled"
    return "timedOut" if isinstance(error, JobTimedOut) else "failed"


def _error_fields(error: BaseException) -> dict[str, str]:
    return {"error": str(error)[:MESSAGE_LIMIT] or type(error).__name__, "error_class": type(error).__name__}


def _full(job: Job) -> Any:
    return 100 if isinstance(job.progress, (int, float)) else job.progress
