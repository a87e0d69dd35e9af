"""What travels with a piece of work: who asked, under which request id, and how long it may still wait for a server."""

import re
from collections.abc import Mapping
from contextvars import ContextVar, Token

from msgspec import Struct

from backend.chance import digits

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
LEAST_SHARE = 0.5
"""With less of its patience a piece of work asks no more: a server that answers a little late would look as if it were away."""
Field = str | int
_bound: ContextVar[Mapping[str, Field] | None] = ContextVar("gacp_context", default=None)


def bound() -> Mapping[str, Field]:
    """The fields bound now, such as `requestId`, `userId`, `jobId`; names are those of the log."""
    return _bound.get() or {}


def request_id() -> str:
    """The request id bound now, or an empty string outside of any work."""
    return str(bound().get("requestId", ""))


class Binding(Struct, eq=False):
    """Add these fields for the length of a `with` block; what was bound before comes back after it."""

    fields: Mapping[str, Field]
    before: Token[Mapping[str, Field] | None] | None = None

    def __enter__(self) -> None:
        before = _bound.get()
        self.before = _bound.set({**before, **self.fields} if before else self.fields)

    def __exit__(self, _kind: object, _error: object, _trace: object) -> None:
        if self.before is not None:
            _bound.reset(self.before)


def bind(**fields: Field) -> Binding:
    """Add fields for the length of a `with` block."""
    return Binding(fields)


def add(**fields: Field) -> None:
    """Add fields for the rest of the innermost `bind` block; outside of any block nothing is bound, as nobody would take it away."""
    current = _bound.get()
    if current is not None:
        _bound.set({**current, **fields})


class Patience:
    """What is left of the time that one piece of work may wait for a server, over all its calls; `seconds` is the whole of it.

    `share_left` is between 0 and 1.
    """

    __slots__ = ("_waited", "_whole", "share_left")

    def __init__(self, seconds: float) -> None:
        self._whole = seconds
        self._waited = 0.0
        self.share_left = 1.0

    @property
    def lost(self) -> bool:
        return self.share_left < LEAST_SHARE

    def waited(self, seconds: float) -> None:
        """A call took so long."""
        self._waited += seconds
        self.share_left = max(0.0, 1 - self._waited / self._whole)


_patience: ContextVar[Patience | None] = ContextVar("gacp_patience", default=None)


def patience() -> Patience | None:
    """The patience of the work that this thread does, or None where nobody waits for its end."""
    return _patience.get()


def has_waited() -> bool:
    """Whether this thread's work has lost its patience."""
    current = _patience.get()
    return current is not None and current.lost


class somebody_waits:  # noqa: N801 - it is used as a function, which would take three times as long
    """The block may wait for servers so long in all; a block inside it has no patience of its own."""

    __slots__ = ("_seconds", "_token")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._token = _patience.set(_patience.get() or Patience(self._seconds))

    def __exit__(self, *_raised: object) -> None:
        _patience.reset(self._token)


def new_request_id() -> str:
    return f"req_{digits()}"


def sane_request_id(offered: str | None) -> str:
    """The caller's request id where it is 8 to 64 plain characters, otherwise a new one."""
    return offered if offered and _SANE_REQUEST_ID.fullmatch(offered) else new_request_id()
