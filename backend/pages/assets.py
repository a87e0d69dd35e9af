"""The files that browsers load: our own, and the few of other packages that are on the list."""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from backend.errors import NotFound
from backend.pages.rendering import STATIC
from backend.web.gates import gate, public

NODE_MODULES = Path(__file__).parents[2] / "node_modules"
_SARABUN = "@fontsource/sarabun/files/sarabun-{script}-{weight}-normal.woff2"
ALLOWED = frozenset(
    {
        "@picocss/pico/css/pico.classless.jade.min.css",
        *(_SARABUN.format(script=script, weight=weight) for script in ("thai", "latin") for weight in (400, 700)),
    }
)
_A_DAY = 24 * 60 * 60
_A_YEAR = 365 * _A_DAY

blueprint = Blueprint("pages", __name__, template_folder="templates")


@blueprint.get("/static/<path:filename>")
@gate(public)
def static(filename: str) -> Response:
    """One of our own files; its address changes with its content."""
    return _kept(send_from_directory(STATIC, filename), _A_YEAR)


@blueprint.get("/v/<path:name>")
@gate(public)
def vendor(name: str) -> Response:
    """A file of an npm package; only what is on the list is served."""
    if name not in ALLOWED:
        raise NotFound("There is no such file")
    return _kept(send_from_directory(NODE_MODULES, name), _A_DAY)


def _kept(response: Response, seconds: int) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    return response
