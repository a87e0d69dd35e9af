"""One trace from a request over the queue to the run in a worker, as a collector gets it."""

import pytest

from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.opentelemetry.setting_up import tracer
from backend.queues.testing import drain
from backend.settings import load
from tests.support.logged import logged
from tests.support.site import Site
from tests.support.traces import Collector, Kept


@pytest.fixture
def spans():
    return Kept()


@pytest.fixture
def site(tmp_path, spans):
    site = Site(tmp_path, tracer=spans.tracer)
    yield site
    site.close()


def test_a_request_is_a_span_named_by_its_route_without_its_query(site, spans):
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    site.sign_in().get("/api/v1/applications/app-1?email=a@b.co", headers={"traceparent": caller})
    [span] = spans("GET /api/v1/applications/<application_id>")

    assert f"{span.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert dict(span.attributes) == {
        "http.request.method": "GET",
        "url.path": "/api/v1/applications/app-1",
        "url.scheme": "http",
        "http.route": "/api/v1/applications/<application_id>",
        "http.response.status_code": 404,
    }
    assert span.kind.name == "SERVER"


def test_probes_and_unknown_paths(site, spans):
    client = site.stranger()
    client.get("/healthz")
    client.get("/nowhere/1000100001015")

    assert spans.names() == ["GET"]
    assert spans("GET")[0].attributes["url.path"] == "/nowhere/[national-id]"


def test_the_line_of_a_request_names_its_trace(site, spans, capsys):
    with logged(capsys) as read:
        site.sign_in().get("/api/v1/auth/me", headers={"X-Request-ID": "req_12345678"})
        [line] = [each for each in read() if each["event"] == "request_ended"]
    [span] = spans("GET /api/v1/auth/me")

    assert (line["requestId"], line["traceId"]) == ("req_12345678", f"{span.context.trace_id:032x}")


def test_one_trace_leads_from_a_request_through_the_queue_to_the_worker_as_a_collector_gets_it(tmp_path):
    with Collector() as collector:
        made = tracer(load(OTEL_TRACES_EXPORTER="otlp", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url))
        site = Site(tmp_path, broker=MemoryBroker(), tracer=made, ENABLE_QUEUE="true")
        site.submitted(site.sign_in())
        drain(site.services.queue_platform)
        site.close()
        spans = {span.name: span for span, _ in collector.spans()}

    request, send, process = (spans[name] for name in ("POST /api/v1/applications/<application_id>/submit", "send email", "process email"))
    assert request.trace_id == send.trace_id == process.trace_id
    assert (send.parent_span_id, process.parent_span_id) == (request.span_id, send.span_id)
    assert [link.span_id for link in process.links] == [send.span_id]
    assert "send aiQc" in spans
