"""The port of tracing: spans around a request, a submission and a run, joined across the queue. Off, it costs next to nothing."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol

Attributes = Mapping[str, str | int | float | bool]


class Kind(StrEnum):
    """What a span is to the rest of the trace; the names are OpenTelemetry's."""

    SERVER = "SERVER"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"


class Span(Protocol):
    """A stretch of work that is being timed."""

    @property
    def traceparent(self) -> str:
        """What goes with work that is done elsewhere (W3C Trace Context); empty where nothing is traced."""

    def rename(self, name: str) -> None:
        """Give it the name that was not known at its beginning."""

    def note(self, attributes: Attributes) -> None:
        """Say more about it."""

    def failed(self, error_type: str) -> None:
        """It did not end well; without the error's text, which may hold personal data."""


class Tracer(Protocol):
    """Makes spans and sends them away in the background; nobody waits for that, and nobody's work fails for it."""

    on: bool

    def span(self, name: str, kind: Kind, attributes: Attributes, *, parent: str = "", link: str = "") -> AbstractContextManager[Span]:
        """A span around a block: inside of `parent` (a traceparent) or of the span around it, and linked to `link`.

        In the block the context carries `traceId` and `spanId`.
        """

    def close(self) -> None:
        """Send what is left, within a moment, and let go of everything."""


class _Nothing(AbstractContextManager["_Nothing"]):
    """A span of nothing; one for all."""

    traceparent = ""

    def __exit__(self, *_raised: object) -> None:
        return

    def rename(self, name: str) -> None:
        del name

    def note(self, attributes: Attributes) -> None:
        del attributes

    def failed(self, error_type: str) -> None:
        del error_type


NOTHING = _Nothing()


class NoTracing:
    """The tracer of a deployment that has not asked for one."""

    on = False

    def span(self, name: str, kind: Kind, attributes: Attributes, *, parent: str = "", link: str = "") -> AbstractContextManager[Span]:
        del name, kind, attributes, parent, link
        return NOTHING

    def close(self) -> None:
        return


NO_TRACING = NoTracing()
innermost: ContextVar[Span] = ContextVar("gacp_span", default=NOTHING)
"""The span of the work that this thread does."""
