"""Keeps the audit: says before an act that it begins and after it how it ended, so that none happens unseen."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from backend import context
from backend.audit.actions import Action
from backend.audit.entries import FIRST_PREVIOUS, Entry, Outcome, Who, masked_email, plain, short
from backend.audit.ports import AuditFilter, AuditLog, AuditPage, Head, SequenceTaken
from backend.audit.verifying import Progress, Verdict, verify
from backend.clock import Clock
from backend.errors import GacpError, Unavailable
from backend.telemetry.logs import logger

TRIES = 200
LONGEST_PAUSE_S = 0.02
log = logger("audit")


@dataclass
class Act:
    """An act that goes on: whoever does it may add what only the doing tells."""

    target: str
    reason: str
    before: Any
    after: Any = None


class AuditTrail:
    """May be written by any number of processes at once: the number of an entry is its own, so that the chain cannot fork."""

    def __init__(self, kept: AuditLog, clock: Clock, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._kept = kept
        self._clock = clock
        self._sleep = sleep

    def record(
        self, action: Action, who: Who, *, target: str = "", reason: str = "", before: Any = None, after: Any = None, detail: str = ""
    ) -> Entry:
        """Note an act that is done. For what must not be done unless it can be noted, use `acting`. May raise Unavailable."""
        return self._append(self._entry(action, "done", who, Act(target, reason, before, after), detail=detail))

    @contextmanager
    def acting(self, action: Action, who: Who, *, target: str = "", reason: str = "", before: Any = None) -> Iterator[Act]:
        """An act as a `with` block: the beginning is written before it, the outcome after it.

        Where the beginning cannot be written nothing is done: Unavailable is raised. An outcome that cannot be written is
        logged; the beginning then stays without an end, which says that nobody knows it. An error of the block is its outcome
        (`refused` where the caller was at fault, `failed` otherwise) and goes on.
        """
        act = Act(target, reason, before)
        begun = self._append(self._entry(action, "begun", who, act)).seq
        try:
            yield act
        except BaseException as error:
            self._end(self._entry(action, _outcome(error), who, act, begun=begun, detail=_told(error)))
            raise
        self._end(self._entry(action, "done", who, act, begun=begun))

    def page(self, where: AuditFilter, *, cursor: str | None = None, limit: int = 50) -> AuditPage:
        """Entries, newest first."""
        return self._kept.page(where, cursor=cursor, limit=limit)

    def head(self) -> Head | None:
        """The newest entry, to be noted outside of the platform; None where nothing was ever done."""
        return self._kept.last()

    def verify(self, *, anchor: Head | None = None, progress: Progress | None = None) -> Verdict:
        """Walk the whole chain and say the first entry that is wrong, and how; see `verifying`."""
        return verify(self._kept, anchor=anchor, progress=progress)

    def _entry(self, action: Action, outcome: Outcome, who: Who, act: Act, *, begun: int | None = None, detail: str = "") -> Entry:
        return Entry(
            seq=0,
            at=self._clock.now(),
            previous="",
            action=action.value,
            outcome=outcome,
            by=replace(who, id=short(who.id), email=masked_email(who.email), origin=short(who.origin)),
            target=short(act.target),
            reason=short(act.reason),
            before=plain(act.before),
            after=plain(act.after),
            detail=short(detail),
            request_id=context.request_id(),
            begun=begun,
        )

    def _append(self, entry: Entry) -> Entry:
        for _ in range(TRIES):
            last = self._kept.last()
            chained = replace(entry, seq=last.seq + 1 if last else 1, previous=last.hash if last else FIRST_PREVIOUS)
            try:
                self._kept.add(chained)
            except SequenceTaken:
                self._sleep(random.uniform(0, LONGEST_PAUSE_S))  # noqa: S311 - only to come apart
                continue
            # The log lies elsewhere: each of its lines is an anchor of the chain.
            log.info("Audit entry", seq=chained.seq, hash=chained.hash, action=chained.action, outcome=chained.outcome)
            return chained
        raise Unavailable("Too many acts are being written down at once: try again")

    def _end(self, entry: Entry) -> None:
        try:
            self._append(entry)
        except GacpError as error:
            log.error("The outcome of an act could not be written down", begun=entry.begun, outcome=entry.outcome, error=str(error))  # noqa: TRY400


def _outcome(error: BaseException) -> Outcome:
    return "refused" if isinstance(error, GacpError) and error.status < 500 else "failed"


def _told(error: BaseException) -> str:
    """The class and, of our own errors, the words: those of others may hold anything."""
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, GacpError) else name
