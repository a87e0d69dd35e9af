"""What an administrator does with the queues: numbers, health, clean, pause, resume."""

from typing import Any

from flask import Blueprint
from pydantic import Field

from backend.accounts.roles import Role
from backend.audit.actions import Action
from backend.clock import to_iso
from backend.web.auditing import current_act
from backend.web.current_user import current_account
from backend.web.endpoint import Answer, Endpoint, Input, endpoint
from backend.web.gates import roles
from backend.web.state import use_cases

blueprint = Blueprint("queue", __name__, url_prefix="/api/v1/queue")
_admin = roles(Role.ADMIN)
Stats = dict[str, dict[str, int]]


class ActIn(Input):
    """Why it is done: for the audit, and of a pause for whoever wonders why nothing runs."""

    reason: str = Field("", max_length=500)


class StatsAnswer(Answer):
    """Per queue: waiting, active, completed, failed, delayed, paused."""

    data: Stats
    timestamp: str


class HealthAnswer(Answer):
    """`healthy` is about whether jobs get through; `alerts` about numbers over their thresholds."""

    healthy: bool
    stats: Stats
    alerts: list[dict[str, str]]
    timestamp: str


class CleanAnswer(Answer):
    """How many old jobs were removed, per queue."""

    message: str
    removed: dict[str, int]
    timestamp: str


class PauseAnswer(Answer):
    """Which queues are paused now."""

    message: str
    paused: list[str]
    timestamp: str


@endpoint(blueprint, "GET", "/stats", spec=Endpoint("Counts of all queues", _admin, StatsAnswer))
def stats() -> dict[str, Any]:
    return {"data": use_cases().queue_control.stats(), "timestamp": _now()}


@endpoint(blueprint, "GET", "/health", spec=Endpoint("Counts, and alerts for queues in trouble", _admin, HealthAnswer))
def health() -> dict[str, Any]:
    return use_cases().queue_control.health().to_json() | {"timestamp": _now()}


_CLEAN = Endpoint("Remove jobs that ended more than 7 days ago", _admin, CleanAnswer, body=ActIn, act=Action.QUEUE_CLEAN)
_PAUSE = Endpoint("Let no worker take jobs until resumed", _admin, PauseAnswer, body=ActIn, act=Action.QUEUE_PAUSE)
_RESUME = Endpoint("Let workers take jobs again", _admin, PauseAnswer, body=ActIn, act=Action.QUEUE_RESUME)


@endpoint(blueprint, "POST", "/clean", "/<name>/clean", spec=_CLEAN)
def clean(body: ActIn, name: str | None = None) -> dict[str, Any]:  # noqa: ARG001 - the audit takes its reason
    removed = use_cases().queue_control.clean(name)
    current_act().after = {"removed": removed}
    return {"message": f"Removed {sum(removed.values())} old jobs", "removed": removed, "timestamp": _now()}


@endpoint(blueprint, "POST", "/pause", "/<name>/pause", spec=_PAUSE)
def pause(body: ActIn, name: str | None = None) -> dict[str, Any]:
    act = current_act()
    act.before = {"paused": use_cases().queue_control.paused()}
    paused = use_cases().queue_control.pause(name, by=current_account().id, reason=body.reason)
    act.after = {"paused": paused}
    return {"message": f"Paused {name or 'all queues'}", "paused": paused, "timestamp": _now()}


@endpoint(blueprint, "POST", "/resume", "/<name>/resume", spec=_RESUME)
def resume(body: ActIn, name: str | None = None) -> dict[str, Any]:  # noqa: ARG001 - the audit takes its reason
    act = current_act()
    act.before = {"paused": use_cases().queue_control.paused()}
    paused = use_cases().queue_control.resume(name, by=current_account().id)
    act.after = {"paused": paused}
    return {"message": f"Resumed {name or 'all queues'}", "paused": paused, "timestamp": _now()}


def _now() -> str:
    return to_iso(use_cases().clock.now())
