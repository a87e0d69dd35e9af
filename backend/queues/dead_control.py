"""What an administrator does with dead letters: look, run again, edit, discard, restore; one, several, or all that match."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from backend.clock import Clock
from backend.errors import Conflict, NotFound
from backend.queues import interventions
from backend.queues.dead_filter import DeadFilter
from backend.queues.job_control import JobControl
from backend.queues.ledger import change
from backend.queues.ports import JobPage, Ledger
from backend.queues.records import Job, JobState
from backend.queues.registry import Registry
from backend.telemetry.logs import logger

CHUNK = 500
Progress = Callable[[int], object]
"""Takes how many dead letters are done."""
log = logger("queues.dead")


@dataclass(frozen=True)
class Dealt:
    """What was done with dead letters that were named one by one: the ids, and why each of the others was left alone."""

    done: Sequence[str]
    left: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Edited:
    """A dead letter that got other data: the fields that differ, before and after, and the job as it now is."""

    job: Job
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class DeadControl:
    """Every method raises Unavailable while the ledger is away; Redis may be. Nothing is run twice: of two that run the same dead
    letter again at once, one finds that it is none any more."""

    def __init__(self, ledger: Ledger, jobs: JobControl, registry: Registry, clock: Clock) -> None:
        self._ledger = ledger
        self._jobs = jobs
        self._registry = registry
        self._clock = clock

    def page(self, where: DeadFilter, *, cursor: str | None = None, limit: int = 50) -> JobPage:
        """Dead letters, the last to give up first."""
        return self._ledger.dead(where, cursor=cursor, limit=limit)

    def count(self, where: DeadFilter) -> int:
        """How many match."""
        return self._ledger.count_dead(where)

    def get(self, job_id: str) -> Job:
        """One dead letter, also one that was discarded. Raises NotFound for a job that is none."""
        job = self._ledger.get(job_id)
        if job.state is not JobState.FAILED:
            raise NotFound(f"Job {job_id} is {job.state.value}: it is no dead letter, or no longer one")
        return job

    def retry(self, ids: Collection[str], *, fresh: bool = False, by: str = "") -> Dealt:
        """Run these again: for one more attempt, or with `fresh` for all of them anew."""
        found = self._ledger.get_many(ids)
        revived = {job.id for job in self.revive(list(found.values()), fresh=fresh, by=by)}
        left = {each: _why_left(found.get(each)) for each in ids if each not in revived}
        return Dealt([each for each in ids if each in revived], left)

    def retry_matching(
        self, where: DeadFilter, *, fresh: bool = False, limit: int = 0, by: str = "", progress: Progress | None = None
    ) -> int:
        """Run again all that match and gave up before now, at most `limit` (0 means all); returns how many."""
        done = 0
        for jobs in self._pages(where, limit):
            done += len(self.revive(jobs, fresh=fresh, by=by))
            if progress is not None:
                progress(done)
        log.info("Dead letters run again", count=done, by=by)
        return done

    def revive(self, jobs: Sequence[Job], *, fresh: bool = False, by: str = "", replay: str = "") -> list[Job]:
        """Put those of them that are still dead letters into line, many in one write; returns these, as they now are."""
        now = self._clock.now()
        dead = [job for job in jobs if job.state is JobState.FAILED]
        waiting = [interventions.retry_by_hand(job, now, fresh=fresh, by=by, replay=replay) for job in dead]
        revived = list(self._ledger.save_many(waiting).values())
        self._jobs.hand_over(revived)
        return revived

    def edit(self, job_id: str, changes: Mapping[str, Any], *, whole: bool = False, fresh: bool = False, by: str = "") -> Edited:
        """Give a dead letter other data and run it again, in one write. `changes` are some fields, or with `whole` all of them.

        Raises NotFound, Conflict where it is no dead letter any more, and InvalidInput naming each field that its type refuses.
        """
        before = dict(self.get(job_id).payload)
        wanted = dict(changes) if whole else {**before, **changes}
        payload = self._registry.get(self._ledger.get(job_id).type).read(wanted).model_dump(mode="json")

        def edited(found: Job) -> Job:
            if dict(found.payload) != before:
                raise Conflict(f"The data of job {job_id} was changed meanwhile: look at it again")
            now = self._clock.now()
            return interventions.retry_by_hand(interventions.edit_dead(found, payload, now, by=by), now, fresh=fresh, by=by)

        job = change(self._ledger, job_id, edited)
        assert job is not None  # these transitions raise instead of declining
        self._jobs.hand_over([job])
        names = sorted(name for name in {*before, *payload} if before.get(name) != payload.get(name))
        return Edited(job, {name: before.get(name) for name in names}, {name: payload.get(name) for name in names})

    def drop(self, ids: Collection[str], *, reason: str, by: str = "") -> Dealt:
        """Discard them: they count and are listed no more, and can be restored for as long as failed jobs are kept."""
        return self._each(ids, lambda job: interventions.drop(job, self._clock.now(), by=by, reason=reason), "it is discarded already")

    def drop_matching(self, where: DeadFilter, *, reason: str, limit: int = 0, by: str = "", progress: Progress | None = None) -> int:
        """Discard all that match and gave up before now, at most `limit` (0 means all); returns how many."""
        done = 0
        for jobs in self._pages(where, limit):
            now = self._clock.now()
            dropped = [job for each in jobs if (job := interventions.drop(each, now, by=by, reason=reason)) is not None]
            done += len(self._ledger.save_many(dropped))
            if progress is not None:
                progress(done)
        log.info("Dead letters were discarded", count=done, by=by)
        return done

    def restore(self, ids: Collection[str], *, by: str = "") -> Dealt:
        """Make what was discarded a dead letter again."""
        return self._each(ids, lambda job: interventions.restore(job, self._clock.now(), by=by), "it is not discarded")

    def _each(self, ids: Collection[str], transform: Callable[[Job], Job | None], declined: str) -> Dealt:
        done: list[str] = []
        left: dict[str, str] = {}
        for job_id in ids:
            try:
                if change(self._ledger, job_id, transform) is None:
                    left[job_id] = declined
                else:
                    done.append(job_id)
            except (Conflict, NotFound) as error:
                left[job_id] = str(error)
        return Dealt(done, left)

    def _pages(self, where: DeadFilter, limit: int) -> Iterator[Sequence[Job]]:
        """What gave up before now, so that what fails again meanwhile does not come twice."""
        until = bounded(where, self._clock.now())
        left, cursor = limit, None
        while True:
            page = self._ledger.dead(until, cursor=cursor, limit=min(CHUNK, left) if limit else CHUNK)
            yield page.items
            left -= len(page.items)
            cursor = page.next
            if cursor is None or (limit and left <= 0):
                return


def bounded(where: DeadFilter, now: datetime) -> DeadFilter:
    """The same, of what gave up before that moment at the latest."""
    return replace(where, before=min(where.before or now, now))


def _why_left(job: Job | None) -> str:
    return "there is no such job" if job is None else f"it is {job.state.value}: no dead letter, or no longer one"
