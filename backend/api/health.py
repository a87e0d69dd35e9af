"""Probes for whoever keeps the process alive: is it there, and can it work."""

from typing import Literal

from flask import Blueprint, Response, json
from pydantic import BaseModel

from backend.web.endpoint import Endpoint, endpoint
from backend.web.gates import public
from backend.web.readiness import is_stopping
from backend.web.state import use_cases

blueprint = Blueprint("health", __name__)


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """`degraded` still serves: jobs run inline while Redis is away; `unavailable` and `stopping` come with 503.

    `redis` is `off` where jobs do not go there, and `unknown` for the first moment of a process.
    """

    status: Literal["ready", "degraded", "unavailable", "stopping"]
    documents: Literal["up", "down"]
    redis: Literal["up", "away", "off", "unknown"]


@endpoint(blueprint, "GET", "/healthz", spec=Endpoint("The process is alive", public, Liveness))
def healthz() -> Liveness:
    return Liveness()


@endpoint(blueprint, "GET", "/readyz", spec=Endpoint("The process can serve", public, Readiness, others={503: Readiness}))
def readyz() -> Response:
    """Answers at once, also while a server hangs: see `Checkup`."""
    found = use_cases().checkup.readiness()
    status = _verdict(found.documents, found.redis)
    body = Readiness(status=status, documents=found.documents, redis=found.redis).model_dump()
    return Response(json.dumps(body), 200 if status in {"ready", "degraded"} else 503, content_type="application/json")


def _verdict(documents: str, redis: str) -> Literal["ready", "degraded", "unavailable", "stopping"]:
    if is_stopping():
        return "stopping"
    if documents == "down":
        return "unavailable"
    return "degraded" if redis == "away" else "ready"
