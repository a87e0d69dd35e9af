"""The keys of stored files: what every file store accepts."""

import re

from backend.errors import FieldError, InvalidInput

MAX_KEY = 400
_NAME = r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}"
_KEY = re.compile(rf"{_NAME}(/{_NAME})*", re.ASCII)


def checked_key(key: str) -> str:
    """The key itself. Raises InvalidInput where it could step out of its folder or hide in it: names never start with a dot."""
    if len(key) > MAX_KEY or not _KEY.fullmatch(key):
        message = "is not a file key: use ASCII letters, digits, `-`, `_` and `.`, with `/` between names that start with no dot"
        raise InvalidInput(f"This {message}", errors=(FieldError("key", message),))
    return key
