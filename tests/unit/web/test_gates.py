"""Gates: closed by default, 401 for strangers, 403 for the wrong role."""

import pytest
from flask import Blueprint

from backend.accounts.roles import Role
from backend.web.gates import gate, mount, public, roles, signed_in, staff, ungated
from tests.support.web import bare_app, token_of


@pytest.fixture
def site():
    app, accounts = bare_app()
    blueprint = Blueprint("site", __name__, url_prefix="/api")
    for name, chosen in (("public", public), ("signed_in", signed_in), ("staff", staff), ("admin", roles(Role.ADMIN))):
        blueprint.add_url_rule(f"/{name}", endpoint=name, view_func=gate(chosen)(lambda: {"ok": True}))
    mount(app, blueprint)
    return app, accounts


def test_strangers_enter_only_where_it_is_public(site):
    client = site[0].test_client()

    assert client.get("/api/public").status_code == 200
    for path in ("/api/signed_in", "/api/staff", "/api/admin"):
        response = client.get(path)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.FARMER, (200, 200, 403, 403)),
        (Role.REVIEWER, (200, 200, 200, 403)),
        (Role.INSPECTOR, (200, 200, 200, 403)),
        (Role.APPROVER, (200, 200, 200, 403)),
        (Role.ADMIN, (200, 200, 200, 200)),
    ],
)
def test_each_role_enters_where_its_gate_lets_it(site, role, expected):
    app, accounts = site
    headers = token_of(accounts, role)
    client = app.test_client()

    statuses = tuple(client.get(f"/api/{name}", headers=headers).status_code for name in ("public", "signed_in", "staff", "admin"))

    assert statuses == expected


def test_a_route_without_a_gate_is_closed_to_everybody(site):
    app, accounts = site
    app.add_url_rule("/api/forgotten", endpoint="forgotten", view_func=lambda: {"ok": True})

    response = app.test_client().get("/api/forgotten", headers=token_of(accounts, Role.ADMIN))

    assert response.status_code == 403
    assert ungated(app) == ["forgotten"]


def test_a_blueprint_is_mounted_together_with_its_gate(site):
    app, accounts = site
    foreign = Blueprint("foreign", __name__, url_prefix="/foreign")
    foreign.add_url_rule("/table", endpoint="table", view_func=lambda: "table")
    foreign.add_url_rule("/style", endpoint="style", view_func=lambda: "style")

    mount(app, foreign, roles(Role.ADMIN), views={"style": public})

    client = app.test_client()
    assert ungated(app) == []
    assert client.get("/foreign/style").status_code == 200
    assert client.get("/foreign/table").status_code == 401
    assert client.get("/foreign/table", headers=token_of(accounts, Role.ADMIN)).status_code == 200


def test_an_unknown_path_is_not_found_and_not_a_question_of_gates(site):
    assert site[0].test_client().get("/api/nothing").status_code == 404


def test_a_wrong_method_names_the_right_ones(site):
    response = site[0].test_client().post("/api/public")

    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_no_token_but_a_known_one_lets_in(site):
    client = site[0].test_client()

    for header in ("Bearer unknown", "Bearer ", "Basic c29tZTpib2R5", "bearer"):
        assert client.get("/api/signed_in", headers={"Authorization": header}).status_code == 401
