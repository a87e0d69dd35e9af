"""Traces by OpenTelemetry: the only importer of its packages, which are there where the extra `otel` is installed."""

from collections.abc import Callable
from pkgutil import resolve_name

from backend.errors import Misconfigured
from backend.settings import Settings
from backend.telemetry.tracing import NO_TRACING, Tracer


def open_tracer(settings: Settings) -> Tracer:
    """The tracer that OTEL_TRACES_EXPORTER asks for, by default one that does nothing. Raises Misconfigured without its packages."""
    if settings.otel_traces_exporter == "none" or settings.otel_sdk_disabled:
        return NO_TRACING
    try:
        # Named like an entry point: 8 MB that nobody carries who does not trace.
        tracer: Callable[[Settings], Tracer] = resolve_name("backend.adapters.opentelemetry.setting_up:tracer")
    except ImportError as error:
        raise Misconfigured(
            f"OTEL_TRACES_EXPORTER: {settings.otel_traces_exporter} needs the packages of the extra `otel` ({error.name} is missing): "
            "pip install 'gacp[otel]', or set it to none"
        ) from None
    return tracer(settings)
