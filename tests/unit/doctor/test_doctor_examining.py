"""An examination waits for nobody for ever, goes on behind every accident, and can be narrowed."""

import threading
import time

import pytest

from backend.errors import Conflict, InvalidInput, Unavailable
from backend.queues.errors import BrokerUnavailable
from backend.services.doctor import examining, servers
from backend.services.doctor.checks import Check, failed, ok, skipped, warning
from backend.services.doctor.examining import examine
from backend.services.doctor.patient import Once
from backend.services.doctor.table import choose, every_check
from tests.support.doctor import Deployment
from tests.unit.doctor.test_doctor_queues import NOW


def check(name, look, **more):
    return Check(name, "subject", look, **more)


def raising(error):
    def look(_patient):
        raise error

    return look


def run(checks, deployment=None, **options):
    told = []
    patient = (deployment or Deployment()).patient(**options)
    found = examine(checks, patient, at=NOW, begun=lambda each: told.append(each.name), done=lambda each: told.append(each.status))
    return found, told


def test_each_check_is_told_of_and_counted():
    looks = [lambda _: ok("fine"), lambda _: warning("odd", "look"), lambda _: skipped("not here")]

    found, told = run([check(name, look) for name, look in zip("abc", looks, strict=True)])

    assert told == ["a", "ok", "b", "warning", "c", "skipped"]
    assert found.healthy
    assert found.summary == {"ok": 1, "warning": 1, "failed": 0, "skipped": 1}
    assert found.to_json()["checks"][1] | {"tookMs": 0} == {
        "name": "b",
        "subject": "subject",
        "status": "warning",
        "seen": "odd",
        "cure": "look",
        "tookMs": 0,
    }


def test_a_failure_makes_it_unhealthy():
    found, _ = run([check("a", lambda _: failed("broken", "mend")), check("b", lambda _: ok("fine"))])

    assert not found.healthy
    assert found.to_json()["summary"] == {"ok": 1, "warning": 0, "failed": 1, "skipped": 0}


def test_a_check_that_raises_fails_and_the_others_go_on():
    found, _ = run(
        [check("a", raising(Conflict("not now"))), check("b", raising(ZeroDivisionError("oh"))), check("c", lambda _: ok("fine"))]
    )

    assert [(each.status, each.verdict.seen) for each in found.findings] == [
        ("failed", "not now"),
        ("failed", "the check itself failed: ZeroDivisionError: oh"),
        ("ok", "fine"),
    ]


def test_a_check_that_hangs_is_given_up():
    release = threading.Event()
    patient = Deployment().patient(timeout_s=0.05 - examining.OVERTIME_S)
    began = time.monotonic()

    found = examine(
        [check("a", lambda _: ok(str(release.wait(60)))), check("b", lambda _: ok("fine"))],
        patient,
        at=NOW,
        begun=lambda _: None,
        done=lambda _: None,
    )

    release.set()
    assert time.monotonic() - began < 30
    assert [each.status for each in found.findings] == ["failed", "ok"]
    assert "no answer within" in found.findings[0].verdict.seen


def test_what_was_seen_is_masked():
    found, _ = run([check("a", lambda _: ok("redis://:hunter2@host and farmer@example.com"))])

    assert "hunter2" not in found.findings[0].verdict.seen
    assert "farmer@example.com" not in found.findings[0].verdict.seen


def test_one_outage_is_one_failure_and_what_depends_on_it_is_skipped():
    deployment = Deployment(redis=BrokerUnavailable("Redis: refused"))

    found, _ = run(servers.CHECKS, deployment)

    statuses = {each.name: each.status for each in found.findings}
    assert statuses["redis"] == "failed"
    assert {status for name, status in statuses.items() if name.startswith("redis-")} == {"skipped"}
    assert statuses["documents"] == "ok"


def test_without_the_document_store_all_that_needs_it_is_skipped_with_the_reason():
    deployment = Deployment(documents=Unavailable("gone"))
    deployment.seen["services"] = Unavailable("gone")

    found, _ = run(choose(every_check(deployment.registry), only=["documents", "queues", "jobs"]), deployment)

    assert [each.name for each in found.findings if each.status == "failed"] == ["documents"]
    assert {each.status for each in found.findings if each.subject in ("queues", "jobs")} == {"skipped"}
    assert "without the document store: gone" in found.findings[-1].verdict.seen


def test_a_server_that_hangs_is_waited_for_once():
    release = threading.Event()
    deployment = Deployment(redis=lambda: release.wait(60), workers=lambda: release.wait(60))
    began = time.monotonic()

    found, _ = run(choose(every_check(deployment.registry), only=["servers", "workers"]), deployment, timeout_s=0.5)

    release.set()
    assert time.monotonic() - began < 30
    assert "did not answer within 0.5 s" in next(each.verdict.seen for each in found.findings if each.name == "redis")


def test_something_is_made_once_whatever_came_of_it():
    made, failing = [], []
    good = Once(lambda: made.append(1) or "thing", 5, "It")
    bad = Once(lambda: failing.append(1) or {}["nothing"], 5, "It")

    assert (good.get(), good.get(), made) == ("thing", "thing", [1])
    for _ in range(2):
        with pytest.raises(KeyError):
            bad.get()
    assert failing == [1]


def test_checks_are_chosen_by_name_by_subject_and_by_what_they_cost():
    checks = every_check(Deployment().registry)

    assert {each.subject for each in choose(checks, only=["redis", "web"])} == {"servers", "web"}
    assert [each.name for each in choose(checks, only=["send_letter"])] == ["send_letter:queued", "send_letter:inline"]
    assert "jobs" not in {each.subject for each in choose(checks, skip=["jobs"])}
    assert not any(each.slow for each in choose(checks, quick=True))
    assert len({each.name for each in checks}) == len(checks)


@pytest.mark.parametrize(("name", "told"), [("redsi", "did you mean 'redis'?"), ("zzzzzz", "gacp doctor --list")])
def test_a_name_of_no_check_is_refused(name, told):
    with pytest.raises(InvalidInput, match="There is no check") as refusal:
        choose(every_check(Deployment().registry), skip=[name])
    assert told in str(refusal.value)
