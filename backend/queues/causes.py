"""Why jobs give up: failures with the same error, the same normalised message and the same place in our code have one cause."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Literal, NamedTuple

from backend.clock import to_iso
from backend.queues.errors import JobCancelled
from backend.queues.normalising import normalised
from backend.queues.probes import is_probe
from backend.queues.records import Job, JobState

CauseState = Literal["new", "known", "fixed", "ignored"]
CAUSE_STATES: tuple[CauseState, ...] = ("new", "known", "fixed", "ignored")
AFFECTED_LIMIT = 200
"""So many applications and so many people are remembered of one cause; of more it is only known that there are more."""
_FAILED = JobState.FAILED
_ON_PURPOSE = JobCancelled.__name__


class Fingerprint(NamedTuple):
    """What makes a cause: `frame` is `file function` of our innermost call, or the job type where the error has none."""

    id: str
    error_class: str
    message: str
    frame: str


@dataclass(frozen=True)
class Cause:
    """One cause: how often it ended a job, whom that affected, and what people know of it.

    `state`: `new`, `known` (somebody looks after it), `fixed` (in the version `fixed_in`, or at `changed_at` where that is empty) or
    `ignored`, as one begins that is somebody's will: a cancellation. One that was fixed and comes back is `new` again, and `regressions`
    counts that.
    """

    id: str
    error_class: str
    message: str
    frame: str
    first_at: datetime
    last_at: datetime
    last_job_id: str
    count: int = 0
    queues: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    more_affected: bool = False
    state: CauseState = "new"
    fixed_in: str = ""
    note: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None
    regressions: int = 0
    regressed_at: datetime | None = None
    version: int = 0

    @property
    def title(self) -> str:
        return f"{self.error_class}: {self.message}"

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "error": self.error_class,
            "message": self.message,
            "frame": self.frame,
            "state": self.state,
            "fixedIn": self.fixed_in or None,
            "note": self.note,
            "count": self.count,
            "firstAt": to_iso(self.first_at),
            "lastAt": to_iso(self.last_at),
            "lastJobId": self.last_job_id,
            "queues": list(self.queues),
            "types": list(self.types),
            "affected": {"applications": len(self.subjects), "people": len(self.people), "more": self.more_affected},
            "regressions": self.regressions,
            "regressedAt": to_iso(self.regressed_at) if self.regressed_at else None,
            "changedBy": self.changed_by or None,
            "changedAt": to_iso(self.changed_at) if self.changed_at else None,
        }


@dataclass(frozen=True)
class Sighting:
    """Jobs that gave up for one cause within a short time; `began_at` is when the last of their runs began."""

    cause: Fingerprint
    count: int
    first_at: datetime
    last_at: datetime
    last_job_id: str
    began_at: datetime
    queues: tuple[str, ...]
    types: tuple[str, ...]
    subjects: tuple[str, ...]
    people: tuple[str, ...]

    def plus(self, other: "Sighting") -> "Sighting":
        """Both together; for two of the same cause."""
        newest = max(self, other, key=lambda each: each.last_at)
        return replace(
            self,
            count=self.count + other.count,
            first_at=min(self.first_at, other.first_at),
            last_at=newest.last_at,
            last_job_id=newest.last_job_id,
            began_at=max(self.began_at, other.began_at),
            queues=_both(self.queues, other.queues),
            types=_both(self.types, other.types),
            subjects=_both(self.subjects, other.subjects),
            people=_both(self.people, other.people),
        )


def cause_of(job: Job) -> Fingerprint | None:
    """The cause of a job that gave up, also where somebody has discarded it since; None for any other, and for a probe."""
    if job.state is not _FAILED or is_probe(job.type):
        return None
    trace = job.attempts[-1].trace if job.attempts and job.attempts[-1].error == job.error_class else ""
    return fingerprint(job.error_class, job.error, top_frame(trace) or f"({job.type})")


@lru_cache(2_000)
def fingerprint(error_class: str, message: str, frame: str) -> Fingerprint:
    """The cause of an error with that message at that place."""
    plain = normalised(message)
    digest = hashlib.sha256(f"{error_class}\n{plain}\n{frame}".encode()).hexdigest()
    return Fingerprint(digest[:16], error_class, plain, frame)


def top_frame(trace: str) -> str:
    """`file function` of the innermost call of our own in a trace of `traces.own_trace`; without the line, which each version moves."""
    for line in reversed(trace.splitlines()):
        place, _, function = line.rpartition(" ")
        file, _, number = place.rpartition(":")
        if file and number.isdigit():
            return f"{file} {function}"
    return ""


def sighting(job: Job, cause: Fingerprint) -> Sighting:
    """One job that gave up for that cause."""
    at = job.finished_at or job.created_at
    return Sighting(
        cause=cause,
        count=1,
        first_at=at,
        last_at=at,
        last_job_id=job.id,
        began_at=job.processed_at or at,
        queues=(job.queue,),
        types=(job.type,),
        subjects=(job.subject,) if job.subject else (),
        people=(job.requested_by,) if job.requested_by else (),
    )


def sightings(jobs: Iterable[Job]) -> dict[str, Sighting]:
    """What these jobs gave up for, by the id of the cause."""
    found: dict[str, Sighting] = {}
    for job in jobs:
        cause = cause_of(job)
        if cause is not None:
            one = sighting(job, cause)
            found[cause.id] = found[cause.id].plus(one) if cause.id in found else one
    return found


def seen_first(seen: Sighting) -> Cause:
    """The cause that nobody knew before this."""
    shown = {name: value for name, value in asdict(seen).items() if name not in ("cause", "began_at")}
    cause = seen.cause
    state: CauseState = "ignored" if cause.error_class == _ON_PURPOSE else "new"
    first = Cause(cause.id, cause.error_class, cause.message, cause.frame, **shown, state=state)
    return replace(first, **_affected(first, seen))


def seen_again(cause: Cause, seen: Sighting, release: str) -> Cause:
    """The cause with these failures on top; `release` is the version of the program in which they happened."""
    later = seen.last_at >= cause.last_at
    changed = replace(
        cause,
        count=cause.count + seen.count,
        first_at=min(cause.first_at, seen.first_at),
        last_at=max(cause.last_at, seen.last_at),
        last_job_id=seen.last_job_id if later else cause.last_job_id,
        queues=_both(cause.queues, seen.queues),
        types=_both(cause.types, seen.types),
        **_affected(cause, seen),
    )
    if not came_back(cause, seen, release):
        return changed
    return replace(changed, state="new", regressions=cause.regressions + 1, regressed_at=seen.last_at)


def came_back(cause: Cause, seen: Sighting, release: str) -> bool:
    """Whether a cause that was called fixed has ended a job that it should not have: in that version or a later one, or, where
    no version was named, in a run that began after it was called fixed."""
    if cause.state != "fixed":
        return False
    if cause.fixed_in:
        return release_order(release) >= release_order(cause.fixed_in)
    return cause.changed_at is None or seen.began_at > cause.changed_at


def release_order(release: str) -> tuple[int, ...]:
    """A version such as `1.10.2` as numbers that compare; what is no number in it counts as 0."""
    parts = release.removeprefix("v").split("+")[0].replace("-", ".").split(".")
    return tuple(int(part) if part.isdecimal() else 0 for part in parts[:4])


def _affected(cause: Cause, seen: Sighting) -> dict[str, Any]:
    subjects, people = _both(cause.subjects, seen.subjects), _both(cause.people, seen.people)
    full = len(subjects) >= AFFECTED_LIMIT or len(people) >= AFFECTED_LIMIT
    return {"subjects": subjects, "people": people, "more_affected": cause.more_affected or full}


def _both(some: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    if len(some) >= AFFECTED_LIMIT or not set(more).difference(some):
        return some
    return tuple(islice(dict.fromkeys((*some, *more)), AFFECTED_LIMIT))
