"""Everything that ledger, Redis and workers know of one job, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from backend.clock import to_iso
from backend.errors import InvalidInput, NotFound
from backend.queues.checkup import Checkup, Report
from backend.queues.checkup.judging import QueueReport
from backend.queues.checkup.probe import Probe
from backend.queues.platform import QueuePlatform
from backend.queues.ports import Pause
from backend.queues.records import Attempt, Job
from backend.queues.roster import WorkerSeen
from backend.queues.staleness import is_stale
from backend.queues.waiting import Reason, Why
from backend.queues.window import JobPlace, Window
from backend.services.job_why import JobWhy
from backend.services.people import People
from backend.services.replays import EffectPreview, Replays
from backend.telemetry.logs import mask

PATIENCE_S = 0.015
"""So long Redis is waited for; a job is explained without it, too."""
RedisWord = Literal["up", "away", "off", "unknown"]


@dataclass(frozen=True)
class JobExamination:
    """One job, examined at `at`. `effects` is None where it cannot be said what another run would do; `holder` is the worker that holds it,
    where Redis knows that."""

    at: datetime
    job: Job
    redis: RedisWord
    place: JobPlace | None
    pause: Pause | None
    paused_by: str
    queue: QueueReport
    holder: WorkerSeen | None
    effects: list[EffectPreview] | None
    why: Why

    @property
    def next(self) -> Reason:
        """What matters most now, with what to do about it."""
        job = self.job
        if is_stale(job, self.at) and job.cancel_at is None and job.lease is not None and job.lease.until > self.at:
            return Reason(
                "stale",
                "It runs beyond its timeout, and its worker still holds it.",
                "งานทำเกินเวลาที่กำหนด และตัวทำงานยังถืออยู่",
                "Cancel it.",
                f"gacp jobs cancel {job.id}",
            )
        return self.why.reasons[0]

    def to_json(self) -> dict[str, Any]:
        """Without personal data: what people typed is not in a payload, and what providers answered is masked."""
        job = self.job
        body = job.to_json() | {"attempts": [_attempt(each, self.at) for each in job.attempts]}
        return {
            "job": mask(body),
            "dueAt": to_iso(job.due_at),
            "updatedAt": to_iso(job.updated_at) if job.updated_at else None,
            "version": job.version,
            "discarded": job.discarded,
            "errorClass": job.error_class or None,
            "onDead": job.on_dead,
            "stale": is_stale(job, self.at),
            "lease": _lease(job, self.at),
            "holder": self.holder.to_json(self.at) if self.holder else None,
            "redis": {"state": self.redis, **(self.place.to_json() if self.place else {"place": None})},
            "queue": self._queue(),
            "effects": None if self.effects is None else [each.to_json() for each in self.effects],
            "reasons": [reason.to_json() for reason in self.why.reasons],
            "estimate": self.why.estimate.to_json(self.at) if self.why.estimate else None,
            "next": self.next.to_json(),
        }

    def _queue(self) -> dict[str, Any]:
        return {
            "name": self.queue.name,
            "status": self.queue.verdict.status,
            "issues": list(self.queue.verdict.issues),
            "isRunning": self.queue.is_served,
            "processingCapacity": self.queue.capacity,
            "paused": None
            if self.pause is None
            else {"by": self.pause.by, "byName": self.paused_by, "reason": self.pause.reason, "since": to_iso(self.pause.at)},
        }


class JobDebug:
    """Looks, and changes nothing."""

    def __init__(
        self, platform: QueuePlatform, replays: Replays, checkup: Checkup, window: Window | None, why: JobWhy, *, people: People
    ) -> None:
        self._people = people
        self._platform = platform
        self._replays = replays
        self._checkup = checkup
        self._window = window
        self._why = why

    def examine(self, job_id: str, services: Any, *, patience_s: float = PATIENCE_S) -> JobExamination:
        """Raises NotFound, and Unavailable while the ledger is away; of a Redis that is away it says so, and waits for it no longer than
        that."""
        outside = self._platform.outside
        job, now, report = outside.ledger.get(job_id), outside.clock.now(), self._checkup.report(patience_s=patience_s)
        place, redis = self._in_redis(job, report, patience_s)
        pause = next((each for each in self._platform.control.pauses() if each.queue == job.queue), None)
        queue = next(each for each in report.queues if each.name == job.queue)
        return JobExamination(
            at=now,
            job=job,
            redis=redis,
            place=place,
            pause=pause,
            paused_by=self._people.called(pause.by) if pause else "",
            queue=queue,
            holder=_holder(job, report),
            effects=self._effects(job_id, services),
            why=self._why.ask(job_id, patience_s=patience_s),
        )

    def _in_redis(self, job: Job, report: Report, patience_s: float) -> tuple[JobPlace | None, RedisWord]:
        """In a thread, so that a Redis which begins to hang right now is not waited for."""
        state: RedisWord = report.redis.state if report.redis else "unknown"
        window = self._window
        if window is None or state in ("away", "off"):
            return None, state
        probe = Probe("job", lambda: window.place(job.id, job.queue))
        probe.ask()
        found = probe.reading(patience_s)
        probe.close()
        return (found.value, "up") if found.value else (None, "unknown" if found.pending_s else "away")

    def _effects(self, job_id: str, services: Any) -> list[EffectPreview] | None:
        try:
            return self._replays.preview(job_id, services)
        except (NotFound, InvalidInput):
            return None


def _holder(job: Job, report: Report) -> WorkerSeen | None:
    if job.lease is None or report.redis is None:
        return None
    return next((worker for worker in report.redis.workers if worker.name == job.lease.worker), None)


def _lease(job: Job, now: datetime) -> Mapping[str, Any] | None:
    """Without its token, which is the right to write the job."""
    if job.lease is None:
        return None
    left = round((job.lease.until - now).total_seconds() * 1000)
    return {"worker": job.lease.worker, "until": to_iso(job.lease.until), "valid": left > 0, "expiresInMs": left}


def _attempt(attempt: Attempt, now: datetime) -> dict[str, Any]:
    took = (attempt.ended_at or now) - attempt.started_at
    return {
        "number": attempt.number,
        "worker": attempt.worker,
        "startedAt": to_iso(attempt.started_at),
        "endedAt": to_iso(attempt.ended_at) if attempt.ended_at else None,
        "durationMs": round(took.total_seconds() * 1000),
        "outcome": attempt.outcome,
        "error": attempt.error or None,
        "message": attempt.message or None,
        "trace": attempt.trace or None,
    }
