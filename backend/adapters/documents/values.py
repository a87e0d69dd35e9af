"""What a document may hold: checked and copied on the way in, so that every store keeps exactly the same."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from backend.adapters.documents.copying import MAX_DEPTH, Unusual, copied
from backend.adapters.documents.store import Document
from backend.clock import require_aware
from backend.errors import FieldError, InvalidInput

WRITE = "_write"
"""Under this name a store may keep which of its writes a document comes from."""
_OF_THE_DATABASE = frozenset({"_id", WRITE})
_INT64 = range(-(2**63), 2**63)


def checked_document(document: Mapping[str, Any]) -> Document:
    """A deep copy of a document, fit to be kept; see `checked`. Raises ValueError where its `id` is missing or empty."""
    checked_id(document)
    try:
        copy: Document = copied(document)
    except (Unusual, TypeError):
        copy = _carefully(document)
    return copy


def checked_id(document: Mapping[str, Any]) -> str:
    """The id of a document. Raises ValueError where it is missing or empty, and for fields of these names that are the database's."""
    if not isinstance(document.get("id"), str) or not document["id"]:
        raise ValueError("a document needs an `id`: a text that is not empty")
    for name in _OF_THE_DATABASE:
        if name in document:
            raise ValueError(f"`{name}` belongs to the database: call the field something else")
    return str(document["id"])


def _carefully(document: Mapping[str, Any]) -> Document:
    return {key: checked(value, key) for key, value in document.items() if _checked_key(key, key)}


def checked_ids(ids: Iterable[str]) -> list[str]:
    """The ids of one write. Raises ValueError where one comes twice: which of the two would count is nobody's to say."""
    given = list(ids)
    if len(set(given)) < len(given):
        raise ValueError("one write names the same id twice: make it two writes")
    return given


def checked(value: Any, path: str = "", depth: int = 1) -> Any:
    """A deep copy of one value, times in UTC and cut to the millisecond.

    Raises InvalidInput for what a caller may have sent (text with NUL or lone surrogates, integers beyond 64 bits, NaN,
    keys with a dot or a leading `$`, too deep), TypeError and ValueError for what only our own code can have done.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _checked_text(value, path)
    if isinstance(value, int):
        return _checked_int(value, path)
    if isinstance(value, float):
        return _checked_float(value, path)
    if isinstance(value, datetime):
        at = require_aware(value)
        return at.replace(microsecond=at.microsecond // 1000 * 1000)
    return _checked_container(value, path, depth)


def _checked_container(value: Any, path: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise _invalid(path, f"is nested more than {MAX_DEPTH} levels deep: flatten it")
    if isinstance(value, Mapping):
        return {key: checked(item, f"{path}.{key}", depth + 1) for key, item in value.items() if _checked_key(key, f"{path}.{key}")}
    if isinstance(value, (list, tuple)):
        return [checked(item, f"{path}[{at}]", depth + 1) for at, item in enumerate(value)]
    raise TypeError(f"{path}: a document cannot hold a {type(value).__name__}; turn it into text, a number, a list or a dict")


def _checked_key(key: Any, path: str) -> bool:
    if not isinstance(key, str):
        raise TypeError(f"{path}: a key is text, not {type(key).__name__}")
    # MongoDB reads a dot as a step into a dict and a dollar sign as an operator.
    if not key or "." in key or key.startswith("$"):
        raise _invalid(path, "has a key that is empty, holds a dot or starts with `$`: rename it")
    _checked_text(key, path)
    return True


def _checked_text(text: str, path: str) -> str:
    if "\x00" in text:
        raise _invalid(path, "holds a NUL character: remove it")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _invalid(path, "is not valid Unicode (half of a surrogate pair): write the character whole") from None
    return text


def _checked_int(number: int, path: str) -> int:
    if number not in _INT64:
        raise _invalid(path, "does not fit into 64 bits: use a smaller number or text")
    return int(number)


def _checked_float(number: float, path: str) -> float:
    if not math.isfinite(number):
        raise _invalid(path, "is not a finite number: leave it out")
    return float(number)


def _invalid(path: str, message: str) -> InvalidInput:
    return InvalidInput(f"{path}: {message}", errors=(FieldError(path, message),))
