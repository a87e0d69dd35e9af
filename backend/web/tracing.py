"""A span around each request, where the deployment asks for traces; probes and files have none."""

from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, request

from backend.telemetry.tracing import Kind, Tracer, innermost
from backend.web.request_id import StartResponse, WsgiApp

_NOISE = ("/healthz", "/readyz", "/static/", "/v/", "/socket.io/")


def install(app: Flask, inner: WsgiApp, tracer: Tracer) -> WsgiApp:
    """`inner` with spans around it, named by the route that Flask finds."""

    @app.after_request
    def name(response: Response) -> Response:
        rule = request.url_rule
        if rule is not None:
            span = innermost.get()
            span.rename(f"{request.method} {rule.rule}")
            span.note({"http.route": rule.rule})
        return response

    return Traces(inner, tracer)


class Traces:
    """WSGI middleware. The path is shown without its query; who asks may be inside of a trace already (`traceparent`)."""

    def __init__(self, app: WsgiApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith(_NOISE):
            return self._app(environ, start_response)
        method = environ.get("REQUEST_METHOD", "")
        attributes = {"http.request.method": method, "url.path": path, "url.scheme": environ.get("wsgi.url_scheme", "")}
        with self._tracer.span(method, Kind.SERVER, attributes, parent=environ.get("HTTP_TRACEPARENT", "")) as span:

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                code = int(status[:3])
                span.note({"http.response.status_code": code})
                if code >= 500:
                    span.failed(str(code))
                return start_response(status, headers, exc_info)

            return self._app(environ, start)
