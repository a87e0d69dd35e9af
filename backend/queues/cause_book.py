"""The book of causes: written to as jobs give up, read and marked by people, put right from the ledger."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from typing import get_args

from backend.clock import Clock
from backend.errors import Conflict, FieldError, InvalidInput, NotFound
from backend.queues.causes import Cause, CauseState, Sighting, seen_again, seen_first, sightings
from backend.queues.dead_ports import CausePage, Causes
from backend.queues.ports import Ledger
from backend.telemetry.logs import logger

TRIES = 20
Progress = Callable[[int], object]
"""Takes how many dead letters were looked at."""
log = logger("queues.causes")


class CauseBook:
    """Listing causes costs the same however many dead letters they have. Any method may raise Unavailable."""

    def __init__(self, kept: Causes, ledger: Ledger, clock: Clock, *, release: str = "") -> None:
        self._kept = kept
        self._ledger = ledger
        self._clock = clock
        self._release = release or version("gacp")

    def note(self, seen: Iterable[Sighting]) -> None:
        """Put what was seen on top of what is known: one write for each cause, whatever the number of jobs."""
        for each in seen:
            before, after = self._change(each.cause.id, lambda found, each=each: self._with(found, each))  # type: ignore[misc]
            if before is None and after.state == "new":
                log.warning("A new cause of failures", cause=after.id, error_class=after.error_class, frame=after.frame)
            elif before is not None and after.regressions > before.regressions:
                log.warning("A cause that was fixed has come back", cause=after.id, error_class=after.error_class, fixed_in=after.fixed_in)

    def get(self, id: str) -> Cause:
        """Raises NotFound."""
        found = self._kept.get(id)
        if found is None:
            raise NotFound(f"There is no cause {id}: `gacp dead causes` lists them")
        return found

    def known(self, ids: Iterable[str]) -> dict[str, Cause]:
        """Those of the causes that are there, by id."""
        return dict(self._kept.get_many(set(ids)))

    def page(self, *, state: str = "", cursor: str | None = None, limit: int = 50) -> CausePage:
        """Causes, the last to end a job first."""
        return self._kept.page(state=state, cursor=cursor, limit=limit)

    def counts(self) -> dict[str, int]:
        """How many causes there are, by state."""
        counted = self._kept.counts()
        return {state: counted.get(state, 0) for state in get_args(CauseState)}

    def mark(self, id: str, state: CauseState | None = None, *, fixed_in: str = "", note: str | None = None, by: str = "") -> Cause:
        """Say what people know of it. `fixed_in` is for `fixed` alone: without it the cause is fixed from now on. Raises NotFound,
        and InvalidInput for a version where nothing is fixed."""
        if fixed_in and state != "fixed":
            message = "only a cause that is fixed has a version in which it is"
            raise InvalidInput(f"fixedIn: {message}", errors=(FieldError("fixedIn", message),))
        now = self._clock.now()

        def marked(found: Cause | None) -> Cause:
            cause = found or self.get(id)
            fixed = fixed_in if state else cause.fixed_in
            told = cause.note if note is None else note
            return replace(cause, state=state or cause.state, fixed_in=fixed, note=told, changed_by=by, changed_at=now)

        return self._change(id, marked)[1]

    def regroup(self, progress: Progress | None = None) -> tuple[int, int]:
        """Put the book right from the ledger: every dead letter under its cause, every cause that has one in the book, with at least as
        many failures as the ledger shows. Returns how many dead letters and causes were found. What people noted stays."""
        found = (0, 0)
        for found in self.regrouping():
            if progress is not None:
                progress(found[0])
        return found

    def regrouping(self) -> Iterator[tuple[int, int]]:
        """`regroup` in steps, each of some hundred dead letters: how many of them and of their causes were found so far."""
        found: dict[str, Sighting] = {}
        looked = 0
        for jobs in self._ledger.regrouped():
            for name, seen in sightings(jobs).items():
                found[name] = found[name].plus(seen) if name in found else seen
            looked += len(jobs)
            yield looked, len(found)
        for seen in found.values():
            self._change(seen.cause.id, lambda cause, seen=seen: _at_least(cause, seen))  # type: ignore[misc]
        self._kept.mark_regrouped()

    def is_regrouped(self) -> bool:
        """Whether that has been done to its end, ever: since then every job that gives up is put under its cause at once."""
        return self._kept.is_regrouped()

    def group_missing(self, seen: Sequence[Sighting]) -> int:
        """Put into the book what is not there at all, such as what a process saw that was killed; returns how many."""
        known = self._kept.get_many([each.cause.id for each in seen])
        missing = [each for each in seen if each.cause.id not in known]
        self.note(missing)
        return len(missing)

    def forget(self, before: datetime) -> int:
        """Forget the causes that last ended a job before then."""
        return self._kept.forget(before)

    def _with(self, found: Cause | None, seen: Sighting) -> Cause:
        return seen_first(seen) if found is None else seen_again(found, seen, self._release)

    def _change(self, id: str, transform: Callable[[Cause | None], Cause]) -> tuple[Cause | None, Cause]:
        for _ in range(TRIES):
            before = self._kept.get(id)
            try:
                return before, self._kept.save(transform(before))
            except Conflict:
                continue
        raise Conflict(f"Cause {id} is being changed by too many at once")


def _at_least(cause: Cause | None, seen: Sighting) -> Cause:
    first = seen_first(seen)
    if cause is None:
        return first
    merged = seen_again(replace(cause, state="known"), replace(seen, count=0), "")
    return replace(merged, state=cause.state, count=max(cause.count, seen.count), version=cause.version)
