"""What a job type may say of its isolation, and what travels between a process and its isolated job."""

import pytest
from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict

from backend.adapters.isolation.messages import Lines, Order, line, raised, told
from backend.context import bind
from backend.errors import Conflict, Misconfigured, PermanentFailure, TemporaryFailure
from backend.queues.errors import JobCancelled, JobStopped
from backend.queues.isolation import Gate, in_place
from backend.queues.jobs import JobContext, job
from backend.queues.retrying import is_retryable

CONTEXT = JobContext("j1", 2, 3, "email", "req_1", "app-1", "u1")


class Nothing(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def test_a_job_runs_in_the_process_of_its_worker_unless_its_type_says_otherwise():
    @job(queue="email", payload=Nothing)
    def here(payload, services, context):
        """Run here."""

    assert (here.isolated, here.memory_mib) == (False, 0)


def test_only_isolated_jobs_have_memory_of_their_own():
    with pytest.raises(Misconfigured, match="memory_mib"):
        job(queue="email", payload=Nothing, memory_mib=100)


def test_in_place_the_function_is_called_as_it_is():
    @job(queue="email", payload=Nothing, isolated=True)
    def echo(payload, services, context):
        """Return what it is given."""
        return {"services": services, "job": context.job_id}

    assert in_place(echo, None, Nothing(), "services", CONTEXT) == {"services": "services", "job": "j1"}


def test_an_order_carries_what_the_job_may_know_and_what_its_log_lines_bear():
    with bind(requestId="req_1"):
        order = Order.of("echo", {"name": "สมชาย"}, CONTEXT)
    (message,) = Lines().add(line(job=order.to_json()))
    arrived = Order(**message["job"])
    assert arrived.context(CONTEXT.reporter) == CONTEXT
    assert (arrived.type, arrived.payload, arrived.bound) == ("echo", {"name": "สมชาย"}, {"requestId": "req_1"})


@pytest.mark.parametrize("size", [1, 3, 7, 1_000])
def test_messages_arrive_whole_in_whatever_pieces_they_come(size):
    lines, data = Lines(), line(log="one") + line(result={"text": "two\nlines"}) + b'{"half'
    heard = [message for start in range(0, len(data), size) for message in lines.add(data[start : start + size])]
    assert heard == [{"log": "one"}, {"result": {"text": "two\nlines"}}]
    assert lines.size == len(b'{"half')


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}])
def test_what_is_no_plain_json_is_no_message(value):
    with pytest.raises((TypeError, ValueError)):
        line(result=value)


@pytest.mark.parametrize(
    "error",
    [TemporaryFailure("later", retry_after=7), PermanentFailure("never"), Conflict("changed"), KeyError("gone"), SystemExit(3)],
    ids=lambda error: type(error).__name__,
)
def test_an_error_says_the_same_on_the_other_side(error):
    again = raised(told(error))
    assert (type(again).__name__, str(again)) == (type(error).__name__, str(error))
    assert is_retryable(again) == is_retryable(error)
    assert getattr(again, "retry_after", None) == getattr(error, "retry_after", None)


def test_a_cancelled_job_is_cancelled_on_the_other_side_too():
    again = raised({"cancelled": "somchai"})
    assert isinstance(again, JobCancelled)
    assert str(again) == "cancelled by somchai"


def test_a_gate_lets_few_in_at_once_and_whoever_waits_hears_that_he_is_to_stop():
    gate, stopping = Gate(most=1), []

    class Telling(type(CONTEXT.reporter)):
        def stopping(self):
            stopping.append(1)
            return True

    with gate.passing(CONTEXT), pytest.raises(JobStopped), gate.passing(replace(CONTEXT, reporter=Telling())):
        pass  # pragma: no cover - nobody comes here
    assert stopping
    with gate.passing(CONTEXT):
        pass
