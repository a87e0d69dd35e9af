"""Errors as pages: what happened and what to do, in words."""

from flask import Response, redirect, request, url_for

from backend import context
from backend.pages.rendering import page
from backend.pages.texts import has
from backend.web.problems import Problem


def show(problem: Problem) -> Response:
    """The page for a problem; whoever is not signed in is led to the door, and back afterwards."""
    if problem.status == 401 and request.method == "GET":
        return Response(status=302, headers={"Location": url_for("account_pages.sign_in", next=request.full_path.rstrip("?"))})
    if problem.status == 413 and request.endpoint == "file_pages.send":
        return redirect(url_for("file_pages.slot", **(request.view_args or {}), too_large=1))  # type: ignore[return-value]
    known = str(problem.status) if has(f"errors.{problem.status}.title") else "500"
    return page("error.html", problem.status, problem=problem, known=known, request_id=context.request_id())
