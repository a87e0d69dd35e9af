"""What an engineer is told to do about a job, by where it is."""

from datetime import timedelta

import pytest

from backend.queues.errors import JobCrashed
from backend.queues.next_step import Surroundings, next_step
from backend.queues.ports import Pause
from backend.queues.records import JobState, altered
from backend.queues.testing import drain
from backend.queues.window import JobPlace
from tests.support.queues import NOON, Desk, run_errand, try_once

LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def desk():
    return Desk()


def submitted(desk, **options):
    return desk.service.get(desk.service.submit(run_errand, {"place": "x"}, **options).job_id)


def around(**changes):
    return Surroundings(**({"now": NOON, "redis": "up", "place": JobPlace("waiting", ahead=3)} | changes))


def test_what_waits_is_told_how_many_are_before_it(desk):
    step = next_step(submitted(desk), around())
    assert (step.code, step.command) == ("inLine", "")
    assert "3 jobs are before it" in step.text
    assert "3" in step.thai


@pytest.mark.parametrize(
    ("changes", "code", "command"),
    [
        ({"pause": Pause("aiQc", "boss", NOON, "the provider is down")}, "paused", "gacp queue resume aiQc"),
        ({"redis": "away", "place": None}, "redisAway", ""),
        ({"served": False}, "noWorker", "gacp worker"),
        ({"place": JobPlace("nowhere")}, "inLine", ""),
        ({"place": JobPlace("nowhere"), "now": LATER}, "undelivered", "gacp queue reconcile"),
        ({"redis": "off", "place": None}, "inLine", ""),
    ],
)
def test_what_keeps_a_waiting_job_is_named_with_its_cure(desk, changes, code, command):
    step = next_step(submitted(desk), around(**changes))
    assert (step.code, step.command) == (code, command)


def test_a_delayed_job_waits_for_its_time_and_is_missed_after_it(desk):
    job = submitted(desk, delay=30_000)
    assert next_step(job, around()).command == f"gacp jobs promote {job.id}"
    assert next_step(job, around(now=LATER)).code == "overdue"


def test_a_job_that_runs_is_waited_for_until_it_is_stale_or_its_worker_silent(desk):
    job = submitted(desk, timeout=30_000)
    desk.take_and_vanish()
    job = desk.service.get(job.id)
    alive = altered(job, lease=altered(job.lease, until=NOON + timedelta(hours=1)))
    assert next_step(alive, around()).code == "running"
    assert next_step(alive, around(now=LATER)).command == f"gacp jobs cancel {job.id}"
    assert next_step(altered(alive, cancel_at=NOON), around()).code == "cancelling"
    assert next_step(job, around(now=NOON + timedelta(hours=2))).code == "lost"


def test_a_job_that_has_ended_needs_nothing_or_a_retry(desk):
    job = submitted(desk)
    drain(desk.platform)
    assert next_step(desk.service.get(job.id), around()).code == "done"
    desk.errands.outcomes.append(JobCrashed("no"))
    failed = desk.service.submit(try_once, {"place": "x"}).job_id
    drain(desk.platform)
    step = next_step(desk.service.get(failed), around())
    assert (step.code, step.command) == ("failed", f"gacp jobs retry {failed}")
    assert "JobCrashed" in step.text
    assert next_step(altered(desk.service.get(failed), on_dead="pending"), around()).code == "telling"
    assert desk.service.get(failed).state is JobState.FAILED
