"""Documents as plain JSON: what JSON cannot say (a time), or says like something else to SQL (a flag), becomes tagged text.

Text compares as the values do, so that an index over the JSON sorts rightly: text first, then flags, then times. The tag is
the highest code point of Unicode; text that itself starts with it is tagged too, so that nothing is ever mistaken.
"""

from datetime import datetime
from typing import Any

from backend.clock import from_iso, to_iso

TAG = "\U0010ffff"
TEXT, FLAG, TIME, END = TAG + "a", TAG + "b", TAG + "d", TAG + "e"


def plain(value: Any) -> Any:
    """The value in types of JSON other than true and false."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool):
        return f"{FLAG}{value:d}"
    if isinstance(value, datetime):
        return TIME + to_iso(value)
    return TEXT + value if isinstance(value, str) and value.startswith(TAG) else value


def original(value: Any) -> Any:
    """The value that `plain` was given."""
    if isinstance(value, dict):
        return {key: original(item) for key, item in value.items()}
    if isinstance(value, list):
        return [original(item) for item in value]
    return _untagged(value) if isinstance(value, str) and value.startswith(TAG) else value


def _untagged(text: str) -> Any:
    tag, rest = text[:2], text[2:]
    if tag == FLAG:
        return rest == "1"
    if tag == TIME:
        return from_iso(rest)
    if tag == TEXT:
        return rest
    raise ValueError("a tagged text of unknown kind: it was not written by this store")
