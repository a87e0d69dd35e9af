"""A trace shows where our own code failed, and nothing else."""

import json

import pytest

from backend.queues.records import JobState
from backend.queues.testing import run_until_quiet
from backend.queues.traces import LIMIT, own_trace
from tests.support.queues import Desk, run_errand


def inner(value):
    return json.loads(value)


def outer():
    try:
        inner("secret 1-1001")
    except ValueError as error:
        raise RuntimeError("about somchai@example.com") from error


def caught(function):
    with pytest.raises(Exception) as info:
        function()
    return own_trace(info.value)


def test_own_lines_only_causes_first_and_no_message():
    cause, led_to, last = caught(outer).partition("\nled to\n")
    assert led_to
    assert cause.splitlines()[-1] == "JSONDecodeError"
    assert [line.rpartition(" ")[2] for line in cause.splitlines()[:-1]] == ["outer", "inner"]
    assert last.splitlines()[-1] == "RuntimeError"
    for absent in ("secret", "somchai", "/lib/", "json/decoder", "site-packages"):
        assert absent not in cause + last
    assert "tests/unit/queues/test_traces.py:" in cause
    assert not any(line.startswith("/") for line in (cause + last).splitlines())


def test_a_context_that_was_suppressed_stays_so():
    def forgets():
        try:
            inner("x")
        except ValueError:
            raise RuntimeError from None

    assert "led to" not in caught(forgets)


def test_a_deep_recursion_keeps_its_innermost_lines():
    def deeper(n):
        return deeper(n + 1)

    trace = caught(lambda: deeper(0))
    assert len(trace) <= LIMIT
    assert trace.endswith("RecursionError")


@pytest.mark.parametrize(("limit", "kept"), [(0, [1, 2, 3]), (1, [3]), (2, [2, 3]), (10, [1, 2, 3])])
def test_a_job_keeps_the_traces_of_its_last_attempts(limit, kept):
    desk = Desk()
    answer = desk.service.submit(run_errand, {"place": "x"}, stack_trace_limit=limit, backoff=0)
    desk.errands.outcomes = [outer, outer, outer]
    run_until_quiet(desk.platform, desk.clock)
    job = desk.service.get(answer.job_id)
    assert job.state is JobState.FAILED
    assert [attempt.number for attempt in job.attempts if attempt.trace] == kept
    assert len(job.to_bull()["stacktrace"]) == len(kept)
    assert "tests/support/queues.py" in job.to_bull()["stacktrace"][0]
    assert "backend/queues" not in job.to_bull()["stacktrace"][0]
