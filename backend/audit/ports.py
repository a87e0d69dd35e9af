"""What the audit needs from outside: a place that entries are added to, and that has no way to change or remove one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backend.audit.entries import Entry
from backend.errors import Conflict


class SequenceTaken(Conflict):
    """Another writer was faster: the entry has to be chained to that one's."""


@dataclass(frozen=True)
class Head:
    """The newest entry: whoever notes it elsewhere can prove later that the chain up to it is still the same."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True)
class Stored:
    """One entry as it lies there: its text, the hash beside it, and whether what it is found by says the same as its text."""

    seq: int
    text: str
    hash: str
    agrees: bool


@dataclass(frozen=True)
class AuditFilter:
    """Conditions that all hold; an empty one does not filter."""

    who: str = ""
    action: str = ""
    target: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class AuditPage:
    """One page of entries; `next` is the cursor of the following page, or None at the end."""

    items: Sequence[Entry]
    next: str | None = None


class AuditLog(Protocol):
    """Entries by their sequence number. A write is durable when the call returns; any method may raise Unavailable."""

    def add(self, entry: Entry) -> None:
        """Keep it, and remember it as the newest. Raises SequenceTaken where its number is there."""

    def last(self) -> Head | None:
        """The entry with the highest number that is there."""

    def remembered(self) -> Head | None:
        """The entry that was noted as the newest when it was added, kept apart from the entries."""

    def page(self, where: AuditFilter, *, cursor: str | None = None, limit: int = 50) -> AuditPage:
        """Entries, newest first; those that cannot be read are left out."""

    def walk(self, after: int, limit: int) -> Sequence[Stored]:
        """What lies there behind that number, in order, whatever it is."""
