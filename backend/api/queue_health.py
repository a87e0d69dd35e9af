"""How queues, Redis and the apps are, for monitoring systems; each answers within 50 ms, also while a server hangs."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response, json
from pydantic import BaseModel

from backend.api.health_views import AppHealthView, FlowsView, HealthView
from backend.errors import NotFound
from backend.queues.checkup.bodies import app_body, flows_body, health_body
from backend.queues.insight import APPS, GACP
from backend.web.endpoint import Endpoint, endpoint
from backend.web.gates import public
from backend.web.monitoring import monitoring
from backend.web.state import use_cases

blueprint = Blueprint("queue_health", __name__)
_V1 = Endpoint("How Redis and every queue are", monitoring, HealthView, others={503: HealthView})
_FLOWS = Endpoint("How fast the queues are worked off", monitoring, FlowsView, others={503: FlowsView})
_APP = Endpoint("How an app is", public, AppHealthView, others={503: AppHealthView})


@endpoint(blueprint, "GET", "/api/v1/health/queues", spec=_V1)
def queue_health() -> Response:
    return _answer(HealthView, health_body(use_cases().checkup.report()))


@endpoint(blueprint, "GET", "/api/health/queues", spec=_FLOWS)
def queue_flows() -> Response:
    services = use_cases()
    return _answer(FlowsView, flows_body(services.checkup.report(), enable_queue=services.settings.enable_queue))


@endpoint(blueprint, "GET", "/api/apps/<app>/health", spec=_APP)
def app_health(app: str) -> Response:
    if app not in APPS:
        raise NotFound(f"There is no app {app!r}: the apps are {', '.join(APPS)}")
    return _answer(AppHealthView, app_body(use_cases().checkup.report(), app, _queues_of(app), version=version("gacp")))


def _queues_of(app: str) -> Sequence[str]:
    """The queues that jobs of the app go to; what generates nothing for any app is the certification's."""
    kinds = list(use_cases().queue_platform.registry)
    own = {kind.queue for kind in kinds if kind.generation is not None and kind.generation.app == app}
    return sorted(own | ({kind.queue for kind in kinds if kind.generation is None} if app == GACP else set()))


def _answer(shape: type[BaseModel], body: dict[str, Any]) -> Response:
    text = json.dumps(shape.model_validate(body).model_dump(mode="json", by_alias=True), ensure_ascii=False, sort_keys=False)
    return Response(text, 503 if body["status"] == "unhealthy" else 200, content_type="application/json")
