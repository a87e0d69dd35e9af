"""What must hold when all is quiet: every accepted job ended as its kind must, once, and its runs did not meet."""

import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from backend.queues.errors import LostWorker
from backend.queues.inline import INLINE_WORKER
from backend.queues.records import FINISHED, JobState
from backend.queues.transitions import MAX_LOST_RUNS
from tests.chaos.workers.job_types import end_of, failures_of
from tests.chaos.workers.shelves import Shelves

LOST, REPEATED, FENCED, BROKEN = "lost", "repeated", "fenced", "broken"
"""What an accident may lead to: a lost run; a run that began and was begun again; a run that met its successor; a worker
that ends by itself."""
EVERYTHING = frozenset({LOST, REPEATED, FENCED, BROKEN})
CLOCK = timedelta(milliseconds=2)


@dataclass(frozen=True)
class Evidence:
    """All that a round left behind. `may` says what its accidents excuse; `killed` how many workers died in it."""

    promised: list
    jobs: dict
    runs: list
    shelves: Shelves = field(default_factory=Shelves)
    submitter: int = 0
    may: frozenset = frozenset()
    killed: int = 0
    counted: dict = field(default_factory=dict)
    known: dict = field(default_factory=dict)


class Verdict:
    """`wrong` are sentences; empty means that all is well. `numbers` say what happened that is excused."""

    def __init__(self, evidence):
        self._evidence = evidence
        self.wrong = []
        self.numbers = Counter()
        self._runs = {}
        for run in evidence.runs:
            self._runs.setdefault(run.job_id, []).append(run)
        self._look()

    def _look(self):
        evidence = self._evidence
        self.wrong += [f"{id_}: acknowledged, and not in the ledger" for id_ in evidence.promised if id_ not in evidence.jobs]
        self.wrong += [f"{id_}: acknowledged {times} times" for id_, times in Counter(evidence.promised).items() if times > 1]
        for job in evidence.jobs.values():
            self._has_ended(job)
            self._runs_are_accounted_for(job)
        self._redis_is_empty()
        if evidence.counted != evidence.known:
            self.wrong.append(f"the ledger counts {evidence.counted}, and holds {evidence.known}")

    def _has_ended(self, job):
        outcomes = Counter(attempt.outcome for attempt in job.attempts)
        self.numbers[LOST] += outcomes["lost"]
        if job.state not in FINISHED:
            self.wrong.append(f"{job.id}: a {job.type} is still {job.state.value}")
            return
        if self._died_with_its_workers(job, outcomes):
            self.numbers["dead"] += 1
            return
        failed = outcomes["failed"] + outcomes["timedOut"]
        seen = (job.state, outcomes["completed"], failed)
        expected = (end_of(job), int(end_of(job) is JobState.COMPLETED), failures_of(job))
        if seen != expected:
            self.wrong.append(f"{job.id}: a {job.type} ended as {_said(seen)}, not {_said(expected)}: {job.error_class} {job.error}")
        if outcomes["lost"] and LOST not in self._evidence.may:
            self.wrong.append(f"{job.id}: {outcomes['lost']} runs were lost, and no worker died")

    def _died_with_its_workers(self, job, outcomes):
        enough = outcomes["lost"] == MAX_LOST_RUNS <= self._evidence.killed
        return job.error_class == LostWorker.__name__ and enough and LOST in self._evidence.may

    def _runs_are_accounted_for(self, job):
        runs = self._runs.get(job.id, [])
        attempts = [self._attempt_of(job, run) for run in runs]
        for run, attempt in zip(runs, attempts, strict=True):
            if attempt is None:
                self.wrong.append(f"{job.id}: process {run.pid} began a {job.type} that it did not hold")
            elif attempt.outcome == "completed" and run.how != "end":
                self.wrong.append(f"{job.id}: completed by process {run.pid}, whose run did not come to its end")
        self._every_attempt_ran_once(job, attempts)
        self._repeats(job, runs)
        self._overlaps(job, list(zip(runs, attempts, strict=True)))

    def _attempt_of(self, job, run):
        """The attempt that a run belongs to: the last one of its process that was claimed before it began."""
        mine = [each for each in job.attempts if self._pid(each) == run.pid and each.started_at <= _time(run.begun) + CLOCK]
        held = [each for each in mine if each.ended_at is None or each.ended_at + CLOCK >= _time(run.begun)]
        return held[-1] if held else None

    def _pid(self, attempt):
        return self._evidence.submitter if attempt.worker == INLINE_WORKER else int(attempt.worker.split("-")[-2])

    def _every_attempt_ran_once(self, job, attempts):
        ran = Counter(id(each) for each in attempts if each is not None)
        for attempt in job.attempts:
            if ran[id(attempt)] > 1:
                self.wrong.append(f"{job.id}: one attempt of a {job.type} ran {ran[id(attempt)]} times")
            if attempt.outcome in ("completed", "failed", "timedOut") and not ran[id(attempt)]:
                self.wrong.append(f"{job.id}: an attempt {attempt.outcome} that never ran")

    def _repeats(self, job, runs):
        """More runs than the outcomes ask for: some of them were cut off and begun again."""
        needed = failures_of(job) + (end_of(job) is JobState.COMPLETED)
        more = len(runs) - needed
        if more > 0:
            self.numbers[REPEATED] += more
            if not {REPEATED, LOST} & self._evidence.may:
                self.wrong.append(f"{job.id}: a {job.type} ran {len(runs)} times, not {needed}")

    def _overlaps(self, job, told):
        for (first, attempt), (second, _) in itertools.pairwise(told):
            if second.begun > first.last:
                continue
            self.numbers[FENCED] += 1
            if FENCED not in self._evidence.may or attempt is None or attempt.outcome != "lost":
                outcome = attempt.outcome if attempt else "nothing"
                late = (first.last - second.begun) / 1_000_000
                self.wrong.append(f"{job.id}: two runs of a {job.type} met for {late:.1f} ms, and the first is recorded as {outcome}")

    def _redis_is_empty(self):
        shelves, jobs = self._evidence.shelves, self._evidence.jobs
        self.wrong += [f"Redis still holds {ids[:3]} in {key}" for key, ids in shelves.left.items()]
        for shown, state in (("finished", JobState.COMPLETED), ("failed", JobState.FAILED)):
            others = [id_ for id_ in shelves.shown.get(shown, ()) if id_ in jobs and jobs[id_].state is not state]
            self.wrong += [f"{id_}: Redis shows it as {shown}, and it is {jobs[id_].state.value}" for id_ in others]


def _time(nanoseconds):
    return datetime.fromtimestamp(nanoseconds / 1e9, tz=UTC)


def _said(end):
    state, completed, failed = end
    return f"{state.value} with {completed} completed and {failed} failed attempts"
