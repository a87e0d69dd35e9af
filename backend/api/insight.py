"""How the apps have been doing, for those who run them (seed 002)."""

from typing import Any

from flask import Blueprint
from pydantic import Field

from backend.accounts.roles import Role
from backend.services.insight import Period
from backend.web.endpoint import Answer, Endpoint, Input, View, endpoint
from backend.web.gates import roles, signed_in
from backend.web.state import use_cases

blueprint = Blueprint("insight", __name__, url_prefix="/api/apps/<app>/metrics")
_admin = roles(Role.ADMIN)
MOST = 100


class PeriodQuery(Input):
    """Up to now."""

    period: Period = Field("24h", description="How far back: 1h, 24h, 7d or 30d")


class ErrorsQuery(Input):
    """Up to now."""

    period: Period = Field("30d", description="How far back: 1h, 24h, 7d or 30d")


class UsersQuery(Input):
    """How many."""

    limit: int = Field(10, ge=1, le=MOST, description="How many users, at most")


class PosesQuery(Input):
    """How many."""

    limit: int = Field(20, ge=1, le=MOST, description="How many poses (for `gacp`: herbs), at most")


class DurationsView(View):
    """Milliseconds; null where there was none. Percentiles are to the precision of a bucket."""

    count: int
    average: int | None
    p50: int | None
    p95: int | None
    p99: int | None


class WordsView(View):
    """`good warning critical`, `good slow critical`, `healthy busy overloaded` and `good warning critical`; `unknown` before the first."""

    success_rate: str
    performance: str
    queue: str
    credits: str


class StepView(View):
    """One minute, hour or day of the period; the last one is not over."""

    start_time: str
    completed: int
    failed: int
    run_p95: int | None = Field(alias="runP95")
    wait_p95: int | None = Field(alias="waitP95")


class MetricsAnswer(Answer):
    """Times in milliseconds, rates in percent."""

    total_generations: int
    active_generations: int
    completed_generations: int
    failed_generations: int
    avg_generation_time: int
    avg_poses_per_generation: float
    success_rate: float
    queue_depth: int
    queue_waiting: int
    queue_active: int
    queue_failed: int
    total_poses_generated: int
    total_credits_spent: int
    total_credits_refunded: int
    start_time: str
    end_time: str
    app: str
    period: Period
    error_rate: float
    retried_attempts: int
    throughput: dict[str, float]
    wait: DurationsView
    run: DurationsView
    end_to_end: DurationsView
    status: WordsView
    series: list[StepView]


class UserView(View):
    """Since the first generation; `successRate` in percent."""

    user_id: str
    generation_count: int
    total_poses: int
    success_rate: float


class UsersAnswer(Answer):
    """Most generations first."""

    users: list[UserView]


class PoseView(View):
    """For `gacp` a herb: `poseId` is its code, `category` the regime that it is under."""

    pose_id: str
    name: str
    usage_count: int
    category: str


class PosesAnswer(Answer):
    """Most used first."""

    poses: list[PoseView]


class ErrorView(View):
    """`classes` counts the same by error class."""

    error_type: str
    count: int
    last_occurred: str


class ErrorsAnswer(Answer):
    """Most frequent first."""

    errors: list[ErrorView]


@endpoint(blueprint, "GET", "", spec=Endpoint("How the app has been doing", _admin, MetricsAnswer, query=PeriodQuery))
def metrics(app: str, query: PeriodQuery) -> dict[str, Any]:
    return use_cases().insight.metrics(app, query.period)


@endpoint(blueprint, "GET", "/top-users", spec=Endpoint("Who asks for most", _admin, UsersAnswer, query=UsersQuery))
def top_users(app: str, query: UsersQuery) -> dict[str, Any]:
    return {"users": use_cases().insight.top_users(app, query.limit)}


@endpoint(blueprint, "GET", "/popular-poses", spec=Endpoint("What is asked for most", signed_in, PosesAnswer, query=PosesQuery))
def popular_poses(app: str, query: PosesQuery) -> dict[str, Any]:
    return {"poses": use_cases().insight.popular_things(app, query.limit)}


@endpoint(blueprint, "GET", "/errors", spec=Endpoint("What goes wrong", _admin, ErrorsAnswer, query=ErrorsQuery))
def errors(app: str, query: ErrorsQuery) -> dict[str, Any]:
    return {"errors": use_cases().insight.errors(app, query.period)}
