"""The routes of rq-dashboard that are open here: those that somebody has decided about, and of these only the methods that are safe."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import rq_dashboard
from flask import Blueprint, Flask
from rq_dashboard.version import VERSION

View = Callable[..., Any]
PREFIX = "/admin/rq"
FOLDER = Path(rq_dashboard.__file__).parent
DASHBOARD_VERSION = str(VERSION)
STATIC = "static"


@cache
def upstream_rules() -> tuple[tuple[str, str, frozenset[str], tuple[tuple[str, Any], ...]], ...]:
    """Every route of rq-dashboard itself: rule, name of the view, methods and defaults."""
    scratch = Flask("upstream", static_folder=None)
    scratch.register_blueprint(rq_dashboard.blueprint)
    return tuple(
        (rule.rule, rule.endpoint.removeprefix("rq_dashboard."), frozenset(rule.methods or ()), tuple((rule.defaults or {}).items()))
        for rule in scratch.url_map.iter_rules()
    )


def make_blueprint(looks: Mapping[str, View], acts: Mapping[str, View]) -> Blueprint:
    """A blueprint with upstream's addresses and our views, by upstream's names of them: `looks` on GET, `acts` on POST alone.

    A view that is in neither is not mounted: what a newer rq-dashboard brings is closed until somebody decides.
    """
    blueprint = Blueprint(
        "rq_dashboard",
        __name__,
        url_prefix=PREFIX,
        template_folder=str(FOLDER / "templates"),
        static_folder=str(FOLDER / STATIC),
        static_url_path="/static",
    )
    for rule, name, _methods, defaults in upstream_rules():
        if name in looks:
            blueprint.add_url_rule(rule, name, looks[name], methods=["GET"], defaults=dict(defaults))
        elif name in acts:
            blueprint.add_url_rule(rule, name, acts[name], methods=["POST"], defaults=dict(defaults))
    return blueprint
