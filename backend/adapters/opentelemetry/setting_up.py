"""Puts the tracer together that the settings ask for, and keeps an absent collector from filling the log."""

import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased

from backend.adapters.opentelemetry.tracer import OtelTracer
from backend.settings import Settings
from backend.telemetry.logs import logger

SENT_WITHIN_S = 3.0
"""A collector that takes longer counts as away; a process that ends waits for it no longer than this."""
log = logger("tracing")


def tracer(settings: Settings) -> OtelTracer:
    """Spans leave from a thread of their own, some hundred at once; what the queue of that thread cannot hold is dropped."""
    named = {"service.name": settings.otel_service_name, "service.version": version("gacp")}
    # OTEL_RESOURCE_ATTRIBUTES and OTEL_BSP_… are read by the library itself.
    provider = TracerProvider(sampler=_sampler(settings), resource=Resource.create(named), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(Patient(_exporter(settings))))
    return OtelTracer(provider)


class Patient(SpanExporter):
    """An exporter whose collector may be away: that is said once, and once more when it is back."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._away = False
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it would say so every few seconds, with a trace

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # noqa: BLE001 - whatever is wrong there is no concern of the work that is traced
            return self._noted(SpanExportResult.FAILURE, type(error).__name__)
        return self._noted(result, "")

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 3_000) -> bool:
        return self._exporter.force_flush(timeout_millis)

    def _noted(self, result: SpanExportResult, error: str) -> SpanExportResult:
        away = result is not SpanExportResult.SUCCESS
        if away and not self._away:
            log.warning("Spans cannot be sent and are dropped: is the collector there?", called="collector_away", error=error)
        elif self._away and not away:
            log.info("The collector takes spans again", called="collector_back")
        self._away = away
        return result


def _exporter(settings: Settings) -> SpanExporter:
    if settings.otel_traces_exporter == "console":
        return ConsoleSpanExporter(out=sys.stderr, formatter=lambda span: span.to_json(indent=None) + "\n")
    return OTLPSpanExporter(endpoint=settings.otel_traces_url, headers=settings.otel_headers, timeout=SENT_WITHIN_S)


def _sampler(settings: Settings) -> Sampler:
    """The standard's names; `parentbased_` follows whoever began the trace."""
    name = settings.otel_traces_sampler
    plain = {"always_on": ALWAYS_ON, "always_off": ALWAYS_OFF, "traceidratio": TraceIdRatioBased(settings.otel_traces_sampler_arg)}
    root = plain[name.removeprefix("parentbased_")]
    return ParentBased(root) if name.startswith("parentbased_") else root
