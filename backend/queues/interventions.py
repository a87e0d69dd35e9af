"""What a person may do to one job, as pure functions from one `Job` to the next; the state machine itself is `transitions`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from backend.errors import Conflict
from backend.queues.errors import JobCancelled
from backend.queues.records import PENDING, Dropped, Job, JobState
from backend.queues.transitions import bury


def retry_by_hand(job: Job, now: datetime, *, fresh: bool, by: str, replay: str = "") -> Job:
    """A failed job stands in line again, at its own priority, for one more attempt, or with `fresh` for all of them anew.

    `replay` is the wave of the replay that it belongs to. One that was discarded is so no more.

    Raises Conflict where it has not failed; it is left as it was then.
    """
    if job.state is not JobState.FAILED:
        raise Conflict(f"Job {job.id} is {job.state.value}: it has been retried already, or has not failed")
    return job.noted(
        now,
        "retriedByHand",
        by,
        state=JobState.WAITING,
        due_at=now,
        retried_at=now,
        counted_from=len(job.attempts) if fresh else job.counted_from,
        finished_at=None,
        error="",
        error_class="",
        progress=0,
        on_dead="none",
        on_dead_due=None,
        on_dead_tries=0,
        discarded=False,
        cancel_by="",
        cancel_at=None,
        dropped=None,
        replay=replay,
    )


def edit_dead(job: Job, payload: Mapping[str, Any], now: datetime, *, by: str) -> Job:
    """A job that gave up carries other data, for its next run. Raises Conflict where it has not failed."""
    _require_failed(job)
    return job.noted(now, "dataUpdated", by, payload=payload)


def drop(job: Job, now: datetime, *, by: str, reason: str) -> Job | None:
    """A job that gave up is discarded from the dead letters; None where it is already. Raises Conflict where it has not failed."""
    _require_failed(job)
    return None if job.dropped else job.noted(now, "dropped", reason or by, dropped=Dropped(now, by, reason))


def restore(job: Job, now: datetime, *, by: str) -> Job | None:
    """What was discarded is a dead letter again; None where it is one. Raises Conflict where the job has not failed."""
    _require_failed(job)
    return job.noted(now, "restored", by, dropped=None) if job.dropped else None


def promote(job: Job, now: datetime, *, by: str) -> Job:
    """A delayed job stands in line now. Raises Conflict where it is not delayed."""
    if job.state is not JobState.DELAYED:
        raise Conflict(f"Job {job.id} is not in a delayed state: it is {job.state.value}")
    return job.noted(now, "promoted", by, state=JobState.WAITING, due_at=now)


def discard(job: Job, now: datetime, *, by: str) -> Job:
    """The job is not tried again after its next failure. Raises Conflict where it has finished."""
    _require_unfinished(job)
    return job.noted(now, "discarded", by, discarded=True)


def update_data(job: Job, payload: Mapping[str, Any], now: datetime, *, by: str) -> Job:
    """The job carries other data from its next attempt on. Raises Conflict where it has finished."""
    _require_unfinished(job)
    return job.noted(now, "dataUpdated", by, payload=payload)


def cancel(job: Job, now: datetime, *, by: str, on_dead: bool) -> Job:
    """What has not begun fails at once; what runs is asked to stop. Raises Conflict where it has finished."""
    _require_unfinished(job)
    if job.state in PENDING:
        return bury(job.noted(now, "cancelled", by), JobCancelled(by), now, on_dead=on_dead)
    return job if job.cancel_at else job.noted(now, "cancelRequested", by, cancel_by=by, cancel_at=now)


def end_cancelled(job: Job, now: datetime, *, on_dead: bool) -> Job | None:
    """A job whose run was asked to stop, and was lost or handed back before it did, is not run again; None for any other."""
    if job.cancel_at is None or job.state not in PENDING:
        return None
    return bury(job, JobCancelled(job.cancel_by), now, on_dead=on_dead)


def with_progress(job: Job, value: Any, now: datetime) -> Job:
    """Another progress, set from outside of the run."""
    return replace(job, progress=value, updated_at=now)


def _require_failed(job: Job) -> None:
    if job.state is not JobState.FAILED:
        raise Conflict(f"Job {job.id} is {job.state.value}: it is no dead letter, or no longer one")


def _require_unfinished(job: Job) -> None:
    if job.finished:
        raise Conflict(f"Job {job.id} is {job.state.value} already")
