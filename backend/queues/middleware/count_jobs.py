"""Counts what becomes of every job: how many, how long, what failed; a few steps in memory each, and no write."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from backend.clock import to_millis
from backend.flags import fallback_reason
from backend.queues.error_classes import known_class
from backend.queues.jobs import JobType
from backend.queues.middleware.base import Middleware
from backend.queues.numbers import keys
from backend.queues.numbers.grains import minute_of
from backend.queues.numbers.histogram import BUCKETS, bucket_of
from backend.queues.numbers.kept import Batch, Cell, Ranked
from backend.queues.numbers.keys import key
from backend.queues.numbers.recorder import NumbersRecorder
from backend.queues.records import Attempt, Job, JobState
from backend.queues.registry import Registry

GENERATIONS, THINGS, USES = "generations", "things", "uses"
"""What users and things are ranked by, beside `completed` and `failed`."""
_MICROSECOND = timedelta(microseconds=1)
_MILLISECOND = timedelta(milliseconds=1)
_MINUTE = timedelta(minutes=1)
_NEVER = datetime.fromtimestamp(0, UTC)


class CountJobs(Middleware):
    """What is handed back unfinished counts as an attempt and as nothing else."""

    def __init__(self, recorder: NumbersRecorder, registry: Registry) -> None:
        self._recorder = recorder
        self._generating = {job_type.name: job_type for job_type in registry if job_type.generation}
        self._lock = Lock()
        self._cells: dict[tuple[str, str, datetime], _Cell] = {}
        self._minute = _NEVER
        recorder.join(self._hand_in)

    def submitted(self, job: Job) -> None:
        with self._lock:
            self._cell(job, job.created_at).counts[keys.SUBMITTED, job.mode] += 1
        self._recorder.soon()

    def ended(self, job: Job) -> None:
        at = job.updated_at or job.created_at
        with self._lock:
            cell = self._cell(job, at)
            attempt = job.attempts[-1] if job.attempts else None
            error = job.error_class
            if attempt is not None and attempt.ended_at == at:  # else the job ended while it waited
                cell.attempt(job, attempt, at)
                error = attempt.error
            if error:
                cell.error(known_class(error), at)
            if job.finished_at is not None:
                cell.end(job, at)
        self._recorder.soon()
        if job.type in self._generating and job.finished_at is not None:
            self._rank(self._generating[job.type], job, at)

    def _cell(self, job: Job, at: datetime) -> "_Cell":
        """Where this minute is counted; most jobs come in the same one as the job before."""
        if not self._minute <= at < self._minute + _MINUTE:
            self._minute = at.replace(second=0, microsecond=0)
        place = (job.queue, job.type, self._minute)
        cell = self._cells.get(place)
        if cell is None:
            cell = self._cells[place] = _Cell()
        return cell

    def _rank(self, job_type: JobType, job: Job, at: datetime) -> None:
        generation = job_type.generation
        if generation is None:
            return
        things = generation.things(job.result or {}) if job.state is JobState.COMPLETED else ()
        if things:
            with self._lock:
                self._cell(job, at).counts[keys.THINGS,] += len(things)
        if job.requested_by:
            numbers = ((GENERATIONS, 1), (job.state.value, 1), (THINGS, len(things)))
            self._recorder.rank(Ranked("user", generation.app, job.requested_by), numbers)
        for thing in things:
            self._recorder.rank(Ranked("thing", generation.app, thing), ((USES, 1),))

    def _hand_in(self, batch: Batch) -> None:
        with self._lock:
            cells, self._cells = self._cells, {}
        for (queue, job_type, minute), cell in cells.items():
            numbers = batch.counts[Cell(queue, minute_of(minute))]
            for name, number in cell.numbers(job_type).items():
                numbers[name] += number
            for name, at in cell.last(job_type).items():
                batch.happened(queue, name, to_millis(at))


class _Cell:
    """What was counted of one job type in one minute, as quickly as can be."""

    __slots__ = ("completed", "completed_at", "counts", "ended_at", "errors", "failed", "run", "wait", "whole", "whole_failed")

    def __init__(self) -> None:
        self.completed = self.failed = 0
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.errors: dict[str, datetime] = {}
        self.ended_at = self.completed_at = _NEVER
        self.wait, self.run, self.whole, self.whole_failed = ([0] * (BUCKETS + 1) for _ in range(4))

    def attempt(self, job: Job, attempt: Attempt, at: datetime) -> None:
        self.counts[keys.ATTEMPTS, attempt.outcome] += 1
        if attempt.outcome == "stopped":
            return
        _take(self.run, at - attempt.started_at)
        if len(job.attempts) == 1:
            # Waits of further attempts are the backoff's: they would say nothing of the queue.
            _take(self.wait, attempt.started_at - _due_first(job))
            reason = fallback_reason(job.mode, job.reason)
            if reason:
                self.counts[keys.FALLBACK, reason] += 1
        if job.finished_at is None and attempt.outcome != "lost":
            self.counts[keys.RETRIED,] += 1

    def error(self, error_class: str, at: datetime) -> None:
        self.counts[keys.ERRORS, error_class] += 1
        self.errors[error_class] = at

    def end(self, job: Job, at: datetime) -> None:
        begun = _due_first(job)
        whole = at - (begun if job.retried_at is None else max(begun, job.retried_at))
        _take(self.whole, whole)
        if job.state is JobState.COMPLETED:
            self.completed += 1
            self.completed_at = max(self.completed_at, at)
        else:
            self.failed += 1
            _take(self.whole_failed, whole)
        self.ended_at = max(self.ended_at, at)

    def numbers(self, job_type: str) -> Mapping[str, int]:
        counts: dict[tuple[str, ...], Any] = {(keys.COMPLETED,): self.completed, (keys.FAILED,): self.failed, **self.counts}
        named = {key(first, job_type, *labels): number for (first, *labels), number in counts.items() if number}
        all_durations = (self.wait, self.run, self.whole, self.whole_failed)
        for name, durations in zip((keys.WAIT, keys.RUN, keys.WHOLE, keys.WHOLE_FAILED), all_durations, strict=True):
            for place, number in enumerate(durations):
                if number:
                    named[key(name, job_type, keys.MICROS if place == BUCKETS else str(place))] = number
        return named

    def last(self, job_type: str) -> Mapping[str, datetime]:
        errors = {key(keys.ERRORS, job_type, error_class): at for error_class, at in self.errors.items()}
        ends = {key(keys.ENDED, job_type): self.ended_at, key(keys.COMPLETED, job_type): self.completed_at}
        return {name: at for name, at in {**errors, **ends}.items() if at is not _NEVER}


def _take(durations: list[int], length: timedelta) -> None:
    """Count it in its bucket, and in the sum, which comes last."""
    micros = max(0, length // _MICROSECOND)  # the clocks of two machines may differ
    durations[bucket_of(micros)] += 1
    durations[BUCKETS] += micros


def _due_first(job: Job) -> datetime:
    return job.created_at + job.options.delay * _MILLISECOND if job.options.delay else job.created_at
