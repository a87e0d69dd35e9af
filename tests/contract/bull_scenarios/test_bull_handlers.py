"""Bull's scenarios of handlers: what they return, raise or cannot be found for, and what `finished` makes of it."""

import asyncio

import pytest
from pydantic import BaseModel, ConfigDict

from backend.adapters.memory.queues import memory_platform
from backend.errors import PermanentFailure
from backend.queues import JobFailed, JobState, job
from backend.queues.testing import drain, run_until_quiet
from tests.support.queues import run_errand


class Round(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int


@job(queue="aiQc", payload=Round, attempts=1)
async def walk(payload, services, context):
    """Walk some steps, as a coroutine."""
    for step in range(payload.steps):
        await asyncio.sleep(0)
        context.progress(step)
    if payload.steps > 3:
        raise PermanentFailure("too far")
    return {"walked": payload.steps}


@pytest.fixture
def walks(desk):
    return memory_platform(walk, broker=desk.broker, store=desk.store, clock=desk.clock, services=desk.errands)


def ended(platform, job_type, payload):
    job_id = platform.service.submit(job_type, payload).job_id
    drain(platform)
    return platform.service.get(job_id)


def test_an_asynchronous_handler_s_result_is_delivered(walks):
    done = ended(walks, walk, {"steps": 3})
    assert (done.state, done.result, done.progress) == (JobState.COMPLETED, {"walked": 3}, 100)


def test_an_asynchronous_handler_that_raises_fails_its_job(walks):
    failed = ended(walks, walk, {"steps": 4})
    assert (failed.state, failed.error) == (JobState.FAILED, "too far")
    assert " walk\n" in failed.attempts[0].trace


def test_a_job_goes_to_the_handler_of_its_name(desk):
    both = memory_platform(walk, run_errand, broker=desk.broker, store=desk.store, clock=desk.clock, services=desk.errands)
    both.service.submit("run_errand", {"place": "market"})
    assert ended(both, "walk", {"steps": 1}).result == {"walked": 1}
    assert desk.errands.done == ["market"]


def test_a_job_without_a_handler_fails_with_its_name_in_the_reason(desk, walks):
    job_id = walks.service.submit(walk, {"steps": 1}, attempts=1).job_id
    drain(desk.platform)  # a worker of another version
    failed = desk.service.get(job_id)
    assert (failed.state, "walk" in failed.error) == (JobState.FAILED, True)


@pytest.mark.parametrize("result", [{"set": {1, 2}}, {1: object()}, "no object"])
def test_a_result_that_json_cannot_say_fails_the_job(desk, result):
    desk.errands.outcomes = [lambda: result]
    assert ended(desk.platform, run_errand, {"place": "x"}).state in (JobState.FAILED, JobState.DELAYED)


def test_the_cause_of_an_error_is_in_the_trace(desk):
    def fail():
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise PermanentFailure("outer") from error

    desk.errands.outcomes = [fail]
    trace = ended(desk.platform, run_errand, {"place": "x"}).attempts[0].trace
    assert trace.index("KeyError") < trace.index("PermanentFailure")


def test_a_delayed_job_s_end_is_waited_for_with_its_result(desk):
    desk.errands.outcomes = [lambda: {"text": "เสร็จ"}]
    job_id = desk.service.submit(run_errand, {"place": "x"}, delay=1000, remove_on_complete=True).job_id
    run_until_quiet(desk.platform, desk.clock)
    assert desk.service.finished(job_id, 0) == {"text": "เสร็จ"}


def test_a_failed_job_s_end_is_its_reason(desk):
    desk.errands.outcomes = [PermanentFailure("out of paper")]
    job_id = desk.service.submit(run_errand, {"place": "x"}, remove_on_fail=True).job_id
    drain(desk.platform)
    with pytest.raises(JobFailed, match="out of paper"):
        desk.service.finished(job_id, 0)
