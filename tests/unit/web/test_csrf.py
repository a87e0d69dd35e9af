"""A visitor's cookie works for our pages, and for nobody else's."""

import pytest
from flask import Blueprint

from backend.accounts.roles import Role
from backend.web.csrf import csrf_token
from backend.web.current_user import remember
from backend.web.gates import gate, mount, public, signed_in
from tests.support.web import PASSWORD, bare_app, token_of

EMAIL = "somchai@example.com"


@pytest.fixture
def site():
    app, accounts = bare_app()
    accounts.service.register(EMAIL, PASSWORD)
    blueprint = Blueprint("site", __name__)

    def login():
        remember(accounts.service.sign_in(EMAIL, PASSWORD))
        return {"csrfToken": csrf_token()}

    blueprint.add_url_rule("/api/v1/auth/login", endpoint="login", view_func=gate(public)(login), methods=["POST"])
    blueprint.add_url_rule("/api/change", endpoint="change", view_func=gate(signed_in)(lambda: {"ok": True}), methods=["POST", "GET"])
    blueprint.add_url_rule("/page", endpoint="page", view_func=gate(public)(lambda: {"ok": True}), methods=["POST"])
    mount(app, blueprint)
    client = app.test_client()
    token = client.post("/api/v1/auth/login").get_json()["csrfToken"]
    return app, accounts, client, token


def test_the_cookie_alone_changes_nothing(site):
    _, _, client, _ = site

    assert client.get("/api/change").status_code == 200
    assert client.post("/api/change", json={}).status_code == 403


def test_the_cookie_with_the_token_of_its_session_may_change(site):
    _, _, client, token = site

    assert client.post("/api/change", json={}, headers={"X-CSRFToken": token}).status_code == 200
    assert client.post("/api/change", data={"csrf_token": token}).status_code == 200


def test_the_token_of_another_session_is_worth_nothing(site):
    app, _, client, _ = site
    other = app.test_client().post("/api/v1/auth/login").get_json()["csrfToken"]

    assert client.post("/api/change", json={}, headers={"X-CSRFToken": other}).status_code == 403


def test_another_site_is_refused_even_with_a_token(site):
    _, _, client, token = site

    for origin in ("https://evil.example", "null", "http://localhost.evil.example", "http://["):
        response = client.post("/api/change", json={}, headers={"X-CSRFToken": token, "Origin": origin})
        assert response.status_code == 403


def test_our_own_origin_is_accepted(site):
    _, _, client, token = site

    response = client.post("/api/change", json={}, headers={"X-CSRFToken": token, "Origin": "http://localhost"})

    assert response.status_code == 200


def test_another_site_cannot_sign_a_visitor_in(site):
    assert site[2].post("/api/v1/auth/login", headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_bearer_token_needs_no_csrf_token(site):
    app, accounts, _, _ = site

    assert app.test_client().post("/api/change", json={}, headers=token_of(accounts, Role.FARMER)).status_code == 200


def test_a_made_up_bearer_token_does_not_let_the_cookie_through(site):
    _, _, client, _ = site

    assert client.post("/api/change", json={}, headers={"Authorization": "Bearer made-up"}).status_code == 401


def test_forms_of_pages_need_a_token_also_from_strangers(site):
    app, _, client, token = site

    assert app.test_client().post("/page").status_code == 403
    assert client.post("/page", data={"csrf_token": token}).status_code == 200


def test_signing_in_drops_what_the_session_held_before(site):
    _, _, client, _ = site
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"

    client.post("/api/v1/auth/login")

    with client.session_transaction() as session:
        assert "planted" not in session
