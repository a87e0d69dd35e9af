"""Queue or inline, retry or dead: the two decisions, as tables."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from backend import errors
from backend.flags import decide
from backend.queues.errors import BrokerUnavailable, JobTimedOut
from backend.queues.options import JobOptions
from backend.queues.records import Attempt, Job
from backend.queues.retrying import Retry, is_retryable, next_try

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("case", "mode", "reason"),
    [
        ((True, False, False, False), "queue", "ENABLE_QUEUE is true"),
        ((True, True, False, False), "inline", "Redis is away"),
        ((True, False, True, False), "queue", "the queue is paused: the job waits"),
        ((True, True, True, False), "queue", "the queue is paused: the job waits"),
        ((True, False, True, True), "inline", "the caller asked for it now"),
        ((True, True, False, True), "inline", "the caller asked for it now"),
        ((False, False, False, False), "inline", "ENABLE_QUEUE is not true"),
        ((False, True, False, False), "inline", "ENABLE_QUEUE is not true"),
        ((False, False, True, False), "queue", "the queue is paused: the job waits"),
        ((False, False, False, True), "inline", "the caller asked for it now"),
    ],
)
def test_where_a_job_runs_and_why(case, mode, reason):
    enable, circuit_open, paused, asked = case
    decision = decide(enable_queue=enable, circuit_open=circuit_open, paused=paused, asked_inline=asked)
    assert (decision.mode, decision.reason) == (mode, reason)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.TemporaryFailure("x"), True),
        (errors.Unavailable("x"), True),
        (BrokerUnavailable("x"), True),
        (errors.Conflict("x"), True),
        (ValueError("an accident"), True),
        (ExceptionGroup("listeners", [ValueError()]), True),
        (JobTimedOut(5), True),
        (errors.PermanentFailure("x"), False),
        (errors.InvalidInput("x"), False),
        (errors.NotFound("x"), False),
        (errors.Misconfigured("x"), False),
        (errors.NotAllowed("x"), False),
    ],
)
def test_whether_trying_again_can_help_is_a_matter_of_the_error_s_class(error, expected):
    assert is_retryable(error) is expected
    assert (next_try(a_job(failures=0), error) is not None) is expected


def a_job(failures, attempts=3):
    job = Job(
        id="j",
        type="t",
        queue="aiQc",
        payload={},
        options=JobOptions(attempts=attempts, backoff={"type": "exponential", "delay": 2000}),
        created_at=NOW,
        due_at=NOW,
    )
    return replace(job, attempts=tuple(Attempt(n, "w", NOW, NOW, "failed") for n in range(failures)))


@pytest.mark.parametrize(
    ("failures", "attempts", "expected"),
    [(0, 3, Retry(2000)), (1, 3, Retry(4000)), (2, 3, None), (3, 3, None), (0, 1, None), (0, 2, Retry(2000))],
)
def test_attempts_are_the_total_number_of_tries(failures, attempts, expected):
    assert next_try(a_job(failures, attempts), ValueError()) == expected


@pytest.mark.parametrize(("told", "wait"), [(0.5, 2000), (2.0, 2000), (30.25, 30_250), (None, 2000)])
def test_a_provider_is_not_asked_again_earlier_than_it_told(told, wait):
    assert next_try(a_job(0), errors.TemporaryFailure("busy", retry_after=told)) == Retry(wait)


def test_without_a_backoff_it_is_tried_again_at_once():
    job = replace(a_job(0), options=JobOptions(attempts=2))
    assert next_try(job, ValueError()) == Retry(0)


def test_lost_and_stopped_runs_do_not_use_up_attempts():
    job = replace(a_job(0), attempts=tuple(Attempt(1, "w", NOW, NOW, outcome) for outcome in ("lost", "stopped", "lost")))
    assert next_try(job, ValueError()) == Retry(2000)
