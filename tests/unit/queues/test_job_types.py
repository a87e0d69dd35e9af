"""Declaring job types: what is wrong with one is said when its module is imported."""

import sys
from types import ModuleType

import pytest
from pydantic import BaseModel, ConfigDict

from backend import jobs
from backend.errors import InvalidInput, Misconfigured, NotFound
from backend.queues.jobs import JobContext, job
from backend.queues.registry import Registry, discover
from backend.queues.repeat import Repeat
from backend.queues.schedules import Schedule
from tests.support.queues import Errand, run_errand, try_once


def handler(payload, services, context):
    """First line.

    Second line.
    """


def test_a_job_type_is_named_after_its_function_and_explains_itself_with_its_docstring():
    declared = job(queue="report", payload=Errand, timeout_ms=1000, attempts=2)(handler)
    assert (declared.name, declared.queue, declared.purpose) == ("handler", "report", "First line.")
    assert dict(declared.options) == {"timeout": 1000, "attempts": 2}


@pytest.mark.parametrize(
    ("declaration", "error", "cure"),
    [
        ({"queue": "emial"}, NotFound, "did you mean 'email'"),
        ({"atempts": 3}, InvalidInput, "did you mean 'attempts'"),
        ({"attempts": 0}, InvalidInput, "not valid"),
        ({"backoff": "fast"}, InvalidInput, "not valid"),
        ({"timeout_ms": -1}, InvalidInput, "not valid"),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_cure(declaration, error, cure):
    with pytest.raises(error, match=cure):
        job(**{"queue": "email", "payload": Errand, **declaration})


@pytest.mark.parametrize("config", [ConfigDict(), ConfigDict(frozen=True), ConfigDict(extra="forbid")])
def test_a_payload_must_be_frozen_and_closed(config):
    class Loose(BaseModel):
        model_config = config

    with pytest.raises(Misconfigured, match="Loose: declare it with"):
        job(queue="email", payload=Loose)


def test_a_registry_knows_its_types_by_name_in_order():
    registry = Registry(try_once, run_errand)
    registry.add(run_errand)
    assert list(registry) == [run_errand, try_once]
    assert registry.get("try_once") is try_once


def test_two_functions_of_one_name_are_refused():
    first, second = (job(queue="email", payload=Errand)(handler) for _ in range(2))
    with pytest.raises(Misconfigured, match="'handler': rename"):
        Registry(first, second)


def test_discovery_imports_every_module_of_a_package(tmp_path, request):
    package = tmp_path / "errands_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("from tests.support.queues import run_errand\n")
    (package / "two.py").write_text("from tests.support.queues import try_once, run_errand\n")
    found = ModuleType("errands_of_a_test")
    found.__path__ = [str(package)]
    sys.modules["errands_of_a_test"] = found
    request.addfinalizer(lambda: [sys.modules.pop(name) for name in list(sys.modules) if name.startswith("errands_of_a_test")])
    assert [job_type.name for job_type in discover(found)] == ["run_errand", "try_once"]


def test_the_product_s_job_types_are_these_on_these_queues():
    assert {job_type.name: job_type.queue for job_type in discover(jobs)} == {
        "clean_jobs": "report",
        "make_report": "report",
        "probe_ai_qc": "aiQc",
        "probe_calendar": "calendar",
        "probe_email": "email",
        "probe_report": "report",
        "run_ai_qc": "aiQc",
        "send_letter": "email",
        "sync_appointment": "calendar",
    }


def test_the_product_s_recurring_jobs_are_found_beside_their_types_and_could_run():
    registry = discover(jobs)
    assert {schedule.key: schedule.job_type for schedule in registry.schedules.values()} == {"clean-jobs": "clean_jobs"}
    for schedule in registry.schedules.values():
        registry.get(schedule.job_type).read(schedule.payload)


def test_a_key_names_one_schedule():
    one, other = (Schedule("nightly", "run_errand", Repeat(every=every)) for every in (1000, 2000))
    assert Registry(one, one).schedules == {"nightly": one}
    with pytest.raises(Misconfigured, match="nightly"):
        Registry(one, other)


def test_a_context_outside_of_a_run_tells_nobody():
    context = JobContext(job_id="j", attempt=3, attempts=3, queue="email")
    context.progress(50)
    context.log("nobody hears this")
    assert context.last_attempt
