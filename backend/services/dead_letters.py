"""Dead letters as an engineer reads them: what failed and where, for what cause, whom it affects, what another run would do."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from backend.certification.application import Application
from backend.certification.repository import ApplicationRepository
from backend.clock import to_iso
from backend.errors import InvalidInput, NotFound
from backend.queues.causes import Cause, cause_of
from backend.queues.dead_filter import DeadFilter
from backend.queues.dead_office import CAUSES_KEPT
from backend.queues.names import LABELS, QUEUES
from backend.queues.numbers import Window
from backend.queues.platform import QueuePlatform
from backend.queues.policies import RETENTION_DAYS
from backend.queues.records import Attempt, Job, JobState
from backend.services.replays import Replays
from backend.settings import Settings

SAMPLE = 20
"""So many dead letters are looked at to tell what running many of them again would do."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEADY = 0.02


class DeadLetterViews:
    """Reads only. Every method may raise Unavailable."""

    def __init__(self, platform: QueuePlatform, replays: Replays, applications: ApplicationRepository, settings: Settings) -> None:
        self._platform = platform
        self._replays = replays
        self._applications = applications
        self._threshold = settings.alert_burst_failures
        self._burst = timedelta(minutes=settings.alert_burst_minutes)

    def letter(self, job_id: str, services: Any) -> dict[str, Any]:
        """All of one dead letter. Raises NotFound for a job that is none."""
        job = self._platform.dead.control.get(job_id)
        (brief,) = self.briefs([job])
        effects = self._effects(job, services)
        return {
            **brief,
            "payload": dict(job.payload),
            "options": job.options.to_bull(),
            "mode": job.mode,
            "history": [_attempt(attempt) for attempt in job.attempts],
            "timeline": [{"at": to_iso(entry.at), "event": entry.event, "detail": entry.detail} for entry in job.timeline],
            "logs": list(job.log),
            "effects": None if effects is None else [each.to_json() for each in effects],
            "keptUntil": to_iso((job.finished_at or job.created_at) + timedelta(days=RETENTION_DAYS)),
        }

    def briefs(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """One entry of a list for each of them."""
        found = [(job, cause_of(job)) for job in jobs]
        causes = self._platform.dead.causes.known(cause.id for _, cause in found if cause)
        affected = self._affected({job.subject for job in jobs if job.subject})
        return [
            _brief(job)
            | {"cause": _cause(causes.get(cause.id), cause.id) if cause else None}
            | {"affected": affected.get(job.subject, {"applicationId": job.subject or None, "applicationNumber": None, "farmer": None})}
            for job, cause in found
        ]

    def cause(self, cause: Cause) -> dict[str, Any]:
        """One cause, how many of its dead letters are there now, and the newest applications that it affects."""
        newest = dict.fromkeys(reversed(cause.subjects[-SAMPLE:]))
        return {
            **cause.to_json(),
            "open": self._platform.dead.control.count(DeadFilter(cause=cause.id)),
            "applications": list(self._affected(newest).values()),
        }

    def preview(self, jobs: Iterable[Job], services: Any) -> dict[str, Any]:
        """What running these again would do to the outside: how many of each kind of effect, and how many were done already."""
        would, done, unknown, looked = Counter[str](), Counter[str](), 0, 0
        for job in list(jobs)[:SAMPLE]:
            looked += 1
            effects = self._effects(job, services)
            unknown += effects is None
            for each in effects or ():
                (would if each.repeats else done)[each.kind] += 1
        return {"lookedAt": looked, "wouldHappen": dict(would), "doneAlready": dict(done), "unknown": unknown}

    def stats(self) -> dict[str, Any]:
        """The numbers of all queues; no job is looked at."""
        counts = self._platform.outside.ledger.counts()
        queues = [self._queue(queue, counts.get((queue, JobState.FAILED), 0)) for queue in QUEUES]
        return {
            "monitoredQueues": list(QUEUES),
            "totalFailed": sum(each["failed"] for each in queues),
            "queues": queues,
            "causes": self._platform.dead.causes.counts(),
            "retention": {"failedJobsDays": RETENTION_DAYS, "causesDays": CAUSES_KEPT.days},
        }

    def _queue(self, queue: str, failed: int) -> dict[str, Any]:
        numbers = self._platform.numbers
        burst, hour, day = (numbers.window(queue, span) for span in (self._burst, HOUR, DAY))
        return {
            "queueName": queue,
            "label": LABELS[queue],
            "failed": failed,
            "recentFailures": burst.failed,
            "windowMinutes": round(self._burst.total_seconds() / 60),
            "threshold": self._threshold,
            "thresholdExceeded": burst.failed >= self._threshold,
            "failuresPerMinute": round(burst.failed / (self._burst.total_seconds() / 60), 2),
            "successRate": {"window": _rate(burst), "hour": _rate(hour), "day": _rate(day)},
            "trend": _trend(hour, day),
        }

    def _affected(self, subjects: Collection[str]) -> dict[str, dict[str, Any]]:
        """Application, number and farmer behind each subject that is an application, read at once."""
        applications = self._applications.get_many(set(subjects))
        return {subject: _affected(applications[subject]) for subject in subjects if subject in applications}

    def _effects(self, job: Job, services: Any) -> list[Any] | None:
        """None where that cannot be said, as for a job whose application is gone or whose payload is wrong."""
        try:
            return self._replays.planned(job, services)
        except (NotFound, InvalidInput):
            return None


def _brief(job: Job) -> dict[str, Any]:
    last = job.attempts[-1] if job.attempts else None
    return {
        "jobId": job.id,
        "queueName": job.queue,
        "jobType": job.type,
        "error": job.error_class,
        "message": job.error,
        "failedAt": to_iso(job.finished_at) if job.finished_at else None,
        "createdAt": to_iso(job.created_at),
        "attemptsMade": job.failures,
        "attempts": job.options.attempts,
        "worker": last.worker if last else None,
        "durationMs": _millis(last) if last else None,
        "requestId": job.request_id or None,
        "requestedBy": job.requested_by or None,
        "retriedAt": to_iso(job.retried_at) if job.retried_at else None,
        "discarded": {"at": to_iso(job.dropped.at), "by": job.dropped.by, "reason": job.dropped.reason} if job.dropped else None,
    }


def _affected(application: Application) -> dict[str, Any]:
    farmer = {"id": application.owner_id, "name": application.form.applicant.person_name}
    return {"applicationId": application.id, "applicationNumber": application.number, "farmer": farmer}


def _cause(cause: Cause | None, cause_id: str) -> dict[str, Any]:
    """What a list shows of it; the book may not have it for some seconds."""
    if cause is None:
        return {"id": cause_id, "title": None, "state": "new", "note": ""}
    return {"id": cause.id, "title": cause.title, "state": cause.state, "note": cause.note}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "outcome": attempt.outcome,
        "worker": attempt.worker,
        "startedAt": to_iso(attempt.started_at),
        "endedAt": to_iso(attempt.ended_at) if attempt.ended_at else None,
        "durationMs": _millis(attempt),
        "error": attempt.error or None,
        "message": attempt.message or None,
        "stack": attempt.trace.splitlines(),
    }


def _millis(attempt: Attempt) -> int | None:
    return round((attempt.ended_at - attempt.started_at) / timedelta(milliseconds=1)) if attempt.ended_at else None


def _rate(window: Window) -> float | None:
    return None if window.success_rate is None else round(window.success_rate, 4)


def _trend(hour: Window, day: Window) -> str:
    """The success rate of the last hour beside that of the day."""
    if hour.success_rate is None or day.success_rate is None:
        return "unknown"
    difference = hour.success_rate - day.success_rate
    return "steady" if abs(difference) < STEADY else "improving" if difference > 0 else "worsening"


def described(where: Mapping[str, Any]) -> str:
    """A selection in a few words, for the audit and for people: `cause 12ab queue email`."""
    return " ".join(f"{name} {value}" for name, value in where.items() if value) or "all"
