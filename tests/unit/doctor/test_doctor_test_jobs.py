"""The doctor's test jobs go through the platform, tell what they find, and are gone afterwards."""

from datetime import timedelta

import pytest
from pydantic import BaseModel, ConfigDict, Field

from backend.clock import FrozenClock
from backend.jobs import probe
from backend.queues.jobs import JobType
from backend.queues.limits import QueueLimits
from backend.queues.ports import JobFilter
from backend.queues.registry import Registry
from backend.services.doctor import accidents, jobs
from backend.services.doctor.checks import ok
from backend.services.doctor.examining import examine
from backend.services.doctor.probing import FORGOTTEN_AFTER
from backend.services.doctor.table import choose, every_check
from tests.support.doctor import Deployment, look
from tests.unit.doctor.test_doctor_queues import NOW


class Coded(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern="^[0-9]$")


def nothing(payload, services, context):
    raise AssertionError


def left(deployment):
    return deployment.platform.outside.ledger.page(JobFilter(), limit=1000).items


def run(deployment, checks, **options):
    patient = deployment.patient(**options)
    found = examine(checks, patient, at=NOW, begun=lambda _: None, done=lambda _: None)
    return {finding.name: finding.verdict for finding in found.findings}


def test_every_type_in_both_modes_many_at_once_and_every_accident():
    deployment = Deployment(ENABLE_SCHEDULER="true")
    checks = choose(every_check(deployment.registry), only=["jobs", "accidents"])

    with deployment.working(threads=3):
        found = run(deployment, checks)

    assert {name: verdict.seen for name, verdict in found.items() if verdict.status != "ok" and name != "time-out"} == {}
    kinds = {"clean_jobs", "make_report", "run_ai_qc", "send_letter", "sync_appointment"}
    assert {f"{kind}:{mode}" for kind in kinds for mode in ("queued", "inline")} <= found.keys()
    assert "by w-" in found["send_letter:queued"].seen
    assert "in the caller" in found["send_letter:inline"].seen
    assert "5 probes in email: all done, none twice" in found["concurrency"].seen
    assert found["probes-removed"].seen == "every probe was removed"
    assert left(deployment) == []
    assert deployment.platform.control.summaries() == []


def test_without_a_worker_it_is_said_that_nobody_took_the_job_and_nothing_stays():
    deployment = Deployment()

    found = run(deployment, choose(jobs.checks(deployment.registry), only=["send_letter"]), timeout_s=0.2)

    assert found["send_letter:queued"].status == "failed"
    assert "waiting after 0.2 s, with 0 attempts" in found["send_letter:queued"].seen
    assert "gacp worker" in found["send_letter:queued"].cure
    assert found["send_letter:inline"].status == "ok"
    assert (left(deployment), list(deployment.broker.census())) == ([], [])


def test_a_queue_that_takes_no_probe_is_waited_for_once():
    deployment = Deployment()

    found = run(
        deployment, choose(every_check(deployment.registry), only=["send_letter", "run_ai_qc", "concurrency", "accidents"]), timeout_s=0.2
    )

    assert {name for name, each in found.items() if each.status == "failed"} == {"run_ai_qc:queued", "send_letter:queued", "concurrency"}
    assert found["time-out"].status == "skipped"
    assert "took no probe before this one" in found["time-out"].seen


def test_a_job_type_that_is_wrong_fails_in_both_modes_and_says_why():
    wrong = JobType("coded", "email", Coded, nothing, {})
    deployment = Deployment(registry=Registry(wrong, probe.probe_email))

    with deployment.working():
        found = run(deployment, choose(jobs.checks(deployment.registry), only=["coded"]))

    assert [found[name].status for name in ("coded:queued", "coded:inline")] == ["failed", "failed"]
    assert "give it one with Field(examples=[…])" in found["coded:queued"].seen


def test_a_queue_without_a_job_type_is_probed_by_itself():
    deployment = Deployment(registry=Registry(probe.probe_ai_qc, probe.probe_email, probe.probe_calendar, probe.probe_report))

    with deployment.working():
        found = run(deployment, choose(jobs.checks(deployment.registry), skip=["concurrency"]))

    assert {name: verdict.status for name, verdict in found.items()} == {
        "aiQc:queued": "ok",
        "email:queued": "ok",
        "calendar:queued": "ok",
        "report:queued": "ok",
        "probes-removed": "ok",
    }


def test_a_paused_queue_is_left_alone():
    deployment = Deployment()
    deployment.platform.control.pause("email", by="somchai", reason="move")

    verdict = look(jobs.checks(deployment.registry), "send_letter:queued", deployment.patient())

    assert (verdict.status, verdict.cure) == ("skipped", "gacp queue resume email")
    assert "paused by somchai: move" in verdict.seen
    assert left(deployment) == []


@pytest.mark.parametrize("variables", [{"ENABLE_QUEUE": "false"}, {"REDIS_URL": ""}])
def test_without_a_queue_only_what_runs_in_the_caller_is_tried(variables):
    deployment = Deployment(**variables)

    found = run(deployment, choose(every_check(deployment.registry), only=["jobs", "accidents"]))

    by_status = {status: {name for name, each in found.items() if each.status == status} for status in ("ok", "skipped", "failed")}
    assert by_status["failed"] == set()
    assert "send_letter:queued" in by_status["skipped"]
    assert {"send_letter:inline", "fails-and-dies", "duplicate-id", "unknown-id", "bad-payload"} <= by_status["ok"]
    assert left(deployment) == []


def test_a_redis_that_goes_away_meanwhile_is_told():
    deployment = Deployment()
    deployment.broker.away = True

    found = run(deployment, [*choose(jobs.checks(deployment.registry), only=["send_letter", "concurrency"]), *accidents.CHECKS[1:3]])

    assert {name: each.seen for name, each in found.items() if each.status == "failed"} == dict.fromkeys(
        ("send_letter:queued", "time-out", "cancelled"), "it ran in the caller: Redis is away"
    ) | {"concurrency": "some ran in the caller: Redis is away"}


def test_limits_of_the_queue_explain_why_few_run_at_once():
    deployment = Deployment()
    deployment.platform.control.limit(QueueLimits("email", concurrency=1))

    with deployment.working(threads=1):
        verdict = run(deployment, choose(jobs.checks(deployment.registry), only=["concurrency"]), probes=2)["concurrency"]

    assert verdict.status == "ok"
    assert "email has limits" in verdict.seen


def test_one_after_the_other_is_worth_a_look():
    deployment = Deployment()

    with deployment.working(threads=1):
        verdict = run(deployment, choose(jobs.checks(deployment.registry), only=["concurrency"]), probes=2)["concurrency"]

    assert (verdict.status, "1 at once at most" in verdict.seen) == ("warning", True)


def test_an_examination_that_is_interrupted_leaves_nothing():
    deployment = Deployment()
    patient = deployment.patient(timeout_s=0.1)

    def interrupted(check):
        if check.name == "make_report:queued":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examine(jobs.checks(deployment.registry), patient, at=NOW, begun=interrupted, done=lambda _: None)

    assert patient.probed
    assert left(deployment) == []


def test_what_a_killed_examination_left_behind_is_removed_by_the_next_and_another_that_runs_is_not_disturbed():
    deployment = Deployment(clock=FrozenClock(NOW))
    before = deployment.patient().prober.submit("email", {}).job_id
    deployment.clock.set(NOW + FORGOTTEN_AFTER + timedelta(seconds=1))
    beside = deployment.patient().prober.submit("email", {}).job_id
    patient = deployment.patient()
    patient.prober.submit("email", {})

    assert patient.clean() == []

    assert before not in [job.id for job in left(deployment)]
    assert [job.id for job in left(deployment)] == [beside]


def test_a_check_that_submitted_nothing_has_nothing_to_remove():
    deployment = Deployment()
    checks = [check for check in accidents.CHECKS if check.name == "unknown-queue"]

    assert run(deployment, checks)["unknown-queue"] == ok("NotFound: There is no queue 'emial': did you mean 'email'?")
