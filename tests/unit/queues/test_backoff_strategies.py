"""A backoff of one's own: known by name, checked when a job is submitted, and never the end of a job by mistake."""

from types import ModuleType

import pytest

from backend.errors import InvalidInput, Misconfigured, TemporaryFailure
from backend.queues.backoff import Backoff, backoff_strategy
from backend.queues.options import JobOptions
from backend.queues.records import JobState
from backend.queues.registry import Registry, discover
from backend.queues.retrying import Retry, next_try
from backend.queues.testing import drain
from tests.contract.test_ledger import a_job
from tests.support.queues import Desk, run_errand

SEEN = []


@backoff_strategy
def by_error(failures, error, options):
    SEEN.append((failures, str(error), dict(options)))
    return {"now": None, "soon": 250, "never": -1, "back in time": -500, "late": 99_000}[str(error)]


@backoff_strategy
def broken(failures, error, options):
    raise KeyError(failures)


STRATEGIES = Registry(by_error, broken).strategies


def job_with(**backoff):
    return a_job(options=JobOptions(attempts=3, backoff=Backoff(**backoff)))


@pytest.mark.parametrize(
    ("message", "expected"), [("now", Retry(0)), ("soon", Retry(250)), ("never", None), ("back in time", Retry(0)), ("late", Retry(5000))]
)
def test_a_strategy_decides_by_the_error_and_under_the_cap(message, expected):
    assert next_try(job_with(type="by_error", cap=5000, options={"a": 1}), TemporaryFailure(message), STRATEGIES) == expected
    assert SEEN[-1] == (1, message, {"a": 1})


@pytest.mark.parametrize("name", ["broken", "gone"])
def test_a_strategy_that_fails_or_is_gone_waits_for_the_fixed_delay(name):
    assert next_try(job_with(type=name, delay=700), TemporaryFailure("x"), STRATEGIES) == Retry(700)


def test_a_strategy_is_refused_when_the_job_is_submitted_and_not_when_it_fails():
    desk = Desk()
    with pytest.raises(InvalidInput, match="the types are fixed, exponential, exponential-bull4") as caught:
        desk.service.submit(run_errand, {"place": "x"}, backoff={"type": "by_eror", "delay": 1})
    assert caught.value.errors[0].field == "backoff.type"
    assert desk.control.stats()["aiQc"]["waiting"] == 0


def test_a_registered_strategy_runs_in_the_platform():
    desk = Desk(strategies=[by_error])
    answer = desk.service.submit(run_errand, {"place": "x"}, backoff={"type": "by_error"})
    desk.errands.outcomes = [TemporaryFailure("never")]
    drain(desk.platform)
    job = desk.service.get(answer.job_id)
    assert (job.state, len(job.attempts)) == (JobState.FAILED, 1)


def test_two_strategies_of_one_name_and_one_named_like_a_built_in_are_refused():
    def fixed(failures, error, options):
        return 0

    def by_error(failures, error, options):
        return 0

    with pytest.raises(Misconfigured, match="built-in"):
        backoff_strategy(fixed)
    with pytest.raises(Misconfigured, match="by_error"):
        Registry(*STRATEGIES.values(), backoff_strategy(by_error))


def test_strategies_are_found_beside_the_job_types():
    package = ModuleType("nothing")
    package.__path__ = []
    assert discover(package).strategies == {}
    assert set(Registry(run_errand, by_error).strategies) == {"by_error"}
