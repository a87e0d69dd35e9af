"""What the web edges share: request ids, gates, sessions, CSRF, headers and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from backend.web import access_log, csrf, current_user, gates, problems, security_headers, state

if TYPE_CHECKING:  # gunicorn's master loads this package, and must not load everything under it
    from backend.services import Services


def prepare(app: Flask, services: Services) -> None:
    """Give `app` everything that each of its routes relies on; the order is that of the checks."""
    state.attach(app, services)
    access_log.install(app)
    problems.install(app)
    security_headers.install(app, production=services.settings.production)
    current_user.install(app)
    gates.install(app)
    csrf.install(app)
