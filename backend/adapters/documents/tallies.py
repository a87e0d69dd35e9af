"""What every store checks of tallies before it writes any of them."""

from collections.abc import Iterable
from typing import NamedTuple

from backend.adapters.documents.paths import checked_fields
from backend.adapters.documents.store import Document, Tally
from backend.adapters.documents.values import checked_document, checked_ids


class Checked(NamedTuple):
    """One tally as a store may write it: `fresh` is the document that is made where there is none."""

    fresh: Document
    add: dict[str, int]
    at_least: dict[str, int]


def checked_tallies(tallies: Iterable[Tally]) -> list[Checked]:
    """Raises ValueError for an id or a field that comes twice, and as `DocumentStore.increment` for what no store can keep."""
    given = list(tallies)
    checked_ids(tally.id for tally in given)
    return [_checked(tally) for tally in given]


def _checked(tally: Tally) -> Checked:
    fields = checked_fields({**tally.add, **tally.at_least})
    if len(fields) != len(tally.add) + len(tally.at_least):
        raise ValueError("a field is either added to or raised, not both")
    add = {path: fields[path] for path in tally.add}
    at_least = {path: fields[path] for path in tally.at_least}
    return Checked({**checked_document({"id": tally.id}), "version": 1}, add, at_least)
