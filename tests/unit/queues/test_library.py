"""The platform as a library: what is public, that it is documented, and that its test helpers tell the truth."""

import inspect
import re
from datetime import timedelta

import pytest

from backend import queues
from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.memory.channel import MemoryExchange
from backend.adapters.memory.queues import NOON, memory_platform
from backend.clock import FrozenClock
from backend.queues import testing
from backend.queues.testing import assert_not_submitted, assert_submitted, drain, hearing, run_until_quiet, submitted
from tests.support.queues import Errands, run_errand, try_once
from tests.support.sources import ROOT

PUBLIC = [(module, name) for module in (queues, testing) for name in module.__all__]
ALIASES = {"Handler", "OnDeadHandler", "Listener", "LABELS", "QUEUES"}


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=[name for _, name in PUBLIC])
def test_every_public_name_is_there_and_says_what_it_is_for(module, name):
    value = getattr(module, name)
    if name not in ALIASES:
        assert inspect.getdoc(value)
        assert not inspect.getdoc(value).startswith(f"{name}(")  # what a dataclass writes by itself


def methods_of(kind):
    return [method for name, method in vars(kind).items() if inspect.isfunction(method) and not name.startswith("_")]


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=[name for _, name in PUBLIC])
def test_every_public_function_and_method_is_annotated(module, name):
    value = getattr(module, name)
    own = methods_of(value) if inspect.isclass(value) else [value]
    functions = [each for each in own if inspect.isfunction(each) and each.__module__.startswith("backend.")]
    for function in functions:
        parameters = set(inspect.signature(function).parameters) - {"self"}
        assert parameters | {"return"} <= set(function.__annotations__), function.__qualname__


@pytest.mark.parametrize("port", [queues.Ledger, queues.Broker, queues.Pauses, queues.Leadership, queues.EventChannel, queues.QueueEvents])
def test_every_method_of_a_port_says_what_it_promises(port):
    assert methods_of(port)
    assert [method.__qualname__ for method in methods_of(port) if not inspect.getdoc(method)] == []


def test_the_reference_lists_every_public_name():
    page = (ROOT / "docs" / "reference" / "queues.md").read_text("utf-8")
    section = page.partition("## Public names")[2].partition("\n## ")[0]
    listed = set(re.findall(r"`(\w+)`", section))
    assert [name for _, name in PUBLIC if name not in listed] == []


def test_no_public_name_hides_a_module_of_the_package():
    assert [name for name in queues.__all__ if inspect.ismodule(getattr(queues, name))] == []


def test_no_public_name_stands_there_twice():
    assert len(set(queues.__all__)) == len(queues.__all__)


def platform(**more):
    return memory_platform(run_errand, try_once, services=Errands(), **more)


def test_the_platform_in_memory_runs_jobs_at_noon_and_never_waits():
    made = platform(ENABLE_QUEUE="false")
    made.registry.get("run_errand")
    errands = Errands(outcomes=[ValueError("a"), ValueError("b")])
    made.use(errands)
    answer = made.service.submit(run_errand, {"place": "x"})
    assert (answer.mode, answer.state) == ("inline", "completed")
    assert made.service.get(answer.job_id).created_at == NOON


def test_the_doubles_handed_in_are_the_ones_used():
    broker, clock, exchange = MemoryBroker(), FrozenClock(NOON + timedelta(days=1)), MemoryExchange()
    sending, elsewhere = exchange.channel(), exchange.channel()
    heard = []
    elsewhere.listen(heard.append)
    made = platform(broker=broker, clock=clock, channel=sending)
    answer = made.service.submit(run_errand, {"place": "x"})
    assert broker.missing([answer.job_id]) == set()
    assert made.service.get(answer.job_id).created_at == clock.now()
    assert [event.job_id for event in heard] == [answer.job_id]


def test_what_was_submitted_is_told_apart_by_type_and_payload():
    made = platform()
    made.service.submit(run_errand, {"place": "x"})
    made.service.submit(try_once, {"place": "x", "weight": 2})
    assert [job.type for job in submitted(made)] == ["run_errand", "try_once"]
    assert [job.type for job in submitted(made, try_once)] == ["try_once"]
    assert assert_submitted(made, try_once, weight=2).payload["place"] == "x"
    assert_not_submitted(made, try_once, weight=3)


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda made: assert_submitted(made, run_errand, 2, place="x"), "1 run_errand jobs have"),
        (lambda made: assert_submitted(made, run_errand, place="y"), "'place': 'x'"),
        (lambda made: assert_submitted(made, try_once), "Submitted: none"),
        (lambda made: assert_not_submitted(made, run_errand), "1 run_errand jobs were submitted"),
        (lambda made: assert_not_submitted(made, run_errand, place="x"), "'place': 'x'"),
    ],
)
def test_a_helper_that_is_not_satisfied_says_what_it_found(check, message):
    made = platform()
    made.service.submit(run_errand, {"place": "x"})
    with pytest.raises(AssertionError, match=message):
        check(made)


def test_none_at_all_has_a_helper_of_its_own():
    with pytest.raises(ValueError, match="assert_not_submitted"):
        assert_submitted(platform(), run_errand, 0)


def test_events_are_collected_from_now_on_by_name_and_queue():
    made = platform()
    made.service.submit(run_errand, {"place": "before"})
    everything, of_email = hearing(made), hearing(made, "completed", queue="email")
    made.service.submit(try_once, {"place": "x"})
    drain(made)
    assert everything[0].name == "waiting"
    assert [event.queue for event in of_email] == ["email"]


def test_time_passes_only_as_far_as_it_was_allowed_to():
    clock = FrozenClock(NOON)
    made = platform(clock=clock)
    made.service.submit(run_errand, {"place": "soon"}, delay=60_000)
    made.service.submit(run_errand, {"place": "late"}, delay=7_200_000)
    assert [job.payload["place"] for job in run_until_quiet(made, clock)] == ["soon"]
    assert clock.now() < NOON + timedelta(hours=1)
