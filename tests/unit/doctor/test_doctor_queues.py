"""The doctor on workers, scheduler and queues: nobody there, hanging, paused, stuck, missed, unheard."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from backend.clock import FrozenClock
from backend.queues import transitions
from backend.queues.ledger import change
from backend.queues.scheduling import LEASE_NAME
from backend.queues.service import Submission
from backend.services.doctor import queues, workers
from tests.support.doctor import Deployment, look, sign, worker

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)


def ledger_entry(deployment, **options):
    return deployment.platform.service.submit("probe_email", {}, **options).job_id


@pytest.mark.parametrize(
    ("seen", "status", "told"),
    [
        (({},), "ok", "1 worker with 10 places: aiQc 1"),
        ((), "failed", "no worker takes jobs: what"),
        (({"ago_s": 300},), "failed", "no worker takes jobs: what"),
        (({"paused": True}, {"name": "w-2", "stopping": True}), "failed", "no worker takes jobs: what"),
        (({"queues": ("aiQc", "email")},), "failed", "no worker takes jobs of calendar, report"),
        (({"queues": ("aiQc", "email")}, {"name": "w-2", "queues": ("calendar", "report")}), "ok", "2 workers with 20 places"),
    ],
)
def test_every_queue_needs_somebody_who_takes_its_jobs(seen, status, told):
    verdict = look(workers.CHECKS, "workers", Deployment(workers=[worker(**each) for each in seen]).patient())

    assert (verdict.status, "gacp worker" in verdict.cure) == (status, status == "failed")
    assert told in verdict.seen


def test_without_the_queue_nobody_has_to_be_there():
    assert look(workers.CHECKS, "workers", Deployment(ENABLE_QUEUE="false").patient()).status == "skipped"


@pytest.mark.parametrize(
    ("name", "seen", "status", "told"),
    [
        ("heartbeats", ({},), "ok", " s old"),
        ("heartbeats", ({"ago_s": 45},), "ok", " s old"),
        ("heartbeats", (), "skipped", "no worker"),
        ("heartbeats", ({}, {"name": "w-2", "ago_s": 300}), "failed", "not heard of for 60 s: w-2"),
        ("heartbeats", ({"ago_s": -300},), "warning", "clock of w-1"),
        ("condition", ({"jobs": ("j-1", "j-2", "j-3")},), "ok", "3 jobs run"),
        ("condition", (), "skipped", "no worker"),
        ("condition", ({"paused": True},), "warning", "w-1 is paused"),
        ("condition", ({"outage": "Redis"},), "warning", "without Redis"),
    ],
)
def test_what_workers_tell(name, seen, status, told):
    verdict = look(workers.CHECKS, name, Deployment(workers=[worker(**each) for each in seen]).patient())

    assert verdict.status == status
    assert told in verdict.seen


@pytest.mark.parametrize(("signs", "status"), [((), "skipped"), ((sign(),), "ok"), ((sign(), sign(name="w-2", fresh=False)), "failed")])
def test_workers_of_this_machine(signs, status):
    deployment = Deployment()
    deployment.seen["life_signs"] = signs

    assert look(workers.CHECKS, "workers-here", deployment.patient()).status == status


def test_a_scheduler_has_to_lead():
    deployment = Deployment(clock=FrozenClock(NOW))
    assert look(workers.CHECKS, "scheduler", deployment.patient()).status == "failed"

    deployment.platform.outside.leadership.acquire(LEASE_NAME, "vm-1", NOW, NOW + timedelta(seconds=10))

    assert look(workers.CHECKS, "scheduler", deployment.patient()).seen == "vm-1 leads"
    deployment.clock.set(NOW + timedelta(seconds=11))
    assert look(workers.CHECKS, "scheduler", deployment.patient()).status == "failed"
    assert look(workers.CHECKS, "scheduler", Deployment(ENABLE_QUEUE="false").patient()).status == "skipped"


def test_schedules_that_were_missed_switched_off_or_could_not_fire_are_told():
    deployment = Deployment(clock=FrozenClock(NOW), ENABLE_SCHEDULER="true")

    def see():
        verdict = look(workers.CHECKS, "schedules", deployment.patient())
        return verdict.status, verdict.seen

    assert see() == ("warning", "the book of recurring jobs is empty")
    book = deployment.platform.schedules
    book.adopt()
    assert see() == ("ok", "1 recurring jobs, none is late")
    deployment.clock.set(NOW + timedelta(hours=2))
    assert see() == ("failed", "missed: clean-jobs")
    book.disable("clean-jobs")
    assert see() == ("warning", "switched off: clean-jobs")
    assert look(workers.CHECKS, "schedules", Deployment().patient()).status == "skipped"


def test_numbers_pauses_and_thresholds():
    deployment = Deployment(ALERT_WAITING_JOBS="1")
    assert look(queues.CHECKS, "pauses", deployment.patient()).status == "ok"
    for _ in range(2):
        ledger_entry(deployment)
    assert "email: 2 waiting" in look(queues.CHECKS, "numbers", deployment.patient()).seen
    assert look(queues.CHECKS, "thresholds", deployment.patient()).status == "warning"

    deployment.platform.control.pause("email", by="somchai", reason="move")

    verdict = look(queues.CHECKS, "pauses", deployment.patient())
    assert verdict.status == "warning"
    assert "email by somchai since" in verdict.seen
    assert "(move)" in verdict.seen
    assert verdict.cure == "gacp queue resume email"


def test_a_redis_that_is_away_is_told():
    deployment = Deployment()
    deployment.broker.away = True

    assert look(queues.CHECKS, "thresholds", deployment.patient()).status == "failed"


def test_jobs_that_run_too_long_or_whose_worker_is_gone_are_told():
    deployment = Deployment(clock=FrozenClock(NOW))
    assert look(queues.CHECKS, "stuck-jobs", deployment.patient()).status == "ok"
    job_id = ledger_entry(deployment, timeout=1_000)
    keeper, ledger = deployment.platform.keeper, deployment.platform.outside.ledger
    lease = keeper.new_lease("w-1")
    change(ledger, job_id, lambda job: transitions.claim(job, lease, NOW))
    deployment.clock.set(NOW + timedelta(minutes=2))

    lost = look(queues.CHECKS, "stuck-jobs", deployment.patient())
    ledger.renew_many({job_id: lease.token}, NOW + timedelta(hours=1))
    over = look(queues.CHECKS, "stuck-jobs", deployment.patient())

    assert (lost.status, over.status) == ("failed", "failed")
    assert "the worker is gone" in lost.seen
    assert "longer than its time-out" in over.seen
    assert f"gacp jobs cancel {job_id}" in over.cure


def test_what_waits_long_or_is_unknown_to_redis_is_told():
    deployment = Deployment(clock=FrozenClock(NOW))
    assert look(queues.CHECKS, "oldest-waiting", deployment.patient()).seen == "nothing waits"
    job_id = ledger_entry(deployment)
    assert look(queues.CHECKS, "relay", deployment.patient()).status == "ok"
    deployment.clock.set(NOW + timedelta(minutes=3))

    waiting = look(queues.CHECKS, "oldest-waiting", deployment.patient())
    known = look(queues.CHECKS, "relay", deployment.patient())
    deployment.broker.clear()
    unknown = look(queues.CHECKS, "relay", deployment.patient())

    assert (waiting.status, known.status, unknown.status) == ("warning", "ok", "failed")
    assert "waiting for 180 s" in waiting.seen
    assert job_id in unknown.seen
    deployment.platform.control.pause("email")
    assert look(queues.CHECKS, "oldest-waiting", deployment.patient()).status == "ok"


def test_a_long_line_of_a_paused_queue_hides_no_other():
    deployment = Deployment(clock=FrozenClock(NOW))
    service = deployment.platform.service
    service.submit_many([Submission("probe_report", {}) for _ in range(queues.LOOKED_AT)])
    deployment.platform.control.pause("report")
    deployment.clock.set(NOW + timedelta(seconds=10))
    ledger_entry(deployment)
    assert look(queues.CHECKS, "oldest-waiting", deployment.patient()).seen == "jobs wait in email, none has been due for a minute"
    deployment.clock.set(NOW + timedelta(seconds=130))

    verdict = look(queues.CHECKS, "oldest-waiting", deployment.patient())

    assert (verdict.status, verdict.seen) == ("warning", "email: waiting for 120 s")
    assert "gacp jobs list --queue email --state waiting" in verdict.cure


def test_a_delayed_job_that_nobody_lets_fall_due_is_told():
    deployment = Deployment(clock=FrozenClock(NOW))
    job_id = ledger_entry(deployment, delay=1_000)
    deployment.clock.set(NOW + timedelta(seconds=121))

    verdict = look(queues.CHECKS, "oldest-waiting", deployment.patient())

    assert (verdict.status, job_id in verdict.seen) == ("warning", True)
    assert "due for 120 s and still delayed" in verdict.seen


def test_events_that_nobody_heard_are_told():
    deployment = Deployment()
    assert look(queues.CHECKS, "outbox", deployment.patient()).status == "ok"
    deployment.untold = ["app-1", "app-2"]

    verdict = look(queues.CHECKS, "outbox", deployment.patient())

    assert (verdict.status, "app-1" in verdict.seen) == ("failed", True)


def alert(**changes):
    fields = {"id": "al_1", "slug": "failed-jobs", "severity": "warning", "queue": "email", "runbook": "docs/runbooks/failed-jobs.md"}
    return SimpleNamespace(**(fields | {"acknowledged": None, "muted": False} | changes))


@pytest.mark.parametrize(
    ("firing", "status", "told"),
    [
        ([], "ok", "nothing fires"),
        ([alert()], "warning", "warning failed-jobs email"),
        ([alert(acknowledged="somchai"), alert(muted=True)], "ok", "2 fire, each is looked after or muted"),
    ],
)
def test_alerts_that_nobody_looks_after_are_told_with_their_runbook(firing, status, told):
    deployment = Deployment()
    deployment.firing = firing

    verdict = look(queues.CHECKS, "alerts", deployment.patient())

    assert (verdict.status, verdict.seen) == (status, told)
    assert ("docs/runbooks/failed-jobs.md" in verdict.cure) == (status == "warning")
