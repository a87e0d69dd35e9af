"""Recurring jobs: what somebody defined, how it stands, and when it is next due."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from backend.clock import from_millis, to_iso, to_millis
from backend.queues.repeat import Repeat

Overlap = Literal["skip", "allow"]
CatchUp = Literal["once", "skip"]
Origin = Literal["code", "submitted"]
LATE = timedelta(minutes=1)
"""A tick that is later than this was missed, and not merely waited for by a busy scheduler."""
_STEP = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Schedule:
    """One recurring job as it was defined; the key is its name, for people and in the ids of its jobs.

    `overlap` says what to do while the job before has not ended. `catch_up` says what becomes of ticks that were missed while
    no scheduler ran: together they fire once, or not at all. `options` are those of `OptionFields`; `subject` is what its jobs
    are about, the key where it is empty.
    """

    key: str
    job_type: str
    repeat: Repeat
    payload: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    subject: str = ""
    overlap: Overlap = "skip"
    catch_up: CatchUp = "once"


@dataclass(frozen=True)
class Entry:
    """A schedule as the book keeps it. `next_due` None: it is over; `version` is the book's, 0 before it was added."""

    schedule: Schedule
    origin: Origin
    next_due: datetime | None
    enabled: bool = True
    fired: int = 0
    skipped: int = 0
    last_due: datetime | None = None
    last_job_id: str = ""
    note: str = ""
    version: int = 0

    @property
    def key(self) -> str:
        return self.schedule.key

    def to_json(self) -> dict[str, Any]:
        repeat = self.schedule.repeat
        return {
            "key": self.key,
            "jobType": self.schedule.job_type,
            "repeat": repeat.to_bull(),
            "payload": dict(self.schedule.payload),
            "overlap": self.schedule.overlap,
            "catchUp": self.schedule.catch_up,
            "origin": self.origin,
            "enabled": self.enabled,
            "next": to_iso(self.next_due) if self.next_due and self.enabled else None,
            "last": to_iso(self.last_due) if self.last_due else None,
            "lastJobId": self.last_job_id or None,
            "fired": self.fired,
            "skipped": self.skipped,
            "note": self.note or None,
        }


def next_due(repeat: Repeat, after: datetime, *, fired: int = 0) -> datetime | None:
    """The first moment later than `after` at which it fires, or None where there is none any more."""
    if repeat.limit is not None and fired >= repeat.limit:
        return None
    start = after if repeat.start_date is None else max(after, repeat.start_date - _STEP)
    due = _next_every(repeat.every, start) if repeat.every else _next_cron(repeat, start)
    return None if due is None or (repeat.end_date and due > repeat.end_date) else due


def job_id_for(key: str, due: datetime) -> str:
    """The same for everybody, so that no firing makes two jobs."""
    return f"{key}-{to_millis(due)}"


def define(schedule: Schedule, origin: Origin, now: datetime, before: Entry | None = None) -> Entry:
    """The entry for a new definition. What stays the same keeps its next moment, what repeats otherwise starts afresh."""
    if before is None:
        return Entry(schedule, origin, next_due(schedule.repeat, now))
    if before.schedule.repeat == schedule.repeat:
        return replace(before, schedule=schedule, origin=origin)
    return replace(before, schedule=schedule, origin=origin, fired=0, next_due=next_due(schedule.repeat, now))


def fire(entry: Entry, job_id: str, now: datetime) -> Entry:
    """It has fired for its moment; whatever was missed since is done with."""
    fired = entry.fired + 1
    following = next_due(entry.schedule.repeat, now, fired=fired)
    return replace(entry, fired=fired, last_due=entry.next_due, last_job_id=job_id, next_due=following, note="")


def skip(entry: Entry, why: str, now: datetime) -> Entry:
    """Its moment passes without a job."""
    following = next_due(entry.schedule.repeat, now, fired=entry.fired)
    return replace(entry, skipped=entry.skipped + 1, next_due=following, note=why)


def enable(entry: Entry, now: datetime) -> Entry:
    """Fire again from the next moment on; what passed meanwhile was not missed."""
    if entry.enabled:
        return entry
    return replace(entry, enabled=True, next_due=next_due(entry.schedule.repeat, now, fired=entry.fired))


def disable(entry: Entry) -> Entry:
    return replace(entry, enabled=False)


def _next_every(milliseconds: int, start: datetime) -> datetime:
    # Counted from 1970 and not from now, as in Bull: two schedulers, and one that was restarted, agree.
    return from_millis((to_millis(start) // milliseconds + 1) * milliseconds)


def _next_cron(repeat: Repeat, start: datetime) -> datetime | None:
    from croniter import CroniterBadDateError, croniter  # noqa: PLC0415 - a megabyte that only the scheduler needs

    try:
        due: datetime = croniter(repeat.cron, start.astimezone(ZoneInfo(repeat.tz))).get_next(datetime)
    except CroniterBadDateError:
        return None  # such as 30 February
    return due.astimezone(UTC)
