"""The arithmetic of insight, on a platform of doubles with an app of its own."""

from datetime import timedelta

import pytest
from pydantic import BaseModel, ConfigDict

from backend.clock import to_iso
from backend.errors import NotFound, PermanentFailure, TemporaryFailure
from backend.queues.insight import POSE_GENERATOR, Generation
from backend.queues.jobs import job
from backend.queues.testing import drain
from backend.services.insight import Insight, Thing
from backend.services.standing import Thresholds
from backend.settings import load
from tests.support.queues import Desk, run_errand


class Poses(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    poses: int


@job(queue="aiQc", payload=Poses, attempts=1, generation=Generation(POSE_GENERATOR, lambda result: result["poses"]))
def generate(payload: Poses, services, context):
    """Take some seconds per pose; no pose is a failure."""
    services.spend(payload.poses)
    if not payload.poses:
        raise TemporaryFailure("the model is busy")
    return {"poses": [f"pose_{number}" for number in range(payload.poses)]}


class Studio:
    def __init__(self):
        self.desk = Desk(strategies=(generate,))
        self.desk.errands.spend = lambda poses: self.desk.clock.move(timedelta(seconds=5 * poses))
        things = {POSE_GENERATOR: lambda pose: Thing(pose.title(), "Business", {})}
        self.insight = Insight(self.desk.platform, self.desk.clock, Thresholds.of(load(GACP_ENV="test")), things)

    def generate(self, *poses, user="u1"):
        for number in poses:
            self.desk.service.submit(generate, {"poses": number}, requested_by=user)
            drain(self.desk.platform)

    def metrics(self, period="24h"):
        return self.insight.metrics(POSE_GENERATOR, period)


@pytest.fixture
def studio():
    return Studio()


def test_rates_are_reckoned_as_in_the_seed(studio):
    studio.generate(*[2] * 14, 0)
    found = studio.metrics()
    assert (found["totalGenerations"], found["completedGenerations"], found["failedGenerations"]) == (15, 14, 1)
    assert (found["successRate"], found["errorRate"]) == (93.33, 6.67)
    assert found["status"]["successRate"] == "warning"
    assert (found["totalPosesGenerated"], found["avgPosesPerGeneration"]) == (28, 2.0)
    assert found["avgGenerationTime"] == round(14 * 10_000 / 15)


def test_what_runs_is_part_of_all_and_no_failure(studio):
    studio.generate(1, 1)
    studio.desk.service.submit(generate, {"poses": 1})
    studio.desk.service.submit(generate, {"poses": 1})
    studio.desk.take_and_vanish()
    found = studio.metrics()
    assert (found["totalGenerations"], found["activeGenerations"], found["successRate"]) == (3, 1, 66.67)
    assert found["status"]["successRate"] == "good"
    assert (found["queueDepth"], found["queueWaiting"], found["queueActive"]) == (2, 1, 1)


def test_what_waits_in_a_paused_queue_waits(studio):
    studio.desk.control.pause("aiQc")
    studio.desk.service.submit(generate, {"poses": 1})
    assert studio.metrics()["queueWaiting"] == 1


def test_waits_and_runs_have_percentiles_of_their_own(studio):
    studio.desk.service.submit(generate, {"poses": 8})
    studio.desk.clock.move(timedelta(seconds=2))
    drain(studio.desk.platform)
    found = studio.metrics("1h")
    assert found["wait"] == {"count": 1, "average": 2_000, "p50": 1_500, "p95": 1_950, "p99": 1_990}
    assert found["run"]["p50"] == 45_000
    assert found["endToEnd"]["average"] == 42_000
    assert found["status"]["performance"] == "slow"


def test_a_period_ends_where_it_does(studio):
    studio.generate(1)
    for length, period, found in [(2, "1h", 0), (0, "24h", 1), (30, "24h", 0), (0, "7d", 1), (24 * 7, "7d", 0), (0, "30d", 1)]:
        studio.desk.clock.move(timedelta(hours=length))
        assert studio.metrics(period)["completedGenerations"] == found, period
    assert sum(step["completed"] for step in studio.metrics("30d")["series"]) == 1


def test_other_jobs_of_the_queue_are_no_generations(studio):
    studio.desk.service.submit(run_errand, {"place": "x"})
    drain(studio.desk.platform)
    assert studio.metrics()["totalGenerations"] == 0
    assert studio.insight.metrics("gacp", "24h")["totalGenerations"] == 0


def test_credits_are_told_with_their_refunds(studio):
    studio.desk.platform.numbers.recorder.count_now("credits", "pose", amount=1_000)
    studio.desk.platform.numbers.recorder.count_now("credits", "refund", amount=70)
    found = studio.metrics()
    assert (found["totalCreditsSpent"], found["totalCreditsRefunded"], found["status"]["credits"]) == (1_000, 70, "warning")
    assert studio.insight.metrics("gacp", "24h")["totalCreditsSpent"] == 0


def test_users_and_things_are_ranked_with_their_names(studio):
    studio.generate(2, 0, user="often")
    studio.generate(1, user="once")
    first, second = studio.insight.top_users(POSE_GENERATOR, 5)
    assert first == {"userId": "often", "generationCount": 2, "totalPoses": 2, "successRate": 50.0, "completed": 1, "failed": 1}
    assert second["userId"] == "once"
    assert studio.insight.popular_things(POSE_GENERATOR, 1) == [
        {"poseId": "pose_0", "name": "Pose_0", "usageCount": 2, "category": "Business"}
    ]


def test_errors_of_two_apps_are_told_apart(studio):
    studio.generate(0)
    studio.desk.clock.move(timedelta(minutes=5))
    studio.generate(0)
    at = to_iso(studio.desk.clock.now())
    studio.desk.errands.outcomes = [PermanentFailure("no"), KeyError("x")]
    for _ in range(2):
        studio.desk.service.submit(run_errand, {"place": "x"}, attempts=1)
    drain(studio.desk.platform)
    assert studio.insight.errors(POSE_GENERATOR, "24h") == [
        {"errorType": "FLUX_API_ERROR", "count": 2, "lastOccurred": at, "classes": {"TemporaryFailure": 2}}
    ]
    assert {each["errorType"]: each["count"] for each in studio.insight.errors("gacp", "1h")} == {"FLUX_API_ERROR": 1, "UNKNOWN_ERROR": 1}
    studio.desk.clock.move(timedelta(hours=2))
    assert studio.insight.errors("gacp", "1h") == []


def test_an_unknown_app_is_not_found(studio):
    for ask in (
        lambda: studio.insight.metrics("x", "1h"),
        lambda: studio.insight.top_users("x", 1),
        lambda: studio.insight.popular_things("x", 1),
        lambda: studio.insight.errors("x", "1h"),
    ):
        with pytest.raises(NotFound, match="gacp, pose-generator"):
            ask()
