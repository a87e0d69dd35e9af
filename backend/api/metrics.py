"""What Prometheus reads."""

from flask import Blueprint, Response, request

from backend.telemetry.samples import PLAIN
from backend.web.endpoint import Endpoint, endpoint
from backend.web.monitoring import monitoring
from backend.web.state import use_cases

blueprint = Blueprint("metrics", __name__)


@endpoint(
    blueprint,
    "GET",
    "/api/health/queues/metrics",
    spec=Endpoint("Every metric as Prometheus text, or as OpenMetrics where that is asked for", monitoring, None, media=PLAIN),
)
def metrics() -> Response:
    body, content_type = use_cases().metrics.samples().page(request.headers.get("Accept", ""))
    return Response(body, content_type=content_type)
