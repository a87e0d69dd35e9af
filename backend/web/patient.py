"""The application of a process that may start before the document store answers: until then every request is told to come again."""

import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from flask import Flask, Response, json

from backend.errors import GacpError, Unavailable
from backend.telemetry.logs import logger
from backend.web.problems import MEDIA_TYPE, of_error
from backend.web.readiness import stop_being_ready
from backend.web.request_id import RequestIds, StartResponse

Make = Callable[[], tuple[Flask, Callable[[], object]]]
"""Makes the application, and what closes its connections. Raises Unavailable while the document store is away."""

AGAIN_AFTER_S = 2.0
SORRY = "ฐานข้อมูลไม่พร้อมใช้งานชั่วคราว โปรดลองใหม่ในอีกสักครู่ / The database is away for the moment: please try again shortly."
_ALIVE = {"status": "ok"}
_NOT_READY = {"status": "unavailable", "documents": "down", "redis": "off"}
log = logger("web")


class PatientApp:
    """A WSGI application. It is made at once, or by the first request for which the document store is back.

    Without it a process that starts during an outage would end, its successors too, and whoever asks would wait for an answer
    instead of getting one. Raises at the start what no waiting cures.
    """

    def __init__(self, make: Make, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._monotonic = monotonic
        self._lock = Lock()
        self._app: Flask | None = None
        self._close: Callable[[], object] = list
        self._again_at = 0.0
        self._sorry = RequestIds(_come_again, patience_s=AGAIN_AFTER_S)
        try:
            self._app, self._close = make()
        except Unavailable as error:
            self._again_at = monotonic() + AGAIN_AFTER_S
            log.warning("The document store is away: nothing is accepted until it is back", error=str(error))

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        app = self._app or self._look_again()
        return self._sorry(environ, start_response) if app is None else app(environ, start_response)

    def stop_being_ready(self) -> None:
        """The process is on its way out; safe in a signal handler."""
        if self._app is not None:
            stop_being_ready(self._app)

    def close(self) -> None:
        """Let go of every connection."""
        self._close()

    def _look_again(self) -> Flask | None:
        """One request at a time looks, and not too often; the others do not wait for it."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            if self._app is None and self._monotonic() >= self._again_at:
                self._app, self._close = self._make()
                log.info("The document store answers: requests are served")
        except GacpError as error:
            self._again_at = self._monotonic() + AGAIN_AFTER_S
            if not isinstance(error, Unavailable):
                log.error("The application cannot be made", error=str(error))  # noqa: TRY400 - it explains itself
        finally:
            self._lock.release()
        return self._app


def _come_again(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    return _answer(environ["PATH_INFO"])(environ, start_response)


def _answer(path: str) -> Response:
    if path == "/healthz":
        return _json(_ALIVE, 200)
    if path == "/readyz":
        return _json(_NOT_READY, 503)
    problem = of_error(Unavailable(SORRY))
    if path.startswith("/api/"):
        return _json(problem.to_json(), problem.status, content_type=MEDIA_TYPE, headers=problem.headers)
    return Response(SORRY, problem.status, content_type="text/plain; charset=utf-8", headers=problem.headers)


def _json(body: dict[str, Any], status: int, *, content_type: str = "application/json", headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, content_type=content_type, headers=headers)
