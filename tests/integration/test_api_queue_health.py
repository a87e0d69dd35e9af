"""Health over HTTP: the bodies of the seeds key by key, who may read them, and what turns them."""

import json
import re
from datetime import timedelta

import pytest

from backend.accounts.roles import Role
from backend.adapters.rq.worker.presence import Presence
from tests.support.queue_runs import until
from tests.support.rq_site import RqSite
from tests.support.seeds import differences, seed
from tests.support.site import Site
from tests.support.stack import ROOT

pytestmark = pytest.mark.servers
TOKEN = "a token for what watches us"
V1, FLOWS, APP = "/api/v1/health/queues", "/api/health/queues", "/api/apps/gacp/health"


@pytest.fixture
def site(tmp_path, redis_url):
    site = RqSite(tmp_path, redis_url, MONITORING_TOKEN=TOKEN)
    yield site
    site.close()


@pytest.fixture
def serve(site, redis):
    """A worker that serves every queue, as Redis shows it; the clock of the site is another one than its heartbeat's."""
    Presence("w-1", ["aiQc", "email", "calendar", "report"], redis).beat()
    redis.hset("rq:worker:w-1", mapping={"concurrency": "10", "last_heartbeat": "2026-11-02T03:00:00.000000Z"})


def monitor(site):
    client = site.stranger()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


def read(site, path=V1):
    response = monitor(site).get(path)
    return response.status_code, response.get_json()


def of_queue(body, name):
    return next(queue for queue in body["queues"] if queue["queueName"] == name)


def first(site, path=V1):
    """The answer once everything was looked at."""
    assert until(lambda: read(site)[1]["observed"]["queuesAge"] is not None and read(site)[1]["redis"]["clients"] is not None)
    return read(site, path)


@pytest.mark.usefixtures("serve")
def test_every_key_of_the_seeds_is_there_with_its_type(site):
    site.finish("done")
    assert differences(seed("health_queues.json") | {"queues": {}}, first(site, FLOWS)[1]) == []
    [flow] = seed("health_queues.json")["queues"].values()
    for name, queue in first(site, FLOWS)[1]["queues"].items():
        assert name in {"aiQc", "email", "calendar", "report"}
        assert differences(flow, queue) == []
    for app in ("gacp", "pose-generator"):
        assert differences(seed("app_health.json"), first(site, f"/api/apps/{app}/health")[1]) == []
    example = seed("health_queues_v1.json") | {"status": "healthy"}
    unlike = [line for line in differences(example, first(site)[1]) if "lastJobProcessed: None" not in line]
    assert unlike == [], "only a queue that has ended no job has no time of the last one"
    assert of_queue(read(site)[1], "report")["details"]["lastJobProcessed"] == "2026-11-02T03:00:00.000Z"


@pytest.mark.usefixtures("serve")
def test_a_platform_at_rest_is_healthy(site):
    status, body = first(site)
    assert (status, body["status"], body["issues"]) == (200, "healthy", [])
    assert {queue["status"] for queue in body["queues"]} == {"healthy"}
    assert [queue["details"]["processingCapacity"] for queue in body["queues"]] == [10, 10, 5, 2]
    assert body["summary"] == {
        "totalQueues": 4,
        "healthyQueues": 4,
        "degradedQueues": 0,
        "unhealthyQueues": 0,
        "totalJobs": dict.fromkeys(("waiting", "active", "completed", "failed", "delayed", "paused"), 0),
    }
    assert (body["redis"]["status"], body["redis"]["connectionStatus"]) == ("healthy", "connected")
    assert body["redis"]["memory"]["used"].endswith("MB")
    assert (body["redis"]["clients"] > 0, body["redis"]["responseTime"] >= 0) == (True, True)
    status, app = read(site, APP)
    assert (status, app["status"], app["app"], app["phase"]) == (200, "healthy", "gacp", "Production Ready")
    assert app["checks"]["database"] == app["checks"]["redis"] == {"status": "connected"}
    assert app["checks"]["queue"]["status"] == "operational"


@pytest.mark.usefixtures("serve")
def test_a_paused_queue_is_unhealthy_and_so_is_the_whole(site):
    site.wait_in_line("one")
    site.services.queue_control.pause("report")
    status, body = first(site)
    assert (status, body["status"]) == (503, "unhealthy")
    report = of_queue(body, "report")
    assert (report["status"], report["stats"]["paused"], report["stats"]["waiting"]) == ("unhealthy", 1, 0)
    assert (report["details"]["isPaused"], report["details"]["isRunning"]) == (True, False)
    assert body["issues"] == ["Report: The queue is paused: nothing is taken until it is resumed"]
    assert read(site, FLOWS)[0] == read(site, APP)[0] == 503
    assert read(site, APP)[1]["checks"]["queue"]["status"] == "down"
    assert read(site, "/api/apps/pose-generator/health")[0] == 200, "another app's queues are its own affair"
    site.services.queue_control.resume("report")
    assert until(lambda: read(site)[0] == 200)


@pytest.mark.usefixtures("serve")
def test_a_job_beyond_its_timeout_degrades_its_queue(site):
    site.take("stuck")
    site.services.clock.move(timedelta(seconds=316))
    _, body = first(site)
    assert "1 job is active beyond its timeout" in of_queue(body, "report")["issues"]


@pytest.mark.usefixtures("serve")
def test_rates_and_averages_are_over_a_window_and_totals_are_not(site):
    site.fail("fails")
    site.finish("done")
    status, body = first(site, FLOWS)
    assert status == 200
    assert (body["processingStats"]["totalJobsProcessed"], body["processingStats"]["errorRate"]) == (2, 0.5)
    assert body["queues"]["email"]["errorRate"] == 1.0
    assert body["queues"]["report"]["processingRate"] == pytest.approx(1 / 60, abs=0.001)
    assert body["cloudTasksEnabled"] is True
    site.services.clock.move(timedelta(minutes=61))
    assert until(lambda: read(site, FLOWS)[1]["processingStats"]["errorRate"] == 0)
    assert read(site, FLOWS)[1]["processingStats"]["totalJobsProcessed"] == 2


def test_without_a_queue_everything_runs_in_its_caller_and_is_healthy(tmp_path):
    site = Site(tmp_path, MONITORING_TOKEN=TOKEN, INLINE_JOBS="3")
    assert until(lambda: read(site)[1]["observed"]["queuesAge"] is not None and read(site)[1]["redis"]["connectionStatus"] == "disabled")
    status, body = read(site)
    assert (status, body["status"]) == (200, "healthy")
    assert {queue["details"]["processingCapacity"] for queue in body["queues"]} == {3}
    assert (body["redis"]["responseTime"], body["redis"]["clients"], body["redis"]["uptime"]) == (None, None, None)
    assert read(site, FLOWS)[1]["cloudTasksEnabled"] is False
    assert read(site, APP)[1]["checks"]["redis"]["status"] == "disabled"
    site.close()


@pytest.mark.parametrize("path", [V1, FLOWS])
def test_health_is_for_staff_and_for_whoever_knows_the_token(site, path):
    assert site.stranger().get(path).status_code == 401
    assert site.sign_in(Role.FARMER).get(path).status_code == 403
    for role in (Role.REVIEWER, Role.INSPECTOR, Role.APPROVER, Role.ADMIN):
        assert site.sign_in(role).get(path).status_code == 200
    client = site.stranger()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer another"
    assert client.get(path).status_code == 401


def test_the_health_of_an_app_is_for_anybody_and_there_are_two(site):
    assert site.stranger().get(APP).status_code == 200
    assert site.stranger().get("/api/apps/pose-generator/health").status_code == 200
    response = site.stranger().get("/api/apps/other/health")
    assert (response.status_code, response.content_type) == (404, "application/problem+json")
    assert "gacp, pose-generator" in response.get_json()["detail"]


def examples():
    """The bodies that the reference shows, by the name after `json`."""
    text = (ROOT / "docs" / "reference" / "health.md").read_text("utf-8")
    return {name: json.loads(body) for name, body in re.findall(r"^```json (\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)}


@pytest.mark.usefixtures("serve")
def test_the_reference_shows_every_key_that_there_is_and_no_other(site):
    site.finish("done")
    paths = {"readyz": "/readyz", "v1": V1, "flows": FLOWS, "app": APP}
    first(site)
    for name, path in paths.items():
        shown, found = examples()[name], read(site, path)[1]
        if name == "v1":
            found["queues"] = [of_queue(found, "report")]
        assert differences(shown, found) == [], name
        assert differences(found, shown) == [], name
