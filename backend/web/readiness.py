"""Whether this process is on its way out: then it tells the balancer so before it stops serving."""

from threading import Event

from flask import Flask, current_app

_KEY = "gacp_stopping"


def stop_being_ready(app: Flask) -> None:
    """From now on `/readyz` answers 503, while requests are still served; safe in a signal handler."""
    app.extensions.setdefault(_KEY, Event()).set()


def is_stopping() -> bool:
    """Whether `stop_being_ready` was called."""
    stopping: Event | None = current_app.extensions.get(_KEY)
    return stopping is not None and stopping.is_set()
