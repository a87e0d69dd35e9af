"""Keeps other sites from using a visitor's cookie: a token in every form, and no foreign origin."""

from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf

from backend.errors import NotAllowed
from backend.web.current_user import by_bearer, visitor
from backend.web.state import use_cases

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class CsrfRefused(NotAllowed):
    """The request does not prove that it comes from one of our pages."""

    title = "The form has expired or comes from another site"


def csrf_token() -> str:
    """The token of this visitor, for the header `X-CSRFToken` or the form field `csrf_token`."""
    return str(generate_csrf())


def install(app: Flask) -> None:
    """Check every request that changes something; a request with a bearer token carries no cookie's authority."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    protection = CSRFProtect(app)

    @app.before_request
    def protect() -> None:
        if request.method in _SAFE or request.endpoint is None or by_bearer():
            return
        _refuse_foreign_origin()
        if not _needs_token():
            return
        try:
            protection.protect()
        except CSRFError:
            raise CsrfRefused(
                "Send the token of GET /api/v1/auth/me as X-CSRFToken, or reload the form / แบบฟอร์มหมดอายุ โปรดโหลดหน้านี้ใหม่"
            ) from None


def _needs_token() -> bool:
    """Pages always; the API where the cookie says who asks. Signing in by JSON uses no cookie's authority, and a foreign
    page cannot send JSON without being refused above."""
    return not request.path.startswith("/api/") or (visitor() is not None and not request.path.endswith(_SIGN_IN_PATHS))


_SIGN_IN_PATHS = ("/auth/login", "/auth/register")


def _refuse_foreign_origin() -> None:
    origin = request.headers.get("Origin")
    if origin is None:
        return
    ours = {request.host, urlsplit(use_cases().settings.base_url).netloc}
    if _site(origin) not in ours:
        raise CsrfRefused("The request comes from another site / คำขอมาจากเว็บไซต์อื่น")


def _site(origin: str) -> str:
    """Host and port of an origin; what is none, such as `http://[`, is nobody's."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
