"""Submissions and runs are spans with the names of the messaging conventions, joined across the queue."""

from hashlib import sha256

import pytest
from opentelemetry.trace import SpanKind, StatusCode
from pydantic_core import to_json

from backend import context
from backend.cli.job_views import story
from backend.errors import TemporaryFailure
from backend.queues.service import Submission
from backend.queues.testing import drain, run_until_quiet
from tests.support.queues import Desk, run_errand
from tests.support.traces import Kept


@pytest.fixture
def spans():
    return Kept()


@pytest.fixture
def desk(spans):
    return Desk(tracer=spans.tracer)


def submit(desk, **options):
    return desk.service.submit(run_errand, {"place": "market"}, **options).job_id


def linked(span):
    return [link.context.span_id for link in span.links]


def test_a_submission_is_a_producer_and_its_run_a_consumer_inside_of_it_and_linked_to_it(desk, spans):
    with context.bind(requestId="req_12345678"):
        job_id = submit(desk, requested_by="u-1")
    drain(desk.platform)
    [send], [process] = spans("send aiQc"), spans("process aiQc")

    assert (send.kind, process.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER)
    assert process.parent.span_id == send.context.span_id
    assert desk.service.get(job_id).to_json()["traceId"] == f"{send.context.trace_id:032x}"
    assert linked(process) == [send.context.span_id]
    common = {
        "messaging.system": "rq",
        "messaging.destination.name": "aiQc",
        "messaging.message.id": job_id,
        "messaging.message.body.size": len(to_json(desk.service.get(job_id).payload)),
        "gacp.job.type": "run_errand",
        "gacp.job.mode": "queue",
        "gacp.request.id": "req_12345678",
        "user.hash": sha256(b"u-1").hexdigest()[:16],
    }
    assert dict(send.attributes) == common | {"messaging.operation.name": "send", "messaging.operation.type": "send"}
    assert dict(process.attributes) == common | {
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.message.retry.count": 0,
        "messaging.message.receive.latency": 0,
        "messaging.client.id": process.attributes["messaging.client.id"],
    }


def test_what_is_sent_among_many_runs_in_a_trace_of_its_own_and_is_linked(desk, spans):
    desk.service.submit_many([Submission(run_errand, {"place": f"p{number}"}) for number in range(3)])
    drain(desk.platform)
    [send], processes = spans("send aiQc"), spans("process aiQc")

    assert send.attributes["messaging.batch.message_count"] == 3
    assert [each.parent for each in processes] == [None] * 3
    assert [linked(each) for each in processes] == [[send.context.span_id]] * 3
    assert len({each.context.trace_id for each in (send, *processes)}) == 4


def test_each_try_has_a_span_and_a_failed_one_says_the_class_of_its_error_alone(desk, spans):
    submit(desk)
    desk.errands.outcomes = [TemporaryFailure("about a@b.co")]
    run_until_quiet(desk.platform, desk.clock)
    first, second = spans("process aiQc")

    assert (first.status.status_code, first.attributes["error.type"]) == (StatusCode.ERROR, "TemporaryFailure")
    assert "a@b.co" not in first.to_json()
    assert (second.status.status_code, second.attributes["messaging.message.retry.count"]) == (StatusCode.UNSET, 1)
    assert first.context.trace_id == second.context.trace_id


def test_a_job_that_runs_in_its_caller_is_inside_of_its_submission(desk, spans):
    submit(desk, inline=True)

    assert spans.names() == ["process aiQc", "send aiQc"]
    assert spans("process aiQc")[0].attributes["gacp.job.mode"] == "inline"


def test_the_lines_of_a_run_carry_its_trace_and_nothing_of_it_stays(desk, spans):
    seen = []
    submit(desk)
    desk.errands.outcomes = [lambda: seen.append(dict(context.bound()))]
    drain(desk.platform)
    [process] = spans("process aiQc")

    assert seen[0]["traceId"] == f"{process.context.trace_id:032x}"
    assert seen[0]["spanId"] == f"{process.context.span_id:016x}"
    assert context.bound() == {}


def test_a_job_that_a_job_submits_is_in_the_same_trace(desk, spans):
    submit(desk)
    desk.errands.outcomes = [lambda: submit(desk)]
    run_until_quiet(desk.platform, desk.clock)

    assert len({span.context.trace_id for name in ("send aiQc", "process aiQc") for span in spans(name)}) == 1
    assert len(spans("process aiQc")) == 2


@pytest.mark.parametrize("damaged", ["", "nonsense", "00-0-0-01", "00-00000000000000000000000000000000-0000000000000000-01"])
def test_a_trace_that_cannot_be_read_costs_no_job(desk, spans, damaged):
    job = desk.service.get(submit(desk))
    desk.ledger.save(desk.ledger.get(job.id).noted(desk.clock.now(), "damaged", traceparent=damaged))
    drain(desk.platform)
    [process] = spans("process aiQc")

    assert (process.parent, linked(process)) == (None, [])
    assert desk.service.get(job.id).finished


def test_the_story_of_a_job_leads_to_its_trace(desk, spans):
    job = desk.service.get(submit(desk))
    [send] = spans("send aiQc")

    assert f", trace {send.context.trace_id:032x}" in "\n".join(story(job, state="waiting", redis="waiting", effects=None))


def test_without_tracing_a_job_carries_nothing():
    desk = Desk()

    assert desk.service.get(submit(desk)).traceparent == ""
