"""A tracer on OpenTelemetry's SDK."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from backend import context
from backend.telemetry.masking import mask
from backend.telemetry.tracing import Attributes, Kind, Span, innermost

NAME = "gacp"
SCHEMA = "https://opentelemetry.io/schemas/1.40.0"
_HEADER = "traceparent"
_propagator = TraceContextTextMapPropagator()


class OtelTracer:
    """`backend.telemetry.tracing.Tracer`."""

    on = True

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(NAME, schema_url=SCHEMA)

    def span(self, name: str, kind: Kind, attributes: Attributes, *, parent: str = "", link: str = "") -> AbstractContextManager[Span]:
        return self._span(name, kind, attributes, parent, link)

    def close(self) -> None:
        self._provider.shutdown()

    @contextmanager
    def _span(self, name: str, kind: Kind, attributes: Attributes, parent: str, link: str) -> Iterator[Span]:
        linked = span_context(link)
        made = self._tracer.start_span(
            name,
            context=_propagator.extract({_HEADER: parent}) if parent else None,
            kind=SpanKind[kind.name],
            attributes=_clean(attributes),
            links=[Link(linked)] if linked else (),
        )
        ids = made.get_span_context()
        attached = otel_context.attach(trace.set_span_in_context(made))
        span = _OtelSpan(made)
        inner = innermost.set(span)
        try:
            with context.bind(traceId=trace.format_trace_id(ids.trace_id), spanId=trace.format_span_id(ids.span_id)):
                yield span
        except BaseException as error:
            span.failed(type(error).__name__)
            raise
        finally:
            innermost.reset(inner)
            otel_context.detach(attached)
            made.end()


class _OtelSpan:
    """`backend.telemetry.tracing.Span`."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        carrier: dict[str, str] = {}
        _propagator.inject(carrier, trace.set_span_in_context(self._span))
        return carrier.get(_HEADER, "")

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def note(self, attributes: Attributes) -> None:
        self._span.set_attributes(_clean(attributes))

    def failed(self, error_type: str) -> None:
        self._span.set_attribute("error.type", error_type)
        self._span.set_status(Status(StatusCode.ERROR))


def span_context(traceparent: str) -> SpanContext | None:
    """The span that a traceparent names, or None where it names none."""
    if not traceparent:
        return None
    found = trace.get_current_span(_propagator.extract({_HEADER: traceparent})).get_span_context()
    return found if found.is_valid else None


def _clean(attributes: Attributes) -> dict[str, str | int | float | bool]:
    """Nothing personal leaves by this way either; an empty text says nothing."""
    return {name: mask(value) for name, value in attributes.items() if value != ""}
