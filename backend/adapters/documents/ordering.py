"""One total order over the values of all types, MongoDB's, so that every store sorts and compares alike."""

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum
from typing import Any

from backend.adapters.documents.paths import lookup
from backend.adapters.documents.store import In, Range, Scalar, Sort

BY_ID = Sort("id")


class Kind(IntEnum):
    """The types in the order in which they sort; a comparison never reaches from one kind into another."""

    NOTHING = 0
    NUMBER = 1
    TEXT = 2
    CONTAINER = 3
    FLAG = 4
    TIME = 5


def kind(value: Any) -> Kind:
    """The kind of a value; bool is not a number here."""
    if value is None:
        return Kind.NOTHING
    if isinstance(value, bool):
        return Kind.FLAG
    if isinstance(value, (int, float)):
        return Kind.NUMBER
    if isinstance(value, str):
        return Kind.TEXT
    return Kind.TIME if isinstance(value, datetime) else Kind.CONTAINER


def order_key(value: Any) -> tuple[int, Any]:
    """A key that compares as the values sort. Lists and dicts are all alike: the port does not sort by them."""
    of = kind(value)
    return (of, 0 if of in {Kind.NOTHING, Kind.CONTAINER} else value)


def position(document: Mapping[str, Any], sort: Sort) -> tuple[tuple[int, Any], str]:
    """Where the document stands in that order."""
    return (order_key(lookup(document, sort.field)), document["id"])


def matches(document: Mapping[str, Any], where: Mapping[str, Scalar | In | Range]) -> bool:
    """Whether all conditions hold."""
    return all(_holds(lookup(document, path), condition) for path, condition in where.items())


def _holds(value: Any, condition: Scalar | In | Range) -> bool:
    if isinstance(condition, In):
        return any(_equal(value, wanted) for wanted in condition.values)
    if isinstance(condition, Range):
        return _within(value, condition)
    return _equal(value, condition)


def _equal(value: Any, wanted: Scalar) -> bool:
    return kind(value) is not Kind.CONTAINER and order_key(value) == order_key(wanted)


def _within(value: Any, bounds: Range) -> bool:
    given = [bound for bound in (bounds.gte, bounds.gt, bounds.lte, bounds.lt) if bound is not None]
    if any(kind(value) is not kind(bound) for bound in given):
        return False
    return (
        (bounds.gte is None or value >= bounds.gte)
        and (bounds.gt is None or value > bounds.gt)
        and (bounds.lte is None or value <= bounds.lte)
        and (bounds.lt is None or value < bounds.lt)
    )


def label(value: Scalar) -> str:
    """The name under which `count_by` counts a value: empty for null and missing, `true`, ISO 8601 for a time."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)
