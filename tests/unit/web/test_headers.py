"""What every response carries, whoever made it."""

import re

import pytest
from flask import Blueprint, render_template_string

from backend.web.gates import mount, public
from tests.support.web import bare_app


@pytest.fixture
def client():
    return site().test_client()


def site(*, production=False):
    app, _ = bare_app(production=production)
    blueprint = Blueprint("site", __name__)
    page = '<script nonce="{{ csp_nonce() }}"></script>'
    blueprint.add_url_rule("/page", endpoint="page", view_func=lambda: render_template_string(page))
    mount(app, blueprint, public)
    return app


@pytest.mark.parametrize("offered", ["request-0001", "a1b2c3d4", "x" * 64, "A.b_c-123"])
def test_a_sane_request_id_comes_back(client, offered):
    assert client.get("/page", headers={"X-Request-ID": offered}).headers["X-Request-ID"] == offered


@pytest.mark.parametrize("offered", ["short", "x" * 65, "with blank", 'quote"quote', "ไทยไทยไทย".encode().decode("latin-1")])
def test_another_request_id_is_replaced(client, offered):
    assert re.fullmatch(r"req_[0-9a-f]{16}", client.get("/page", headers={"X-Request-ID": offered}).headers["X-Request-ID"])


def test_errors_carry_the_request_id_too(client):
    response = client.get("/api/nothing", headers={"X-Request-ID": "request-0001"})

    assert response.headers["X-Request-ID"] == response.get_json()["requestId"] == "request-0001"


def test_scripts_run_only_with_the_nonce_of_their_response(client):
    first, second = client.get("/page"), client.get("/page")

    nonce = re.search(r"nonce-([^']+)'", first.headers["Content-Security-Policy"])[1]
    assert f'nonce="{nonce}"' in first.get_data(as_text=True)
    assert nonce not in second.headers["Content-Security-Policy"]


def test_the_policy_allows_nothing_from_elsewhere(client):
    headers = client.get("/page").headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_only_production_insists_on_tls(client):
    assert "Strict-Transport-Security" not in client.get("/page").headers
    assert "max-age" in site(production=True).test_client().get("/page").headers["Strict-Transport-Security"]
