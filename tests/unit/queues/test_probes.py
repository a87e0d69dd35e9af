"""The probes of `gacp doctor`: they take the way of every job, and nothing is counted of them."""

import time
from datetime import timedelta

import pytest

from backend import jobs
from backend.adapters.memory.queues import memory_platform
from backend.jobs.probe import FAILS, Probe, probe_ai_qc, probe_calendar, probe_email, probe_report
from backend.queues.errors import JobCancelled
from backend.queues.jobs import JobContext
from backend.queues.middleware import MiddlewareList
from backend.queues.middleware.base import Middleware
from backend.queues.names import QUEUES
from backend.queues.ports import JobFilter
from backend.queues.probes import is_probe
from backend.queues.records import JobState
from backend.queues.registry import discover
from backend.queues.testing import drain, hearing
from tests.support.queues import Desk, run_errand

PROBES = [probe_ai_qc, probe_email, probe_calendar, probe_report]
SERVICES = object()
"""A probe asks nothing of them unless it rehearses."""


class Counting(Middleware):
    def __init__(self):
        self.heard = []

    def submitted(self, job):
        self.heard.append(("submitted", job.type))

    def running(self, job):
        self.heard.append(("running", job.type))

    def ended(self, job):
        self.heard.append(("ended", job.type))


class Attentive(Counting):
    hears_probes = True


def test_each_queue_has_one_and_every_name_of_one_tells_that_it_is_one():
    assert {probe.queue for probe in PROBES} == set(QUEUES)
    assert {kind.name for kind in discover(jobs) if is_probe(kind.name)} == {probe.name for probe in PROBES}


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_goes_through_its_queue_and_answers(probe):
    platform = memory_platform(probe, services=SERVICES)
    submitted = platform.service.submit(probe, Probe())

    (job,) = drain(platform)

    assert (job.id, job.queue, job.state, job.result["attempt"]) == (submitted.job_id, probe.queue, JobState.COMPLETED, 1)


def test_a_probe_that_is_told_to_fail_fails_as_often_as_it_is_told_to():
    platform = memory_platform(probe_email, services=SERVICES)
    platform.service.submit(probe_email, Probe(act="fail"), attempts=2, backoff=0)

    job = drain(platform)[-1]

    assert (job.state, job.failures, job.error) == (JobState.FAILED, 2, FAILS)


def test_a_probe_that_waits_can_be_cancelled():
    class Cancelled:
        def cancelled(self):
            return "me"

    context = JobContext("j", 1, 1, "email", reporter=Cancelled())
    began = time.monotonic()

    with pytest.raises(JobCancelled):
        probe_email(Probe(hold_ms=60_000), None, context)

    assert time.monotonic() - began < 30


def test_middleware_hears_of_probes_only_where_it_says_so():
    deaf, attentive = Counting(), Attentive()
    platform = Desk(middleware=MiddlewareList([deaf, attentive])).platform
    platform.registry.add(probe_email)
    platform.service.submit(probe_email, Probe())
    platform.service.submit(run_errand, {"place": "x"})

    drain(platform)

    assert [each for each in attentive.heard if each[1] == "probe_email"] == [
        ("submitted", "probe_email"),
        ("running", "probe_email"),
        ("ended", "probe_email"),
    ]
    assert {job_type for _, job_type in deaf.heard} == {"run_errand"}


def test_no_number_is_made_of_probes_and_who_waits_for_one_hears_of_it():
    desk = Desk()
    desk.platform.registry.add(probe_email)
    heard = hearing(desk.platform)
    submitted = desk.service.submit(probe_email, Probe(act="fail"))
    drain(desk.platform)

    found = desk.platform.numbers.window("email", timedelta(hours=1))
    assert (found.submitted, found.ended, found.attempts) == (0, 0, {})
    assert [event.name for event in heard if event.job_id == submitted.job_id][-1] == "failed"

    desk.platform.job_control.remove(submitted.job_id)

    assert desk.ledger.page(JobFilter(type="probe_email")).items == []
    assert desk.control.summaries() == []
