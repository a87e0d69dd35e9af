"""Every error as the caller sees it: RFC 9457 problem documents for programs, pages for people."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from flask import Flask, Response, current_app, json, request
from werkzeug.exceptions import HTTPException

from backend import context
from backend.errors import FieldError, GacpError
from backend.telemetry.logs import logger

MEDIA_TYPE = "application/problem+json"
_PROGRAM_PATHS = ("/api/", "/healthz", "/readyz")
_ERROR_PAGE = "gacp_error_page"
View = TypeVar("View", bound=Callable[..., Any])
_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")
log = logger("web")


@dataclass(frozen=True)
class Problem:
    """What went wrong, ready to be written as JSON or shown on a page; `name` is stable and kebab-case."""

    name: str
    status: int
    title: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "success": False,
            "type": f"urn:gacp:problem:{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "requestId": context.request_id(),
        }
        if self.errors:
            body["errors"] = [asdict(error) for error in self.errors]
        return body


ErrorPage = Callable[[Problem], Response]


def show_errors_with(app: Flask, page: ErrorPage) -> None:
    """Let `page` answer errors on every path that people visit (all but the API's and the probes')."""
    app.extensions[_ERROR_PAGE] = page


def for_programs(view: View) -> View:
    """Mark a view that programs ask, whatever its path: its errors are problem documents."""
    view.__for_programs__ = True  # type: ignore[attr-defined]
    return view


def install(app: Flask) -> None:
    """Answer every error, expected or not."""
    app.register_error_handler(GacpError, lambda error: _answer(of_error(error)))
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_accident)


def of_error(error: GacpError) -> Problem:
    """The problem that one of our errors is."""
    hidden = error.status == 500  # what is wrong with the server is for the log, not for the caller
    if error.status >= 500:
        log.warning("A request failed", error=str(error), error_type=type(error).__name__, status=error.status)
    return Problem(
        name=_CAMEL.sub("-", type(error).__name__).lower(),
        status=error.status,
        title=error.title,
        detail=error.title if hidden else str(error),
        errors=error.errors,
        headers=_headers(error),
    )


def _headers(error: GacpError) -> dict[str, str]:
    headers: dict[str, str] = {}
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, round(retry_after)))
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="gacp"'
    return headers


def _on_http(error: HTTPException) -> Response | HTTPException:
    """Flask's own errors; a redirect is not one."""
    status = error.code or 500
    if status < 400 or error.response is not None:
        return error
    kept = {name: value for name, value in error.get_headers() if name.lower() not in {"content-type", "content-length"}}
    return _answer(Problem(error.name.lower().replace(" ", "-"), status, error.name, error.description or error.name, headers=kept))


def _on_accident(error: Exception) -> Response:
    log.error("A request ended in an error nobody expected", path=request.path, exc_info=error)
    detail = "Something went wrong on our side; tell us the requestId / ระบบขัดข้อง โปรดแจ้งรหัสคำขอ (requestId)"
    return _answer(Problem("internal-error", 500, "Internal error", detail))


def _answer(problem: Problem) -> Response:
    page: ErrorPage | None = current_app.extensions.get(_ERROR_PAGE)
    if page is not None and not _by_program():
        response = page(problem)
    else:
        response = Response(json.dumps(problem.to_json(), ensure_ascii=False), problem.status, content_type=MEDIA_TYPE)
    response.headers.update(problem.headers)
    return response


def _by_program() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return request.path.startswith(_PROGRAM_PATHS) or getattr(view, "__for_programs__", False)
