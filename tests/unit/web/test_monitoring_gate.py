"""Who reads what monitoring systems read: staff and the monitoring token, also while the document store is away."""

import pytest
from flask import Blueprint

from backend.accounts.roles import Role
from backend.web.gates import gate, mount, staff
from backend.web.monitoring import monitoring
from tests.support.web import bare_app, token_of

TOKEN = "what the monitoring system was given"


def site(token=TOKEN):
    app, accounts = bare_app(MONITORING_TOKEN=token)
    blueprint = Blueprint("site", __name__, url_prefix="/api")
    for name, chosen in (("numbers", monitoring), ("staff", staff)):
        blueprint.add_url_rule(f"/{name}", endpoint=name, view_func=gate(chosen)(lambda: {"ok": True}))
    mount(app, blueprint)
    return app.test_client(), accounts


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_the_token_opens_this_gate_and_no_other():
    client, _ = site()
    assert client.get("/api/numbers", headers=bearer(TOKEN)).status_code == 200
    assert client.get("/api/staff", headers=bearer(TOKEN)).status_code == 401


@pytest.mark.parametrize(("role", "status"), [(Role.FARMER, 403), (Role.REVIEWER, 200), (Role.INSPECTOR, 200), (Role.ADMIN, 200)])
def test_staff_enter_with_their_own_tokens(role, status):
    client, accounts = site()
    assert client.get("/api/numbers", headers=token_of(accounts, role)).status_code == status


@pytest.mark.parametrize(
    "headers", [{}, bearer("another"), bearer(""), bearer(TOKEN + "x"), {"Authorization": f"Basic {TOKEN}"}, bearer("ไทย")]
)
def test_everybody_else_is_told_to_sign_in(headers):
    client, _ = site()
    headers = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    response = client.get("/api/numbers", headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_a_token_in_the_settings_nothing_counts_as_one():
    client, _ = site(token="")
    assert client.get("/api/numbers", headers=bearer("")).status_code == 401
    assert client.get("/api/numbers").status_code == 401


def test_the_token_needs_no_document_store():
    client, accounts = site()
    accounts.store.away = True
    assert client.get("/api/numbers", headers=bearer(TOKEN)).status_code == 200
    assert client.get("/api/numbers", headers=bearer("another")).status_code == 503
