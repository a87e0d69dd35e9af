"""What a search means, said once for all stores: whether a document is what was asked for."""

from collections.abc import Iterator, Mapping
from typing import Any

from backend.adapters.documents.conditions import checked_where
from backend.adapters.documents.ordering import Kind, kind, matches
from backend.adapters.documents.paths import lookup
from backend.adapters.documents.store import In, Range, Searched, Sort
from backend.matching import Begins, Between, Either, Equals, Every, Matching, Says, Without

MOST_PARTS = 2_000


def folded(text: str) -> str:
    """Text as searches compare it: small letters."""
    return text.lower()


def holds(document: Mapping[str, Any], wanted: Matching) -> bool:
    """Whether the document is asked for."""
    match wanted:
        case Every(parts):
            held = all(holds(document, part) for part in parts)
        case Either(parts):
            held = any(holds(document, part) for part in parts)
        case Without(part):
            held = not holds(document, part)
        case Says() | Begins():
            held = _reads(lookup(document, wanted.field), wanted)
        case Equals(field, values):
            held = matches(document, {field: In(values)})
        case Between():
            held = matches(document, {wanted.field: bounds(wanted)})
    return held


def _reads(said: Any, wanted: Says | Begins) -> bool:
    if not isinstance(said, str):
        return False
    return folded(wanted.text) in folded(said) if isinstance(wanted, Says) else said.startswith(wanted.text)


def bounds(wanted: Between) -> Range:
    """The same as a condition of `find`."""
    return Range(wanted.gte, wanted.gt, wanted.lte, wanted.lt)


def checked_matching(wanted: Matching) -> Matching:
    """The same. Raises ValueError for a field that is no path or too many parts, TypeError for a value that is none."""
    for number, leaf in enumerate(leaves(wanted)):
        if number >= MOST_PARTS:
            raise ValueError(f"a search may have at most {MOST_PARTS} conditions")
        condition = In(leaf.values) if isinstance(leaf, Equals) else bounds(leaf) if isinstance(leaf, Between) else leaf.text
        checked_where({leaf.field: condition})
    return wanted


def leaves(wanted: Matching) -> Iterator[Equals | Begins | Says | Between]:
    """The conditions on single fields."""
    match wanted:
        case Every(parts) | Either(parts):
            for part in parts:
                yield from leaves(part)
        case Without(part):
            yield from leaves(part)
        case _:
            yield wanted


def is_placed(document: Mapping[str, Any], searched: Searched, order: Sort) -> bool:
    """Whether the document comes in that order: by anything but time only what has a number there."""
    return order.field == searched.by or kind(lookup(document, order.field)) is Kind.NUMBER


def checked_order(searched: Searched, order: Sort) -> Sort:
    """The order. Raises ValueError for one that the collection does not declare."""
    rising_only_by_time = order.field == searched.by or (order.field in searched.orders and order.direction == "desc")
    if not rising_only_by_time:
        raise ValueError(f"{order.field} {order.direction}: a search is by `{searched.by}`, or by one of `orders`, the greatest first")
    return order
