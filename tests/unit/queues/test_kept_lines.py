"""What a job logs is kept with it, whoever writes the line and wherever the job runs."""

import logging
import re
import sys
from datetime import timedelta

import pytest

from backend.adapters.isolation.parent import ChildIsolation
from backend.errors import TemporaryFailure
from backend.queues.jobs import job
from backend.queues.kept_lines import MAX_LINE_LENGTH, MAX_LINES, KeptLines, as_text
from backend.queues.testing import drain, run_until_quiet
from backend.telemetry.logs import logger
from tests.support.isolated_jobs import TYPES, Trick, command, talk, trick
from tests.support.logged import logged
from tests.support.queues import Desk, run_errand
from tests.support.workers import House, until

LOG = logger("errand")


@pytest.fixture(autouse=True)
def read(capsys):
    with logged(capsys) as read:
        yield read


def submit(desk, **options):
    return desk.service.submit(run_errand, {"place": "market"}, **options).job_id


def shown(job):
    """The lines of a job without their times, which all of them have."""
    return [re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ", "@ ", line) for line in job.log]


def speak():
    LOG.debug("Nobody needs this")
    LOG.info("A letter was read", pages=3, to="a@b.co")
    logging.getLogger("driver").warning("Slow: %s", "id 1000100001015")


def test_lines_of_every_logger_are_kept_in_their_order_with_those_that_the_job_tells_itself():
    desk = Desk()
    job_id = submit(desk)

    def work():
        speak()
        desk.errands.contexts[0].log("half, says a@b.co")
        LOG.info("Done")

    desk.errands.outcomes = [work]
    drain(desk.platform)

    assert shown(desk.service.get(job_id)) == [
        "@ INFO A letter was read pages=3 to=[email]",
        "@ WARNING Slow: id [national-id]",
        "half, says [email]",
        "@ INFO Done",
    ]


def test_a_failed_attempt_keeps_its_lines_and_its_retry_adds_to_them():
    desk = Desk()
    job_id = submit(desk)

    def fail():
        try:
            raise ValueError("of a@b.co")
        except ValueError:
            LOG.exception("Stumbled")
        raise TemporaryFailure

    desk.errands.outcomes = [fail, speak]
    run_until_quiet(desk.platform, desk.clock, within=timedelta(minutes=1))

    assert shown(desk.service.get(job_id)) == [
        "@ ERROR Stumbled ValueError: of [email]",
        "@ INFO A letter was read pages=3 to=[email]",
        "@ WARNING Slow: id [national-id]",
    ]


def test_kept_lines_cost_no_write_of_their_own():
    versions = []
    for work in (None, speak):
        desk = Desk()
        job_id = submit(desk)
        desk.errands.outcomes = [work]
        drain(desk.platform)
        versions.append(desk.service.get(job_id).version)

    assert versions[0] == versions[1]


def test_the_last_lines_are_kept_and_none_is_long():
    desk = Desk()
    job_id = submit(desk)
    desk.errands.outcomes = [lambda: [LOG.info("Said", number=number, much="x" * 999) for number in range(MAX_LINES + 50)]]
    drain(desk.platform)
    log = desk.service.get(job_id).log

    assert (len(log), {len(line) for line in log}) == (MAX_LINES, {MAX_LINE_LENGTH})
    assert f"number={MAX_LINES + 49} " in log[-1]


def test_a_job_inside_of_another_keeps_its_own_lines():
    desk = Desk()
    outer = submit(desk)
    inner = []

    def work():
        LOG.info("Outside")
        inner.append(submit(desk, inline=True))
        LOG.info("Outside again")

    desk.errands.outcomes = [work, lambda: LOG.info("Inside")]
    drain(desk.platform)

    assert shown(desk.service.get(inner[0])) == ["@ INFO Inside"]
    assert [line for line in shown(desk.service.get(outer)) if "Job" not in line] == ["@ INFO Outside", "@ INFO Outside again"]


@job(queue="aiQc", payload=Trick, attempts=1)
def here(payload, services, context):
    """Do in place what an isolated job does."""
    return talk(payload.size, context)


@pytest.mark.servers
def test_inline_worker_and_isolated_runs_keep_the_same(tmp_path):
    house = House(types=(here, *TYPES), isolation=ChildIsolation(command(tmp_path)))
    inline = house.service.submit(here, Trick(do="talk"), inline=True).job_id
    with house.worker(concurrency=2):
        worked, isolated = (house.service.submit(kind, Trick(do="talk")).job_id for kind in (here, trick))
        assert until(lambda: all(house.service.get(each).finished for each in (worked, isolated)), 60)

    kept = [shown(house.service.get(each)) for each in (inline, worked, isolated)]
    assert kept[0] == ["@ INFO A trick is told of to=[email]", "told", "@ WARNING by a driver: [national-id]"]
    assert kept == [kept[0]] * 3


def test_what_is_taken_is_not_written_twice():
    kept = KeptLines()
    kept.keep("once")

    assert (kept.take(), kept.take()) == (("once",), ())
    assert kept.written_by(sys.intern) is sys.intern


def test_a_line_to_debug_with_is_nobodys():
    assert as_text({"level": "debug", "time": "", "message": "x"}) == ""
