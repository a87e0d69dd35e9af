"""Gives every request its id, the caller's where it is sane, bound for the log and the jobs and sent back; and its patience."""

from collections.abc import Callable, Iterable
from typing import Any

from backend import context

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
HEADER = "X-Request-ID"


class RequestIds:
    """WSGI middleware, so that no answer leaves without the header, whoever wrote it.

    `patience_s` is how long one request may wait for Redis, over all that it submits.
    """

    def __init__(self, app: WsgiApp, *, patience_s: float) -> None:
        self._app = app
        self._patience_s = patience_s

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request_id = context.sane_request_id(environ.get("HTTP_X_REQUEST_ID"))

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, (HEADER, request_id)], exc_info)

        with context.bind(requestId=request_id), context.somebody_waits(self._patience_s):
            return self._app(environ, start)
