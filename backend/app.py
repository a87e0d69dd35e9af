"""The web application: every route of every edge, each behind its gate."""

from datetime import timedelta
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from backend import api, pages, web
from backend.services import Services
from backend.settings import Settings
from backend.web import tracing
from backend.web.request_id import RequestIds, WsgiApp

MAX_REQUEST_BYTES = 11 * 1024 * 1024  # a file of 10 MB and the form around it


def create_app(services: Services) -> Flask:
    """Build the application on these services; it connects to nothing by itself."""
    settings = services.settings
    app = Flask("backend", root_path=str(Path(__file__).parent), static_folder=None)
    app.config.update(_configuration(settings))
    web.prepare(app, services)
    api.register(app)
    pages.register(app)
    inner = _behind_proxies(app, settings.trusted_proxies)
    if services.tracer.on:
        inner = tracing.install(app, inner, services.tracer)
    app.wsgi_app = RequestIds(inner, patience_s=settings.redis_deadline_ms / 1000)  # type: ignore[method-assign]
    return app


def _behind_proxies(app: Flask, count: int) -> WsgiApp:
    """Believe the forwarding headers of that many proxies, and of none by default: anybody can write them."""
    return ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count) if count else app.wsgi_app


def _configuration(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.signing_key,
        "MAX_CONTENT_LENGTH": MAX_REQUEST_BYTES,
        "SESSION_COOKIE_NAME": "gacp_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.production,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "SESSION_PROTECTION": None,  # the session lives on the server, and phones change their address
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=settings.session_hours),
    }
