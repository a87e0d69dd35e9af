"""Gives every request its id: the caller's where it is sane, bound for the log and the jobs, and sent back."""

from collections.abc import Callable, Iterable
from typing import Any

from backend import context

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
HEADER = "X-Request-ID"


class RequestIds:
    """WSGI middleware, so that no answer leaves without the header, whoever wrote it."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request_id = context.sane_request_id(environ.get("HTTP_X_REQUEST_ID"))

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, (HEADER, request_id)], exc_info)

        with context.bind(requestId=request_id):
            return self._app(environ, start)
