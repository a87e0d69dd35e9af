"""The OpenAPI document, for programs and for people."""

from typing import Any

from flask import Blueprint, current_app, render_template

from backend.web.gates import gate, public
from backend.web.openapi import document

blueprint = Blueprint("openapi", __name__, template_folder="templates")


@blueprint.get("/api/openapi.json")
@gate(public)
def openapi_json() -> dict[str, Any]:
    return _document()


@blueprint.get("/api/docs")
@gate(public)
def docs() -> str:
    """A plain page without scripts: every route, who may call it, what it takes and what it answers."""
    return render_template("api_docs.html", document=_document())


def _document() -> dict[str, Any]:
    """Made once per process: the routes do not change after the start."""
    cache = current_app.extensions
    if "gacp_openapi" not in cache:
        cache["gacp_openapi"] = document(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - the app itself
    found: dict[str, Any] = cache["gacp_openapi"]
    return found
