"""Brings typed text into one form: NFC, no zero-width characters, whole sara am, ASCII digits, single spaces."""

import re
import unicodedata
from typing import Any

from backend.errors import FieldError, InvalidInput

_ZERO_WIDTH = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])
_THAI_DIGITS = {0x0E50 + digit: str(digit) for digit in range(10)}
_SARA_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")  # nikhahit, perhaps a tone mark, sara aa: how PDFs write sara am
_SPACES = re.compile("[ \t\u00a0\u2000-\u200a\u202f\u3000]+")
_DEEPEST = 20  # an application has 5 levels; more is an attack on the stack
_MOST_ITEMS = 1000  # of one list or table; rules look at every item, some at pairs
_LARGEST = 2**63  # no document store keeps a larger whole number


def normalise_text(text: str) -> str:
    """The text as rules compare and store it; line breaks stay."""
    text = text.encode("utf-8", "ignore").decode()  # a lone surrogate cannot be stored
    text = unicodedata.normalize("NFC", text.translate(_ZERO_WIDTH))
    text = _SARA_AM.sub("\\1\u0e33", text).translate(_THAI_DIGITS)
    return _SPACES.sub(" ", text.replace("\r\n", "\n")).strip()


def normalise_json(value: Any, path: tuple[str, ...] = ()) -> Any:
    """Every text inside a JSON value, keys too, normalised; raises InvalidInput where the value is beyond any form."""
    if isinstance(value, str):
        return normalise_text(value)
    if isinstance(value, int) and abs(value) >= _LARGEST:
        raise _refused(path, "A number is too large", "send a number of fewer digits here")
    if not isinstance(value, dict | list):
        return value
    if len(path) >= _DEEPEST:
        raise _refused(path, "The document is nested too deeply", f"use at most {_DEEPEST} levels")
    if len(value) > _MOST_ITEMS:
        raise _refused(path, "The document has too many items", f"send at most {_MOST_ITEMS} items here")
    if isinstance(value, dict):
        return {name: normalise_json(inner, (*path, name)) for name, inner in ((_key(key), inner) for key, inner in value.items())}
    return [normalise_json(inner, (*path, str(index))) for index, inner in enumerate(value)]


def _key(key: Any) -> str:
    return normalise_text(str(key)).replace("\0", "")  # a document store refuses a key with a null character


def _refused(path: tuple[str, ...], what: str, cure: str) -> InvalidInput:
    return InvalidInput(what, errors=(FieldError(".".join(path), cure, "TYPE_INVALID"),))
