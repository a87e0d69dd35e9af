"""Dead letters over HTTP: an administrator finds out why letters do not leave, puts it right, and runs them again."""

from datetime import timedelta

import pytest

from backend.accounts.roles import Role
from backend.queues.records import JobState
from tests.support.site import Site

ROOT = "/api/v1/jobs/failed"
BRIEF = {"jobId", "queueName", "jobType", "error", "message", "failedAt", "attemptsMade", "attempts", "cause", "affected", "requestId"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("dead"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def application_id(site):
    return site.submitted(site.sign_in())


def kill(site, subject, count=1):
    """Jobs about an application whose letter is of a kind that there is not: they fail for good in the caller."""
    ids = []
    for number in range(count):
        payload = {"kind": "nosuch", "application_id": subject, "event_id": f"event-{number}"}
        sent = site.services.queues.submit("send_letter", payload, subject=subject, requested_by="u-1")
        assert sent.state is JobState.FAILED
        ids.append(sent.job_id)
    site.services.queue_platform.dead.grouping.flush()
    site.services.clock.move(timedelta(seconds=1))
    return ids


@pytest.fixture
def dead(site, application_id):
    return kill(site, application_id, 3)


@pytest.fixture
def admin(site):
    return site.sign_in(Role.ADMIN)


def cause_of(admin, job_id):
    return admin.get(f"{ROOT}/{job_id}").get_json()["letter"]["cause"]["id"]


def test_the_newest_are_told_with_whom_they_affect(admin, dead, application_id):
    body = admin.get(f"{ROOT}/recent?limit=2").get_json()
    assert (body["success"], body["limit"], len(body["items"])) == (True, 2, 2)
    newest = body["items"][0]
    assert newest.keys() >= BRIEF
    assert newest["jobId"] in dead
    assert newest["affected"]["applicationId"] == application_id
    assert newest["affected"]["applicationNumber"].startswith("GACP-2569-")
    assert newest["affected"]["farmer"]["name"]
    assert admin.get(f"{ROOT}/recent?limit=0").status_code == 422


def test_the_numbers_are_told_for_each_monitored_queue(admin, dead):
    body = admin.get(f"{ROOT}/stats").get_json()
    assert body["monitoredQueues"] == ["aiQc", "email", "calendar", "report"]
    email = body["queues"][1]
    assert email["failed"] >= len(dead)
    assert (email["windowMinutes"], email["threshold"]) == (5, 10)
    assert email["recentFailures"] >= len(dead)
    assert email["successRate"].keys() == {"window", "hour", "day"}
    assert body["retention"] == {"failedJobsDays": 7, "causesDays": 90}
    assert body["causes"].keys() == {"new", "known", "fixed", "ignored"}


def test_one_is_shown_with_attempts_stacks_payload_and_options(admin, dead):
    letter = admin.get(f"{ROOT}/{dead[0]}").get_json()["letter"]
    assert letter["payload"]["kind"] == "nosuch"
    assert letter["options"]["attempts"] == 5
    assert letter["history"][0]["stack"][-2].startswith("backend/certification/")
    assert all(not line.startswith("/") for attempt in letter["history"] for line in attempt["stack"])
    assert letter["effects"] is None, "nobody can say what a letter of no kind would do"
    assert admin.get(f"{ROOT}/nosuch").status_code == 404


def test_the_list_is_filtered_and_paged(admin, dead, application_id):
    cause = cause_of(admin, dead[0])
    where = {"cause": cause, "queue": "email", "subject": application_id, "limit": 2}
    first = admin.get(ROOT, query_string=where).get_json()
    assert len(first["items"]) == 2
    assert all(item["cause"]["id"] == cause for item in first["items"])
    rest = admin.get(ROOT, query_string=where | {"cursor": first["next"]}).get_json()
    assert not {item["jobId"] for item in rest["items"]} & {item["jobId"] for item in first["items"]}
    assert admin.get(f"{ROOT}?since=2027-01-01T00:00:00Z").get_json()["items"] == []
    assert admin.get(f"{ROOT}?queue=nosuch").status_code == 404
    assert admin.get(f"{ROOT}?colour=red").status_code == 422


def test_causes_are_told_and_marked(site, admin, dead):
    cause = cause_of(admin, dead[0])
    listed = admin.get(f"{ROOT}/causes").get_json()
    assert cause in [each["id"] for each in listed["items"]]
    marked = admin.post(f"{ROOT}/causes/{cause}", json={"state": "known", "note": "ticket 17"}).get_json()["cause"]
    assert (marked["state"], marked["note"], marked["open"] >= 3) == ("known", "ticket 17", True)
    assert marked["applications"][0]["applicationNumber"].startswith("GACP-")
    assert admin.get(f"{ROOT}/causes?state=known").get_json()["items"][0]["id"] == cause
    assert admin.get(f"{ROOT}/causes/{cause}").get_json()["cause"]["note"] == "ticket 17"
    assert admin.post(f"{ROOT}/causes/{cause}", json={"state": "gone"}).status_code == 422
    assert admin.post(f"{ROOT}/causes/nosuch", json={"state": "known"}).status_code == 404
    entry = admin.get("/api/v1/audit?action=dead.mark&outcome=done").get_json()["items"][0]
    assert (entry["target"], entry["after"]["state"], entry["after"]["note"]) == (cause, "known", "ticket 17")


def test_an_edit_is_checked_against_the_job_type_and_runs_the_job_again(site, admin, dead):
    refused = admin.post(f"{ROOT}/{dead[0]}/edit", json={"payload": {"knid": "receipt"}})
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "payload.knid")
    edited = admin.post(f"{ROOT}/{dead[0]}/edit", json={"payload": {"kind": "another"}, "reason": "a typo"}).get_json()
    assert (edited["before"], edited["after"], edited["state"]) == ({"kind": "nosuch"}, {"kind": "another"}, "waiting")
    entry = admin.get("/api/v1/audit?action=dead.edit&outcome=done").get_json()["items"][0]
    assert (entry["target"], entry["before"], entry["after"], entry["reason"]) == (
        dead[0],
        {"kind": "nosuch"},
        {"kind": "another"},
        "a typo",
    )
    assert admin.post(f"{ROOT}/{dead[0]}/edit", json={"payload": {"kind": "x"}}).status_code == 404


def test_some_are_run_again_or_all_that_match(site, admin, dead):
    again = admin.post(f"{ROOT}/retry", json={"ids": [dead[0], "nosuch"]}).get_json()
    assert (again["count"], list(again["left"])) == (1, ["nosuch"])
    matching = admin.post(f"{ROOT}/retry", json={"filter": {"cause": cause_of(admin, dead[1])}}).get_json()
    assert matching["count"] >= 2
    assert matching["more"] is False
    for wrong in ({}, {"ids": []}, {"ids": ["a"], "filter": {}}, {"filter": {"colour": "red"}}):
        assert admin.post(f"{ROOT}/retry", json=wrong).status_code == 422


@pytest.mark.parametrize("route", ["retry", "discard", "replay"])
@pytest.mark.parametrize("chosen", [{}, {"filter": {}}, {"all": False}, {"all": True, "filter": {"queue": "email"}}])
def test_every_dead_letter_is_meant_only_where_that_is_said(admin, dead, route, chosen):
    """No filter, or an empty one, is a slip, and would run or discard thousands."""
    refused = admin.post(f"{ROOT}/{route}", json={**chosen, "reason": "a slip"})
    assert (refused.status_code, [each["field"] for each in refused.get_json()["errors"]]) == (422, ["all"])
    assert "`all`" in refused.get_json()["errors"][0]["message"]
    assert {each["jobId"] for each in admin.get(ROOT).get_json()["items"]} >= set(dead)
    assert admin.get(f"{ROOT}/replays").get_json()["items"] == []


def test_they_are_discarded_and_restored(admin, dead):
    assert admin.post(f"{ROOT}/discard", json={"ids": dead}).status_code == 422, "a reason is needed"
    gone = admin.post(f"{ROOT}/discard", json={"ids": dead, "reason": "a test run"}).get_json()
    assert gone["count"] == 3
    shown = admin.get(f"{ROOT}?discarded=true").get_json()["items"]
    assert {item["jobId"] for item in shown} == set(dead)
    assert shown[0]["discarded"]["reason"] == "a test run"
    assert admin.post(f"{ROOT}/restore", json={"ids": dead}).get_json()["count"] == 3


def test_a_replay_begins_goes_on_in_the_background_and_is_ended(site, admin, dead):
    cause = cause_of(admin, dead[0])
    begun = admin.post(f"{ROOT}/replay", json={"filter": {"cause": cause}, "stages": ["1", "all"], "reason": "it is up again"})
    assert begun.status_code == 202
    replay = begun.get_json()["replay"]
    assert (replay["by"], replay["byName"]) == (site.services.accounts.find_by_email("a.admin@example.com").id, "a.admin")
    assert (replay["state"], replay["running"], replay["stages"]) == ("running", 1, ["1", "all"])
    assert admin.post(f"{ROOT}/replay", json={"filter": {"cause": cause}}).status_code == 409

    running = [job for job in site.services.queues.list(state=(JobState.WAITING,)).items if job.replay.startswith(replay["id"])]
    site.services.queue_platform.runner.run(running[0].id, worker="w")
    site.services.queue_platform.dead.replaying.go_on()

    stopped = admin.get(f"{ROOT}/replays/{replay['id']}").get_json()["replay"]
    assert (stopped["state"], stopped["cameBack"]) == ("stopped", 1)
    assert admin.get(f"{ROOT}/replays").get_json()["items"][0]["id"] == replay["id"]
    assert admin.post(f"{ROOT}/replays/{replay['id']}/stop").status_code == 409
    assert admin.post(f"{ROOT}/replay", json={"filter": {"queue": "calendar"}}).status_code == 404
    assert admin.post(f"{ROOT}/replay", json={"all": True, "stages": ["half"]}).status_code == 422
    assert admin.get(f"{ROOT}/replays/nosuch").status_code == 404


def test_a_replay_is_ended_by_hand(admin, dead):
    replay = admin.post(f"{ROOT}/replay", json={"filter": {"cause": cause_of(admin, dead[0])}}).get_json()["replay"]
    ended = admin.post(f"{ROOT}/replays/{replay['id']}/stop", json={"reason": "wrong one"}).get_json()["replay"]
    assert (ended["state"], ended["why"].endswith("wrong one")) == ("cancelled", True)


def test_all_of_them_are_dealt_with_at_once_where_it_is_said(admin, dead):
    gone = admin.post(f"{ROOT}/discard", json={"all": True, "reason": "a test run"}).get_json()
    assert gone["count"] >= len(dead)
    assert admin.post(f"{ROOT}/restore", json={"ids": dead}).get_json()["count"] == len(dead)
    assert admin.post(f"{ROOT}/replay", json={"all": True}).status_code == 202


@pytest.mark.parametrize("role", [Role.FARMER, Role.REVIEWER, Role.APPROVER])
def test_nobody_else_sees_them_or_does_anything(site, role):
    client = site.sign_in(role)
    for path in ("", "/stats", "/recent", "/causes", "/replays", "/x"):
        assert client.get(f"{ROOT}{path}").status_code == 403
    for path in ("/retry", "/replay", "/discard", "/restore", "/x/edit", "/causes/x", "/replays/x/stop"):
        assert client.post(f"{ROOT}{path}", json={}).status_code == 403
