"""Gunicorn: threads for HTTP, everything it may be told is in the environment (`.env.example`)."""

import logging
import sys
from typing import Any

from gunicorn.glogging import Logger

from backend.errors import GacpError
from backend.settings import load
from backend.shutdown import before_stopping
from backend.telemetry import logs

try:
    settings = load()
except GacpError as error:
    sys.exit(f"gacp: {error}")
logs.begin(settings)


class OneLog(Logger):  # type: ignore[misc]
    """Gunicorn's own lines go where all lines go, in the same form."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        if not settings.production:
            self.error_log.setLevel(logging.WARNING)


bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
worker_class = "gthread"  # the number of processes is gunicorn's own WEB_CONCURRENCY
threads = 16
timeout = 60
graceful_timeout = 10
keepalive = 5
logger_class = OneLog
accesslog = None  # the application logs requests without their query strings
control_socket_disable = True  # it would lie in the home folder


def post_worker_init(_worker: Any) -> None:
    """The worker has its application and its signal handlers."""
    from wsgi import app  # noqa: PLC0415 - gunicorn has just loaded it here, and the master must not

    before_stopping(app.stop_being_ready)


def worker_exit(_server: Any, _worker: Any) -> None:
    """The last request is answered."""
    if loaded := sys.modules.get("wsgi"):
        loaded.app.close()
