"""One job under the lamp over HTTP: what ledger, Redis and workers know of it, and what to do."""

from datetime import timedelta

import pytest

from backend.accounts.roles import Role
from backend.adapters.rq.worker.presence import Presence
from tests.support.queue_runs import until
from tests.support.redis_server import RedisServer
from tests.support.rq_site import RqSite
from tests.support.site import Site

pytestmark = pytest.mark.servers


@pytest.fixture
def site(tmp_path, redis_url):
    site = RqSite(tmp_path, redis_url)
    yield site
    site.close()


@pytest.fixture
def reviewer(site, redis):
    Presence("w-1", ["aiQc", "email", "calendar", "report"], redis).beat()
    redis.hset("rq:worker:w-1", mapping={"concurrency": "10", "last_heartbeat": "2026-11-02T03:00:00.000000Z"})
    client = site.sign_in(Role.REVIEWER)
    assert until(lambda: client.get("/api/v1/health/queues").get_json()["redis"]["clients"] is not None)
    return client


def debug(client, job_id):
    """The first answer for which Redis was heard: nobody waits long for it."""
    seen = []

    def is_heard():
        seen.append(client.get(f"/api/health/queues/job/{job_id}/debug").get_json())
        return seen[-1]["redis"]["state"] == "up"

    assert until(is_heard)
    return seen[-1]


def test_a_job_that_waits(site, reviewer):
    site.wait_in_line("before", priority=1)
    body = debug(reviewer, site.wait_in_line("waits"))
    assert (body["success"], body["job"]["id"], body["job"]["state"], body["job"]["queueName"]) == (True, "waits", "waiting", "report")
    assert (body["redis"]["place"], body["redis"]["ahead"], body["redis"]["status"]) == ("waiting", 1, "queued")
    assert (body["lease"], body["holder"], body["stale"], body["job"]["attempts"]) == (None, None, False, [])
    assert (body["queue"]["isRunning"], body["queue"]["paused"]) == (True, None)
    assert body["next"] == body["reasons"][0]
    assert body["next"]["code"] in {"next", "behindOthers"}, "as far as the worker was heard"
    assert body["job"]["timeline"]


def test_a_job_that_runs_its_holder_and_its_lease_without_the_token(site, reviewer):
    body = debug(reviewer, site.take("runs"))
    job = site.services.queues.get("runs")
    assert (body["redis"]["place"], len(body["redis"]["runs"]), body["redis"]["worker"]) == ("inFlight", 1, "w-1")
    assert (body["lease"]["worker"], body["lease"]["valid"]) == ("w-1", True)
    assert (body["holder"]["name"], body["next"]["code"]) == ("w-1", "running")
    [attempt] = body["job"]["attempts"]
    assert (attempt["outcome"], attempt["endedAt"], attempt["durationMs"]) == ("running", None, 0)
    assert job.lease.token not in reviewer.get("/api/health/queues/job/runs/debug").text
    site.services.clock.move(timedelta(minutes=10))
    assert (debug(reviewer, "runs")["stale"], debug(reviewer, "runs")["next"]["code"]) == (True, "leaseLost")
    job = site.services.queues.get("runs")
    site.platform.outside.ledger.renew_many({"runs": job.lease.token}, site.services.clock.now() + timedelta(hours=1))
    assert debug(reviewer, "runs")["next"]["command"] == "gacp jobs cancel runs"


def test_a_job_that_failed_with_its_attempts_and_what_to_do(site, reviewer):
    body = debug(reviewer, site.fail("fails"))
    assert (body["job"]["state"], body["errorClass"], body["redis"]["place"]) == ("failed", "InvalidInput", "failed")
    assert body["job"]["attempts"][0]["outcome"] == "failed"
    assert body["next"]["command"] == "gacp jobs retry fails"


def test_what_another_run_would_do_to_the_outside_is_said(site, reviewer):
    application_id = site.submitted(site.sign_in())
    [job] = site.services.queues.list(queue="email", subject=application_id, limit=1).items
    [effect] = debug(reviewer, job.id)["effects"]
    assert (effect["kind"], effect["wouldHappen"], effect["doneAt"]) == ("letter", True, None)


def test_a_paused_queue_is_named_with_its_reason(site, reviewer):
    site.wait_in_line("waits")
    site.services.queue_control.pause("report", by="boss", reason="maintenance")
    body = debug(reviewer, "waits")
    assert (body["queue"]["paused"]["reason"], body["next"]["code"]) == ("maintenance", "paused")
    assert body["next"]["command"] == "gacp queue resume report"


def test_personal_data_in_what_a_provider_answered_is_masked(site, reviewer):
    site.wait_in_line("waits")
    site.services.job_control.add_log("waits", "sent to farmer@example.com, 1101700203451")
    text = reviewer.get("/api/health/queues/job/waits/debug").text
    assert "farmer@example.com" not in text
    assert "1101700203451" not in text


def test_it_is_for_staff_and_an_unknown_job_is_not_there(site, reviewer):
    path = f"/api/health/queues/job/{site.wait_in_line('waits')}/debug"
    assert site.stranger().get(path).status_code == 401
    assert site.sign_in(Role.FARMER).get(path).status_code == 403
    for role in (Role.INSPECTOR, Role.APPROVER, Role.ADMIN):
        assert site.sign_in(role).get(path).status_code == 200
    assert reviewer.get("/api/health/queues/job/nobody/debug").status_code == 404


def test_without_a_queue_a_job_is_explained_from_the_ledger(tmp_path):
    site = Site(tmp_path)
    application_id = site.submitted(site.sign_in())
    job = site.services.queues.list(subject=application_id, limit=1).items[0]
    client = site.sign_in(Role.REVIEWER)
    assert until(lambda: client.get(f"/api/health/queues/job/{job.id}/debug").get_json()["redis"] == {"state": "off", "place": None})
    assert client.get(f"/api/health/queues/job/{job.id}/debug").get_json()["next"]["code"] == "completed"
    site.close()


def test_a_redis_that_hangs_is_said_and_the_ledger_is_told_all_the_same(tmp_path):
    server = RedisServer(tmp_path / "valkey")
    site = RqSite(tmp_path, server.url, REDIS_DEADLINE_MS="250")
    try:
        client = site.sign_in(Role.REVIEWER)
        site.wait_in_line("waits")
        server.hang()
        assert until(lambda: client.get("/api/health/queues/job/waits/debug").get_json()["redis"] == {"state": "away", "place": None})
        body = client.get("/api/health/queues/job/waits/debug").get_json()
        assert (body["job"]["state"], body["next"]["code"]) == ("waiting", "redisAway")
        assert "Redis does not answer" in body["next"]["text"]
    finally:
        server.kill()
        site.close()
