"""Counts what becomes of every job: how many, how long, what failed; a few steps in memory each, and no write."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock

from backend.clock import to_millis
from backend.flags import fallback_reason
from backend.queues.error_classes import known_class
from backend.queues.jobs import JobType
from backend.queues.middleware.base import Middleware
from backend.queues.numbers import keys
from backend.queues.numbers.grains import minute_of
from backend.queues.numbers.histogram import Lengths
from backend.queues.numbers.kept import Batch, Cell, Ranked
from backend.queues.numbers.keys import key
from backend.queues.numbers.recorder import NumbersRecorder
from backend.queues.records import Attempt, Job, JobState
from backend.queues.registry import Registry

GENERATIONS, THINGS, USES = "generations", "things", "uses"
"""What users and things are ranked by, beside `completed` and `failed`."""
_MILLISECOND = timedelta(milliseconds=1)
_MINUTE = timedelta(minutes=1)
_NEVER = datetime.fromtimestamp(0, UTC)
_COMPLETED = JobState.COMPLETED


class CountJobs(Middleware):
    """What is handed back unfinished counts as an attempt and as nothing else."""

    def __init__(self, recorder: NumbersRecorder, registry: Registry) -> None:
        self._recorder = recorder
        self._generating = {job_type.name: job_type for job_type in registry if job_type.generation}
        self._lock = Lock()
        self._cells: dict[tuple[str, str, datetime], _Cell] = {}
        self._minute = self._next_minute = _NEVER
        recorder.join(self._hand_in)

    def submitted(self, job: Job) -> None:
        with self._lock:
            self._cell(job, job.created_at).counts[keys.SUBMITTED, job.mode] += 1
        self._recorder.soon()

    def ended(self, job: Job) -> None:
        at, delay = job.updated_at or job.created_at, job.options.delay
        due = job.created_at + delay * _MILLISECOND if delay else job.created_at
        with self._lock:
            cell = self._cell(job, at)
            attempt = job.attempts[-1] if job.attempts else None
            error = job.error_class
            if attempt is not None and attempt.ended_at == at:  # else the job ended while it waited
                cell.attempt(job, attempt, due, at)
                error = attempt.error
            if error:
                cell.error(known_class(error), at)
            if job.finished_at is not None:
                cell.end(job, due, at)
        self._recorder.soon()
        if job.type in self._generating and job.finished_at is not None:
            self._rank(self._generating[job.type], job, at)

    def _cell(self, job: Job, at: datetime) -> "_Cell":
        """Where this minute is counted; most jobs come in the same one as the job before."""
        if not self._minute <= at < self._next_minute:
            self._minute = at.replace(second=0, microsecond=0)
            self._next_minute = self._minute + _MINUTE
        place = (job.queue, job.type, self._minute)
        cell = self._cells.get(place)
        if cell is None:
            cell = self._cells[place] = _Cell()
        return cell

    def _rank(self, job_type: JobType, job: Job, at: datetime) -> None:
        generation = job_type.generation
        if generation is None:
            return
        things = generation.things(job.result or {}) if job.state is _COMPLETED else ()
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

    __slots__ = (
        "attempts",
        "completed",
        "completed_at",
        "counts",
        "errors",
        "failed",
        "failed_at",
        "run",
        "wait",
        "whole",
        "whole_failed",
    )

    def __init__(self) -> None:
        self.completed = self.failed = 0
        self.attempts: Counter[str] = Counter()
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.errors: dict[str, datetime] = {}
        self.completed_at = self.failed_at = _NEVER
        self.wait, self.run, self.whole, self.whole_failed = (Lengths() for _ in range(4))

    def attempt(self, job: Job, attempt: Attempt, due: datetime, at: datetime) -> None:
        self.attempts[attempt.outcome] += 1
        if attempt.outcome == "stopped":
            return
        self.run.take(at - attempt.started_at)
        if len(job.attempts) == 1:
            # Waits of further attempts are the backoff's: they would say nothing of the queue.
            self.wait.take(attempt.started_at - due)
            reason = fallback_reason(job.mode, job.reason)
            if reason:
                self.counts[keys.FALLBACK, reason] += 1
        if job.finished_at is None and attempt.outcome != "lost":
            self.counts[keys.RETRIED,] += 1

    def error(self, error_class: str, at: datetime) -> None:
        self.counts[keys.ERRORS, error_class] += 1
        self.errors[error_class] = at

    def end(self, job: Job, due: datetime, at: datetime) -> None:
        whole = at - (due if job.retried_at is None else max(due, job.retried_at))
        self.whole.take(whole)
        if job.state is _COMPLETED:
            self.completed += 1
            if at > self.completed_at:  # noqa: PLR1730 - `max` takes four times as long
                self.completed_at = at
        else:
            self.failed += 1
            self.whole_failed.take(whole)
            self.failed_at = max(self.failed_at, at)

    def numbers(self, job_type: str) -> Mapping[str, int]:
        attempts: dict[tuple[str, ...], int] = {(keys.ATTEMPTS, outcome): number for outcome, number in self.attempts.items()}
        counts = {(keys.COMPLETED,): self.completed, (keys.FAILED,): self.failed, **attempts, **self.counts}
        named = {key(first, job_type, *labels): number for (first, *labels), number in counts.items() if number}
        all_lengths = (self.wait, self.run, self.whole, self.whole_failed)
        for name, lengths in zip((keys.WAIT, keys.RUN, keys.WHOLE, keys.WHOLE_FAILED), all_lengths, strict=True):
            for place, number in enumerate(lengths.buckets):
                if number:
                    named[key(name, job_type, str(place))] = number
            if lengths.total_us:
                named[key(name, job_type, keys.MICROS)] = lengths.total_us
        return named

    def last(self, job_type: str) -> Mapping[str, datetime]:
        errors = {key(keys.ERRORS, job_type, error_class): at for error_class, at in self.errors.items()}
        ends = {key(keys.ENDED, job_type): max(self.completed_at, self.failed_at), key(keys.COMPLETED, job_type): self.completed_at}
        return {name: at for name, at in {**errors, **ends}.items() if at is not _NEVER}
