"""The WSGI entry point: `gunicorn -c gunicorn.conf.py wsgi:app`, or any other server."""

import sys
from collections.abc import Callable

from flask import Flask

from backend.app import create_app
from backend.bootstrap import build
from backend.errors import GacpError
from backend.settings import Settings, load
from backend.web.patient import PatientApp


def make(settings: Settings) -> tuple[Flask, Callable[[], None]]:
    """The application on services of its own, and what closes these."""
    services = build(settings)
    services.checkup.look()  # so that the first probe is answered from what was seen, and not from nothing
    return create_app(services), services.close


try:
    settings = load()
    app = PatientApp(lambda: make(settings))
except GacpError as error:
    sys.exit(f"gacp: {error}")
