"""Conditions, checked once for all stores: names that are paths, values that are scalars as they are kept."""

from typing import Any

from backend.adapters.documents.ordering import Kind, kind
from backend.adapters.documents.paths import checked_path
from backend.adapters.documents.store import In, Range, Scalar, Sort, Where
from backend.adapters.documents.values import checked

Conditions = dict[str, Scalar | In | Range]
_BY_ID = Sort("id")


def checked_where(where: Where | None) -> Conditions:
    """The conditions, with times cut to the millisecond as in documents, and without ranges that ask nothing.

    Raises ValueError for a name that is no path, and TypeError for a list or dict: inside a query it could be an operator.
    """
    if not where:
        return {}
    conditions = {checked_path(path): _checked(condition, path) for path, condition in where.items()}
    return {path: condition for path, condition in conditions.items() if condition != Range()}


def checked_sort(sort: Sort | None) -> Sort:
    """The order, by id where none was given. Raises ValueError for a field that is no path."""
    if sort is None:
        return _BY_ID
    checked_path(sort.field)
    if sort.direction not in {"asc", "desc"}:
        raise ValueError(f"{sort.direction!r} is not a direction: use asc or desc")
    return sort


def _checked(condition: Any, path: str) -> Scalar | In | Range:
    if isinstance(condition, In):
        return In(tuple(_scalar(value, path) for value in condition.values))
    if isinstance(condition, Range):
        bounds = (condition.gte, condition.gt, condition.lte, condition.lt)
        return Range(*(_scalar(bound, path) for bound in bounds))
    return _scalar(condition, path)


def _scalar(value: Any, path: str) -> Scalar:
    if kind(value) is Kind.CONTAINER:
        raise TypeError(f"`{path}` is compared with a {type(value).__name__}: give one value, an In or a Range")
    scalar: Scalar = checked(value, path)
    return scalar
