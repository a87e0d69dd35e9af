"""Why a job waits, over HTTP and in the console, beside a real Redis."""

import json

import pytest
from click.testing import CliRunner

from backend.accounts.roles import Role
from backend.adapters.rq.worker.presence import Presence
from backend.cli.main import cli
from backend.queues.limits import QueueLimits
from backend.queues.ports import Lane
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
    """A worker with two places serves all queues, and a scheduler leads."""
    Presence("w-1", ["aiQc", "email", "calendar", "report"], redis).beat()
    redis.hset("rq:worker:w-1", mapping={"concurrency": "2", "last_heartbeat": "2026-11-02T03:00:00.000000Z"})
    outside = site.platform.outside
    now = outside.clock.now()
    outside.leadership.acquire("scheduler", "s-1", now, now.replace(year=2030))
    client = site.sign_in(Role.REVIEWER)
    assert until(lambda: client.get("/api/v1/health/queues").get_json()["redis"]["clients"] is not None)
    return client


def why(client, job_id, *expected):
    """The first answer that has these reasons: nobody waits long for Redis."""
    seen = []

    def is_told():
        seen.append(client.get(f"/api/v1/jobs/{job_id}/why").get_json())
        return {reason["code"] for reason in seen[-1]["reasons"]} >= set(expected)

    assert until(is_told), seen[-1]
    return seen[-1]


def reason(body, code):
    return next(each for each in body["reasons"] if each["code"] == code)


def test_jobs_before_it_are_counted_and_the_estimate_is_honest(site, reviewer):
    for number in range(3):
        site.wait_in_line(f"before-{number}", priority=1)
    site.wait_in_line("after", priority=9)
    body = why(reviewer, site.wait_in_line("waits", priority=5), "behindOthers")

    assert (body["success"], body["state"], body["queueName"]) == (True, "waiting", "report")
    assert reason(body, "behindOthers")["count"] == 3
    assert body["estimate"]["startsAt"] is None
    assert body["estimate"]["basis"].startswith("unknown")


def test_a_pause_a_limit_and_busy_workers_are_named_with_their_cures(site, reviewer):
    site.take("runs-1")
    site.take("runs-2")
    site.wait_in_line("waits")
    assert reason(why(reviewer, "waits", "workersBusy"), "workersBusy")["jobs"]

    site.services.queue_control.limit(QueueLimits("report", 2), by="boss")
    limited = reason(why(reviewer, "waits", "concurrencyLimit"), "concurrencyLimit")
    assert (sorted(limited["jobs"]), limited["count"]) == (["runs-1", "runs-2"], 2)

    site.services.queue_control.pause("report", by="boss", reason="maintenance")
    body = why(reviewer, "waits", "paused", "concurrencyLimit")
    assert body["reasons"][0]["code"] == "paused"
    assert body["reasons"][0]["command"] == "gacp queue resume report"


def test_whoever_paused_it_is_called_by_name_and_known_by_id(site, reviewer):
    site.sign_in(Role.ADMIN).post("/api/v1/queue/report/pause", json={"reason": "maintenance"})
    paused = reason(why(reviewer, site.wait_in_line("waits"), "paused"), "paused")
    admin = site.services.accounts.find_by_email("a.admin@example.com")
    assert (paused["by"], admin.id in paused["text"] + paused["textTh"]) == (admin.id, False)
    assert f"was paused by {admin.name} at" in paused["text"]
    assert f"ถูกพักโดย {admin.name} เมื่อ" in paused["textTh"]
    told = reviewer.get("/api/health/queues/job/waits/debug").get_json()["queue"]["paused"]
    assert (told["by"], told["byName"]) == (admin.id, admin.name)


def test_a_rate_says_until_when(site, reviewer):
    site.services.queue_control.limit(QueueLimits("report", None, 1, 3_600_000), by="boss")
    for name in ("first", "second"):
        site.wait_in_line(name)
    site.broker.turn("w-1", (), [Lane("report", 1, 1, rate_max=1, rate_duration_ms=3_600_000)], 1)

    held = reason(why(reviewer, "second", "rateLimited"), "rateLimited")

    assert "1/1h" in held["text"]
    assert held["until"].startswith("2026-11-02T0")


def test_what_redis_has_lost_is_brought_by_the_scheduler(site, reviewer, redis):
    site.wait_in_line("waits")
    redis.delete("rq:job:waits", "gacp:order:report", "rq:queue:report")

    assert why(reviewer, "waits", "onItsWay")["estimate"]["inMs"] == 10_000


def test_a_job_that_has_ended_or_runs_gets_a_clear_answer(site, reviewer):
    assert why(reviewer, site.finish("done"), "completed")["estimate"] is None
    assert reason(why(reviewer, site.take("runs"), "running"), "running")["text"].startswith("It has been running since")
    assert why(reviewer, site.fail("fails"), "failed")["reasons"][0]["command"] == "gacp jobs retry fails"
    assert reviewer.get("/api/v1/jobs/nobody/why").status_code == 404


def test_the_owner_gets_a_short_answer_and_a_stranger_none(site, reviewer):
    farmer = site.sign_in()
    application_id = site.submitted(farmer)
    job = site.services.queues.list(queue="aiQc", subject=application_id, limit=1).items[0]

    body = farmer.get(f"/api/v1/jobs/{job.id}/why").get_json()

    assert body["summary"] == "It waits for its time."
    assert body["reasons"] is None
    assert site.sign_in(name="another").get(f"/api/v1/jobs/{job.id}/why").status_code == 404
    assert site.stranger().get(f"/api/v1/jobs/{job.id}/why").status_code == 401


def test_the_console_says_it_too(site, reviewer):
    site.wait_in_line("before", priority=1)
    why(reviewer, site.wait_in_line("waits"), "behindOthers")

    class Program:
        def services(self):
            return site.services

    def run(*words):
        return CliRunner().invoke(cli, ["jobs", "why", *words], obj=Program())

    assert "- 1 job is before it in line." in run("waits").stdout
    assert "มี 1 งานอยู่ก่อนหน้า" in run("waits", "--thai").stdout
    assert [each["code"] for each in json.loads(run("waits", "--json").stdout)["reasons"]] == ["behindOthers"]
    assert run("nobody").exit_code == 1


def test_a_redis_that_hangs_is_said_and_not_waited_for(tmp_path):
    server = RedisServer(tmp_path / "valkey")
    site = RqSite(tmp_path, server.url, REDIS_DEADLINE_MS="250")
    try:
        client = site.sign_in(Role.REVIEWER)
        site.wait_in_line("waits")
        server.hang()
        body = why(client, "waits", "redisAway")
        assert reason(body, "redisAway")["command"] == "gacp doctor --only redis"
    finally:
        server.kill()
        site.close()


def test_without_a_queue_the_scheduler_runs_what_waits(tmp_path):
    site = Site(tmp_path)
    site.submitted(site.sign_in())
    job = site.services.queues.list(limit=1).items[0]

    assert why(site.sign_in(Role.REVIEWER), job.id)["reasons"][0]["code"] in {"completed", "noQueue"}
    site.close()
