"""Walks the chain of audit entries and finds where it was changed, cut or put together anew."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from backend.audit.entries import FIRST_PREVIOUS, digest, read
from backend.audit.ports import AuditLog, Head, Stored

PAGE = 500
LOWEST = -(2**53)
"""Below every number that an entry can have, also one that was put in by hand."""
Progress = Callable[[int, int], object]
"""Takes how many entries were walked, and how many there are."""


@dataclass(frozen=True)
class Break:
    """The first entry that is wrong, and how: `changed`, `missing`, `inserted`, `relinked`, `truncated` or `replaced`."""

    seq: int
    kind: str
    detail: str


@dataclass(frozen=True)
class Verdict:
    """How many entries were walked, the last one that hangs on the first, and the first break, if any."""

    checked: int
    head: Head | None
    broken: Break | None

    @property
    def whole(self) -> bool:
        return self.broken is None

    def to_json(self) -> dict[str, Any]:
        return {
            "whole": self.whole,
            "checked": self.checked,
            "head": vars(self.head) if self.head else None,
            "broken": vars(self.broken) if self.broken else None,
        }


def verify(kept: AuditLog, *, anchor: Head | None = None, progress: Progress | None = None) -> Verdict:
    """Every entry in its order: its text against its hash, its link against the entry before, its number without a gap.

    The end of the chain is held against the head that the store remembers, and against `anchor`, which somebody noted elsewhere.
    """
    remembered = kept.remembered()
    ends = [(remembered, "the head that was remembered")] if remembered else []
    ends += [(anchor, "the anchor")] if anchor else []
    expected = max((end.seq for end, _ in ends), default=0)
    previous: Head | None = None
    checked = 0
    for stored in _all(kept):
        broken = _link(stored, previous) or _against(stored, ends)
        if broken is not None:
            return Verdict(checked, previous, broken)
        previous = Head(stored.seq, stored.hash)
        checked += 1
        if progress is not None:
            progress(checked, max(expected, checked))
    return Verdict(checked, previous, _cut(previous, ends))


def _all(kept: AuditLog) -> Iterator[Stored]:
    after = LOWEST
    while page := kept.walk(after, PAGE):
        yield from page
        after = page[-1].seq


def _link(stored: Stored, previous: Head | None) -> Break | None:
    expected = previous.seq + 1 if previous else 1
    if stored.seq < expected:
        return Break(stored.seq, "inserted", "the first entry has the number 1")
    if stored.seq > expected:
        last = stored.seq - 1
        numbers = f"entry {expected} is" if last == expected else f"entries {expected} to {last} are"
        return Break(expected, "missing", f"{numbers} not there")
    if digest(stored.text) != stored.hash:
        return Break(stored.seq, "changed", "its text does not have the hash beside it")
    return _contents(stored, previous.hash if previous else FIRST_PREVIOUS)


def _contents(stored: Stored, previous: str) -> Break | None:
    try:
        entry = read(stored.text)
    except (KeyError, TypeError, ValueError):
        return Break(stored.seq, "changed", "its text is not that of an entry")
    if not stored.agrees:
        return Break(stored.seq, "changed", "what it is found by does not say the same as its text")
    if entry.previous != previous:
        return Break(stored.seq, "relinked", "it does not hang on the entry before it: that one was replaced, or this one put in")
    return None


def _against(stored: Stored, ends: list[tuple[Head, str]]) -> Break | None:
    for end, name in ends:
        if end.seq == stored.seq and end.hash != stored.hash:
            return Break(stored.seq, "replaced", f"it is not the entry of {name}: the chain up to here was written anew")
    return None


def _cut(last: Head | None, ends: list[tuple[Head, str]]) -> Break | None:
    for end, name in ends:
        if end.seq > (last.seq if last else 0):
            first = (last.seq if last else 0) + 1
            return Break(first, "truncated", f"{name} is entry {end.seq}: everything from entry {first} on is gone")
    return None
