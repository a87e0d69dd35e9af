"""Tracing is off unless it is asked for, says what it lacks, and an absent collector is nobody's trouble."""

import json
import subprocess
import sys
import time

import pytest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from structlog.testing import capture_logs

from backend.adapters.opentelemetry import open_tracer
from backend.adapters.opentelemetry.setting_up import Patient, tracer
from backend.errors import Misconfigured
from backend.settings import load
from backend.telemetry.tracing import NO_TRACING, NOTHING, Kind, innermost
from tests.support.sources import ROOT
from tests.support.traces import Collector

OTLP = {"GACP_ENV": "test", "OTEL_TRACES_EXPORTER": "otlp"}


@pytest.mark.parametrize("environment", [{}, {"OTEL_TRACES_EXPORTER": "none"}, OTLP | {"OTEL_SDK_DISABLED": "true"}])
def test_it_is_off_unless_asked_for(environment):
    assert open_tracer(load(**environment)) is NO_TRACING


def test_what_is_off_makes_nothing():
    with NO_TRACING.span("x", Kind.SERVER, {}) as span:
        span.note({"a": 1})
        span.rename("y")
        span.failed("ValueError")
        assert (span, innermost.get()) == (NOTHING, NOTHING)


def test_no_process_imports_a_package_for_it_while_it_is_off():
    program = "import sys, backend.bootstrap, backend.app; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_without_its_packages_the_start_stops_with_one_line(monkeypatch):
    for name in [name for name in sys.modules if name.startswith(("opentelemetry", "backend.adapters.opentelemetry."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    with pytest.raises(Misconfigured) as caught:
        open_tracer(load(**OTLP))

    assert str(caught.value).startswith("OTEL_TRACES_EXPORTER: otlp needs the packages of the extra `otel` (opentelemetry")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "jaeger"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ],
)
def test_a_bad_variable_is_named(variable, value):
    with pytest.raises(Misconfigured, match=variable):
        load(**{variable: value})


def test_spans_reach_a_collector_as_otlp_with_the_headers_it_wants():
    with Collector() as collector:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%20b, x-team=herbs"}
        made = tracer(load(**OTLP, **environment, OTEL_SERVICE_NAME="gacp-test"))
        with made.span("outer", Kind.SERVER, {"url.path": "/x", "who": "a@b.co", "empty": ""}) as outer:
            sent = outer.traceparent
            with made.span("inner", Kind.PRODUCER, {}):
                pass
        made.close()
        (inner, resource), (outer, _) = collector.spans()
        (request,) = collector.requests

    assert (request.path, request.headers["content-type"]) == ("/v1/traces", "application/x-protobuf")
    assert (request.headers["x-key"], request.headers["x-team"]) == ("a b", "herbs")
    assert resource["service.name"] == "gacp-test"
    assert (inner.name, inner.parent_span_id) == ("inner", outer.span_id)
    assert {each.key: each.value.string_value for each in outer.attributes} == {"url.path": "/x", "who": "[email]"}
    assert sent[:-2] == f"00-{outer.trace_id.hex()}-{outer.span_id.hex()}-"


def test_an_address_for_traces_alone_is_taken_as_it_is():
    assert load(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="http://c:1/in").otel_traces_url == "http://c:1/in"
    assert load(OTEL_EXPORTER_OTLP_ENDPOINT="http://c:1/").otel_traces_url == "http://c:1/v1/traces"


def test_without_a_collector_work_goes_on_and_a_process_ends_in_time():
    made = tracer(load(**OTLP, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9"))
    with capture_logs() as lines:
        for _ in range(10):
            with made.span("work", Kind.SERVER, {}):
                pass
        began = time.monotonic()
        made.close()

    assert time.monotonic() - began < 30
    assert [line["called"] for line in lines if "called" in line] == ["collector_away"]


class Shaky(SpanExporter):
    def __init__(self, *results):
        self._results = iter(results)

    def export(self, spans):
        result = next(self._results)
        if isinstance(result, Exception):
            raise result
        return result


def test_that_the_collector_is_away_is_said_once_and_that_it_is_back():
    good, bad = SpanExportResult.SUCCESS, SpanExportResult.FAILURE
    patient = Patient(Shaky(good, bad, ConnectionError(), bad, good, good, bad))
    with capture_logs() as lines:
        results = [patient.export([]) for _ in range(7)]

    assert results == [good, bad, bad, bad, good, good, bad]
    assert [line["called"] for line in lines] == ["collector_away", "collector_back", "collector_away"]


def test_the_console_is_standard_error_one_line_a_span(capsys):
    made = tracer(load(GACP_ENV="test", OTEL_TRACES_EXPORTER="console"))
    for name in ("one", "two"):
        with made.span(name, Kind.CONSUMER, {}):
            pass
    made.close()

    assert [json.loads(line)["name"] for line in capsys.readouterr().err.splitlines()] == ["one", "two"]


@pytest.mark.parametrize(
    ("sampler", "share", "is_kept", "is_kept_inside_of_one_that_is"),
    [
        ("always_on", 0, True, True),
        ("always_off", 1, False, False),
        ("traceidratio", 0, False, False),
        ("parentbased_traceidratio", 0, False, True),
        ("parentbased_always_off", 1, False, True),
        ("parentbased_traceidratio", 1, True, True),
    ],
)
def test_samplers_decide_as_their_names_say(sampler, share, is_kept, is_kept_inside_of_one_that_is):
    environment = {"OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": str(share)}
    made = tracer(load(**OTLP, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", **environment))
    begun = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with made.span("root", Kind.SERVER, {}) as root, made.span("inside", Kind.SERVER, {}, parent=begun) as inside:
        kept = [bool(int(span.traceparent[-2:], 16) & 1) for span in (root, inside)]
    made.close()

    assert kept == [is_kept, is_kept_inside_of_one_that_is]
