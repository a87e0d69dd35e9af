"""What travels with a piece of work: who asked, and under which request id."""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_bound: ContextVar[Mapping[str, str] | None] = ContextVar("gacp_context", default=None)


def bound() -> Mapping[str, str]:
    """The fields bound now, such as `requestId`, `userId`, `jobId`; names are those of the log."""
    return _bound.get() or {}


def request_id() -> str:
    """The request id bound now, or an empty string outside of any work."""
    return bound().get("requestId", "")


@contextmanager
def bind(**fields: str) -> Iterator[None]:
    """Add fields for the length of a `with` block; what was bound before comes back after it."""
    token = _bound.set({**bound(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def new_request_id() -> str:
    return f"req_{secrets.token_hex(8)}"


def sane_request_id(offered: str | None) -> str:
    """The caller's request id where it is 8 to 64 plain characters, otherwise a new one."""
    return offered if offered and _SANE_REQUEST_ID.fullmatch(offered) else new_request_id()
