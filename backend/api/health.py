"""Probes for whoever keeps the process alive: is it there, and can it work."""

from typing import Any, Literal

from flask import Blueprint, Response, json
from pydantic import BaseModel

from backend.errors import Unavailable
from backend.queues.health import RedisState
from backend.web.endpoint import Endpoint, endpoint
from backend.web.gates import public
from backend.web.readiness import is_stopping
from backend.web.state import use_cases

blueprint = Blueprint("health", __name__)


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """`degraded` still serves: jobs run inline while Redis is away; `unavailable` comes with 503."""

    status: Literal["ready", "degraded", "unavailable", "stopping"]
    documents: Literal["up", "down"]
    redis: RedisState


@endpoint(blueprint, "GET", "/healthz", spec=Endpoint("The process is alive", public, Liveness))
def healthz() -> Liveness:
    return Liveness()


@endpoint(blueprint, "GET", "/readyz", spec=Endpoint("The process can serve", public, Readiness, others={503: Readiness}))
def readyz() -> Response:
    documents = _documents()
    redis = _redis() if documents == "up" else "off"
    status = _verdict(documents, redis)
    body = Readiness(status=status, documents=documents, redis=redis).model_dump()
    return Response(json.dumps(body), 200 if status in {"ready", "degraded"} else 503, content_type="application/json")


def _verdict(documents: str, redis: str) -> Any:
    if is_stopping():
        return "stopping"
    if documents == "down":
        return "unavailable"
    return "degraded" if redis == "away" else "ready"


def _documents() -> Literal["up", "down"]:
    try:
        use_cases().ping_store()
    except Unavailable:
        return "down"
    return "up"


def _redis() -> RedisState:
    try:
        return use_cases().queue_control.health().redis
    except Unavailable:  # it counts jobs in the document store, which has just gone away
        return "off"
