"""The answer of a report: whether it was made, here and now."""

from msgspec.structs import replace

from backend.queues.testing import drain
from tests.support.queues import Desk, run_errand


def dead(desk):
    job_id = desk.service.submit(run_errand, {"place": "market"}, attempts=1).job_id
    desk.errands.outcomes = [ValueError("x")]
    desk.errands.on_dead_outcomes = [OSError("mail server away")]
    drain(desk.platform)
    return replace(desk.service.get(job_id), on_dead="pending")


def test_a_report_that_another_has_reserved_is_not_made():
    desk = Desk()
    assert desk.platform.dead_letters.report(dead(desk)) is False
    assert desk.errands.dead == []


def test_what_needs_no_report_or_cannot_be_reported_now_is_not_reported():
    desk = Desk()
    job = dead(desk)
    report = desk.platform.dead_letters.report
    assert report(replace(job, on_dead="done")) is False
    assert report(replace(job, type="forgotten")) is False
    desk.store.away = True
    assert report(job) is False
    desk.store.away = False
    desk.store.delete("jobs", job.id)
    assert report(job) is False
    desk.platform.use(None)
    assert report(job) is False
