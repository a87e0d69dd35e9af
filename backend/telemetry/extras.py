"""Imports a library without the extras that it would take where they happen to be installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*modules: str) -> Iterator[None]:
    """Inside of it these top-level modules cannot be imported, unless they have been already; after it they can."""
    hidden = [name for name in modules if name not in sys.modules]
    # What stands as None in this table is not there: the documented way to hide a module.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
