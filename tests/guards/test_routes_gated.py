"""Every route stands behind a gate, and what is public is public on purpose."""

import pytest

from backend.web.gates import gate_of, public, ungated
from tests.support.site import Site

PUBLIC_API = {
    "auth.register",
    "auth.login",
    "auth.logout",
    "health.healthz",
    "health.readyz",
    "queue_health.app_health",
    "openapi.openapi_json",
    "openapi.docs",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("gates"))
    yield site
    site.close()


def test_no_route_was_forgotten(site):
    assert ungated(site.app) == []


def test_the_walk_finds_a_route_that_was_forgotten(tmp_path):
    site = Site(tmp_path)
    site.app.add_url_rule("/api/v1/forgotten", endpoint="forgotten", view_func=dict)

    assert ungated(site.app) == ["forgotten"]
    assert site.stranger().get("/api/v1/forgotten").status_code == 403
    site.close()


def test_the_api_opens_to_strangers_only_what_is_listed_here(site):
    rules = [rule for rule in site.app.url_map.iter_rules() if rule.rule.startswith(("/api", "/healthz", "/readyz"))]

    assert {rule.endpoint for rule in rules if gate_of(site.app, rule.endpoint) == public} == PUBLIC_API


def test_strangers_are_turned_away_from_everything_else_in_the_api(site):
    client = site.stranger()
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint in PUBLIC_API or not rule.rule.startswith("/api"):
            continue
        path = rule.rule
        for argument in rule.arguments:
            path = path.replace(f"<{argument}>", "x")
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert client.open(path, method=method).status_code == 401, f"{method} {rule.rule}"
