"""How the apps have been doing, over HTTP: the bodies of seed 002 key by key, and who may read which."""

from datetime import timedelta

import pytest

from backend.accounts.roles import Role
from tests.support.site import Site

OF_002 = {
    "metrics": {
        "totalGenerations": int,
        "activeGenerations": int,
        "completedGenerations": int,
        "failedGenerations": int,
        "avgGenerationTime": int,
        "avgPosesPerGeneration": float,
        "successRate": float,
        "queueDepth": int,
        "queueWaiting": int,
        "queueActive": int,
        "queueFailed": int,
        "totalPosesGenerated": int,
        "totalCreditsSpent": int,
        "totalCreditsRefunded": int,
        "startTime": str,
        "endTime": str,
    },
    "users": {"userId": str, "generationCount": int, "totalPoses": int, "successRate": float},
    "poses": {"poseId": str, "name": str, "usageCount": int, "category": str},
    "errors": {"errorType": str, "count": int, "lastOccurred": str},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("insight"), ENABLE_QUEUE="false")
    yield site
    site.close()


@pytest.fixture(scope="module")
def admin(site):
    return site.sign_in(Role.ADMIN)


@pytest.fixture(scope="module")
def busy(site):
    """Two farmers, three applications with turmeric, and one job that failed."""
    for name, times in (("a", 2), ("b", 1)):
        farmer = site.sign_in(name=name)
        for _ in range(times):
            site.submitted(farmer)
            site.services.clock.move(timedelta(minutes=2))
    site.services.queues.submit("make_report", {"application_id": "gone", "variant": "applicant", "event_id": "e"})
    return site


def answer(client, path, status=200):
    response = client.get(f"/api/apps/{path}")
    assert response.status_code == status, response.get_json()
    return response.get_json()


def has_shape(found, of):
    for key, kind in OF_002[of].items():
        assert isinstance(found[key], kind), f"{key} is {found[key]!r}"


def test_the_metrics_of_gacp_are_those_of_its_quality_checks(busy, admin):
    found = answer(admin, "gacp/metrics")
    has_shape(found, "metrics")
    assert (found["totalGenerations"], found["completedGenerations"], found["failedGenerations"], found["activeGenerations"]) == (
        3,
        3,
        0,
        0,
    )
    assert (found["successRate"], found["errorRate"], found["totalPosesGenerated"], found["avgPosesPerGeneration"]) == (100.0, 0.0, 3, 1.0)
    assert (found["period"], found["endTime"], found["startTime"]) == ("24h", "2026-11-02T03:06:00.000Z", "2026-11-01T03:06:00.000Z")
    assert found["status"] == {"successRate": "good", "performance": "good", "queue": "healthy", "credits": "good"}
    assert (found["run"]["count"], found["wait"]["count"], found["endToEnd"]["count"]) == (3, 3, 3)
    assert found["throughput"]["perHour"] == 0.12
    assert sum(step["completed"] for step in found["series"]) == 3


@pytest.mark.parametrize(("period", "steps"), [("1h", 61), ("24h", 25), ("7d", 169), ("30d", 31)])
def test_a_period_has_its_steps(busy, admin, period, steps):
    found = answer(admin, f"gacp/metrics?period={period}")
    assert (len(found["series"]), found["completedGenerations"]) == (steps, 3)


def test_a_period_that_is_not_offered_is_refused_by_name(admin):
    for path in (
        "gacp/metrics?period=2h",
        "gacp/metrics/errors?period=",
        "gacp/metrics/top-users?limit=0",
        "gacp/metrics/popular-poses?limit=x",
    ):
        problem = answer(admin, path, 422)
        assert problem["success"] is False
        assert problem["errors"][0]["field"] in {"period", "limit"}


def test_the_users_with_the_most_come_first(busy, admin):
    found = answer(admin, "gacp/metrics/top-users")["users"]
    has_shape(found[0], "users")
    assert [user["generationCount"] for user in found] == [2, 1]
    assert (found[0]["totalPoses"], found[0]["successRate"]) == (2, 100.0)
    assert len(answer(admin, "gacp/metrics/top-users?limit=1")["users"]) == 1


def test_the_poses_of_gacp_are_herbs(busy):
    found = answer(busy.sign_in(), "gacp/metrics/popular-poses")["poses"]
    has_shape(found[0], "poses")
    assert {key: found[0][key] for key in ("poseId", "name", "nameTh", "usageCount", "category")} == {
        "poseId": "TURMERIC",
        "name": "Turmeric",
        "nameTh": "ขมิ้นชัน",
        "usageCount": 3,
        "category": "GENERAL",
    }


def test_errors_are_told_by_the_types_of_002(busy, admin):
    [found] = answer(admin, "gacp/metrics/errors")["errors"]
    has_shape(found, "errors")
    assert found["errorType"] == "VALIDATION_ERROR"
    assert found["classes"] == {"NotFound": found["count"]}
    assert found["lastOccurred"] == "2026-11-02T03:06:00.000Z"


def test_what_has_no_jobs_yet_has_true_zeros(busy, admin):
    found = answer(admin, "pose-generator/metrics")
    has_shape(found, "metrics")
    numbers = {key: found[key] for key, kind in OF_002["metrics"].items() if kind is not str}
    assert set(numbers.values()) == {0}
    assert found["status"] == {"successRate": "unknown", "performance": "unknown", "queue": "healthy", "credits": "good"}
    assert answer(admin, "pose-generator/metrics/top-users")["users"] == []
    assert answer(admin, "pose-generator/metrics/popular-poses")["poses"] == []
    assert answer(admin, "pose-generator/metrics/errors")["errors"] == []


@pytest.mark.parametrize("path", ["metrics", "metrics/top-users", "metrics/popular-poses", "metrics/errors"])
def test_an_unknown_app_is_not_found_and_the_apps_are_named(admin, path):
    problem = answer(admin, f"no-such/{path}", 404)
    assert "gacp, pose-generator" in problem["detail"]


def test_administrators_read_all_of_it_and_everybody_with_an_account_the_herbs(site):
    for path, allowed in [("metrics", False), ("metrics/top-users", False), ("metrics/errors", False), ("metrics/popular-poses", True)]:
        assert site.stranger().get(f"/api/apps/gacp/{path}").status_code == 401
        for role in (Role.FARMER, Role.REVIEWER):
            assert site.sign_in(role).get(f"/api/apps/gacp/{path}").status_code == (200 if allowed else 403)
