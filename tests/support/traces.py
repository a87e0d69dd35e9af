"""A collector of traces on a free local port, and a tracer that keeps its spans here."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from backend.adapters.opentelemetry.tracer import OtelTracer
from tests.support.local_http import LocalHttp, Reply


class Collector(LocalHttp):
    """Takes spans as OTLP over HTTP in protobuf."""

    def answer(self, request):
        return Reply(text="")

    def spans(self):
        """Every span that has come, with the resource that it is of."""
        return [
            (span, {each.key: each.value.string_value for each in part.resource.attributes})
            for request in self.requests
            for part in ExportTraceServiceRequest.FromString(request.body).resource_spans
            for scope in part.scope_spans
            for span in scope.spans
        ]


class Kept:
    """`tracer`, and by name the spans that it has ended, the earliest first."""

    def __init__(self):
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = OtelTracer(provider)

    def __call__(self, name):
        return [span for span in self._exporter.get_finished_spans() if span.name == name]

    def names(self):
        return [span.name for span in self._exporter.get_finished_spans()]
