"""Dotted paths into dicts: `aiQc.status` is the `status` of the `aiQc`."""

import re
from collections.abc import Mapping
from typing import Any

from backend.adapters.documents.store import Document
from backend.adapters.documents.values import checked

_PATH = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", re.ASCII)
_KEPT_BY_THE_STORE = frozenset({"id", "version"})


def checked_path(path: str) -> str:
    """The path itself. Raises ValueError where it is not made of ASCII names and dots: it becomes part of a query."""
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is not a path: use ASCII letters, digits, `_` and `-`, with dots between the names")
    return path


def checked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy of what is to be set, by path. Raises ValueError for `id`, `version` and paths inside of one another."""
    whole = {path[:end] for path in fields for end, letter in enumerate(path) if letter == "."}
    for path in fields:
        checked_path(path)
        if path in _KEPT_BY_THE_STORE:
            raise ValueError(f"`{path}` is kept by the store: do not set it")
        if path in whole:
            raise ValueError(f"`{path}` is set twice: once whole and once in part")
    return {path: checked(value, path) for path, value in fields.items()}


def lookup(document: Mapping[str, Any], path: str) -> Any:
    """The value at the path, or None where anything on the way is missing or is not a dict."""
    value: Any = document
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def assign(document: Document, path: str, value: Any) -> None:
    """Set the value at the path, making dicts on the way. Raises TypeError where a step is there and is not a dict."""
    *parents, last = path.split(".")
    for name in parents:
        document = document.setdefault(name, {})
        if not isinstance(document, dict):
            raise TypeError(f"`{path}` cannot be set: `{name}` is not a dict")
    document[last] = value


def add(document: Document, path: str, amount: int) -> None:
    """Add to the number at the path; one that is missing counts from 0. Raises TypeError where it is not a number."""
    *parents, last = path.split(".")
    parent: Any = lookup(document, ".".join(parents)) if parents else document
    before = parent.get(last, 0) if isinstance(parent, dict) else 0
    assign(document, path, _number(before, path) + amount)


def raise_to(document: Document, path: str, least: int) -> None:
    """Set the number at the path where it is missing or lower. Raises TypeError where it is not a number."""
    before = lookup(document, path)
    if before is None or _number(before, path) < least:
        assign(document, path, least)


def _number(value: Any, path: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"`{path}` cannot be counted in: it is not a number")
    return value
