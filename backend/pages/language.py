"""Which language a visitor reads: asked for in the address, remembered in a cookie, Thai otherwise."""

from typing import Literal

from flask import Flask, Response, g, request

Language = Literal["th", "en"]
COOKIE = "gacp_language"
_A_YEAR = 365 * 24 * 60 * 60


def language() -> Language:
    """The language of this answer."""
    if "language" not in g:
        g.language = _known(request.args.get("lang")) or _known(request.cookies.get(COOKIE)) or "th"
    chosen: Language = g.language
    return chosen


def install(app: Flask) -> None:
    """Remember the language for whoever chooses one."""

    @app.after_request
    def remember(response: Response) -> Response:
        asked = _known(request.args.get("lang"))
        if asked and asked != request.cookies.get(COOKIE):
            response.set_cookie(COOKIE, asked, max_age=_A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
        return response


def _known(text: str | None) -> Language | None:
    if text == "th":
        return "th"
    return "en" if text == "en" else None
