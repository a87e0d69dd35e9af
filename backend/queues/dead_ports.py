"""What dead letters need from outside beside the ledger: where their causes and their replays are kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backend.queues.causes import Cause
from backend.queues.replay_records import Replay


@dataclass(frozen=True)
class CausePage:
    """One page of causes; `next` is the cursor of the following page, or None at the end."""

    items: Sequence[Cause]
    next: str | None = None


class Causes(Protocol):
    """The causes by their fingerprint. A write is durable when the call returns; any method may raise Unavailable."""

    def get(self, id: str) -> Cause | None:
        """The cause, or None."""

    def get_many(self, ids: Collection[str]) -> Mapping[str, Cause]:
        """Those of the causes that are there, by id."""

    def save(self, cause: Cause) -> Cause:
        """Add it (at version 0) or write it over the version it was made from; returns it one version higher.

        Raises Conflict where it is there already, or where it changed meanwhile or is gone.
        """

    def page(self, *, state: str = "", cursor: str | None = None, limit: int = 50) -> CausePage:
        """Causes, of one state where it is given, the last to end a job first."""

    def counts(self) -> Mapping[str, int]:
        """How many causes there are by state."""

    def is_regrouped(self) -> bool:
        """Whether every dead letter there ever was has been put under its cause."""

    def mark_regrouped(self) -> None:
        """Remember that; to say it again is success."""

    def forget(self, before: datetime, limit: int = 1000) -> int:
        """Forget at most so many that last ended a job before then; returns how many."""


class Replays(Protocol):
    """The replays, by id. A write is durable when the call returns; any method may raise Unavailable."""

    def get(self, id: str) -> Replay:
        """Raises NotFound."""

    def add(self, replay: Replay) -> Replay:
        """Keep a new one; returns it at version 1. Raises Conflict where one with the same `lock` has not ended yet."""

    def save(self, replay: Replay) -> Replay:
        """Write it over the version it was made from; returns it one version higher. Raises Conflict where it changed meanwhile."""

    def open(self) -> Sequence[Replay]:
        """Those that have not ended, the oldest first."""

    def newest(self, limit: int = 20) -> Sequence[Replay]:
        """The newest first, whatever became of them."""

    def forget(self, before: datetime, limit: int = 1000) -> int:
        """Forget at most so many that ended before then; returns how many."""
