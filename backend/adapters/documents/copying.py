"""The quick way through documents: it copies what is usual, and leaves the rest to those who look carefully."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import Any

MAX_DEPTH = 64
_LEAST, _MOST = -(2**63), 2**63 - 1
_KNOWN_SHAPES = 1_024  # far more than all documents have; callers choose the keys of what they send

Leaves = Mapping[type, Callable[[Any], Any]]
"""By type, what becomes of a value that holds no others."""


class Unusual(Exception):
    """What only the careful way can judge: it may be fit to be kept, and the careful way can name the field if not."""


def copier(leaves: Leaves) -> Callable[[Any], Any]:
    """A function that copies a list or dict with all that is in it, each leaf as its function says; ASCII without NUL stays as it is.

    It raises Unusual for what has no function, for keys that are not fit to be kept, and beyond the greatest depth.
    """
    leaf_of = leaves.get

    def copy(value: Any, depth: int = 1) -> Any:
        of, below = type(value), depth + 1
        if depth > MAX_DEPTH:
            raise Unusual
        if of is dict:
            known_keys(tuple(value))
            # Copied in C, then what does not stay as it is: of most documents the greater part is null or a text of ASCII.
            copied = value.copy()
            for key, item in value.items():
                if item is None or ((kind := type(item)) is str and item.isascii() and "\x00" not in item):
                    continue
                copied[key] = leaf(item) if (leaf := leaf_of(kind)) is not None else copy(item, below)
            return copied
        if of is list or of is tuple:
            return [leaf(item) if (leaf := leaf_of(type(item))) is not None else copy(item, below) for item in value]
        raise Unusual

    return copy


def text(value: str) -> str:
    if "\x00" in value:
        raise Unusual
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Unusual from None
    return value


def whole(value: int) -> int:
    if _LEAST <= value <= _MOST:
        return value
    raise Unusual


def finite(value: float) -> float:
    if isfinite(value):
        return value
    raise Unusual


def utc(at: datetime) -> datetime:
    """Cut to the millisecond."""
    if at.tzinfo is not UTC:
        raise Unusual
    beyond = at.microsecond % 1000
    return at.replace(microsecond=at.microsecond - beyond) if beyond else at


@lru_cache(_KNOWN_SHAPES)
def known_keys(keys: tuple[Any, ...]) -> None:
    """Checks the keys of one dict: dicts come in few shapes."""
    for key in keys:
        if type(key) is not str or not key or "." in key or key.startswith("$"):
            raise Unusual
        text(key)


same = {None: None, True: True, False: False}.__getitem__
"""Gives null and flags back: looking them up takes half the time of calling a function of ours."""

copied = copier({str: text, type(None): same, bool: same, int: whole, float: finite, datetime: utc})
"""A deep copy of a list or dict that is fit to be kept as it is. Raises Unusual for any other."""
