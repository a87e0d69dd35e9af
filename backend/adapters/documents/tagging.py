"""Documents as plain JSON: what JSON cannot say (a time), or says like something else to SQL (a flag), becomes tagged text.

Text compares as the values do, so that an index over the JSON sorts rightly: text first, then flags, then times. The tag is
the highest code point of Unicode; text that itself starts with it is tagged too, so that nothing is ever mistaken.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from backend.adapters.documents.copying import Unusual, copier, finite, same, text, whole
from backend.adapters.documents.store import Document
from backend.adapters.documents.values import checked_document, checked_id
from backend.clock import from_iso, to_iso

TAG = "\U0010ffff"
_REMEMBERED = 4_096  # the few times and flags that are in many documents of one batch
TEXT, FLAG, TIME, END = TAG + "a", TAG + "b", TAG + "d", TAG + "e"
_FLAGS = {True: f"{FLAG}1", False: f"{FLAG}0"}


def plain_document(document: Document) -> Document:
    """`plain` of `checked_document`, in one go where nothing in it is unusual. Raises as that does."""
    checked_id(document)
    try:
        tagged: Document = _tagged(document)
    except (Unusual, TypeError):
        tagged = plain(checked_document(document))
    return tagged


def plain(value: Any) -> Any:
    """The value in types of JSON other than true and false."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool):
        return _FLAGS[value]
    if isinstance(value, datetime):
        return _tagged_time(value)
    return _tagged_text(value) if isinstance(value, str) else value


def _tagged_text(value: str) -> str:
    # No text that does not start with the highest code point comes after it.
    return value if value < TAG else TEXT + value


@lru_cache(_REMEMBERED)
def _tagged_time(at: datetime) -> str:
    return TIME + to_iso(at)


def _checked_text(value: str) -> str:
    return _tagged_text(text(value))


_tagged = copier({str: _checked_text, type(None): same, bool: _FLAGS.__getitem__, int: whole, float: finite, datetime: _tagged_time})


def original(value: Any) -> Any:
    """The value that `plain` was given; a list or dict is changed in place."""
    if isinstance(value, str):
        return _untagged(value) if value >= TAG else value
    if isinstance(value, dict):
        _restore(value, value.items())
    elif isinstance(value, list):
        _restore(value, enumerate(value))
    return value


def _restore(container: Any, items: Iterable[tuple[Any, Any]]) -> None:
    # Most values are their own plain form: only the others cost a call.
    for at, item in items:
        of = type(item)
        if of is str:
            if item >= TAG:
                container[at] = _untagged(item)
        elif of is dict or of is list:
            original(item)


@lru_cache(_REMEMBERED)
def _untagged(text: str) -> Any:
    tag, rest = text[:2], text[2:]
    if tag == FLAG:
        return rest == "1"
    if tag == TIME:
        return from_iso(rest)
    if tag == TEXT:
        return rest
    raise ValueError("a tagged text of unknown kind: it was not written by this store")
