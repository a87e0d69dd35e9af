"""What the web edges share: request ids, gates, sessions, CSRF, headers and errors."""

from flask import Flask

from backend.services import Services
from backend.web import csrf, current_user, gates, problems, security_headers, state


def prepare(app: Flask, services: Services) -> None:
    """Give `app` everything that each of its routes relies on; the order is that of the checks."""
    state.attach(app, services)
    problems.install(app)
    security_headers.install(app, production=services.settings.production)
    current_user.install(app)
    gates.install(app)
    csrf.install(app)
