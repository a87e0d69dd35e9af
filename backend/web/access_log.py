"""One line per answered request; never the query string, which may hold what people typed."""

import re
import time

from flask import Flask, Response, g, request

from backend import context
from backend.telemetry.logs import logger
from backend.web.current_user import seen_user_id

_NOISE = ("/healthz", "/readyz", "/v/", "/static/", "/admin/rq/0/data/", "/admin/rq/static/")
_POLLED = re.compile(r"/api/(v1/health/queues|health/queues(/metrics)?|apps/[^/]+/health)$")
"""What monitoring systems ask every few seconds."""
_SUBJECTS = {"application_id": "applicationId", "job_id": "jobId"}
"""Parts of a path that every line of the request is to carry."""
LONGEST = 64
log = logger("web")


def install(app: Flask) -> None:
    """Log every answer with its status and how long it took; probes, files, and what is asked every few seconds, only while
    debugging."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()
        named = request.view_args or {}
        context.add(**{field: str(named[part])[:LONGEST] for part, field in _SUBJECTS.items() if part in named})

    @app.after_request
    def note(response: Response) -> Response:
        started = g.get("started", time.perf_counter())
        write = log.debug if request.path.startswith(_NOISE) or _POLLED.match(request.path) else log.info
        write(
            "A request was answered",
            called="request_ended",
            method=request.method,
            path=request.path,
            status=response.status_code,
            duration_ms=round((time.perf_counter() - started) * 1000, 1),
            user_id=seen_user_id(),
        )
        return response
