"""One line per request: enough to find it again, nothing that people typed."""

import pytest
from flask import Blueprint
from structlog.testing import capture_logs

from backend.accounts.roles import Role
from backend.web.gates import gate, mount, public, signed_in
from tests.support.web import bare_app, token_of


@pytest.fixture
def site():
    app, accounts = bare_app()
    blueprint = Blueprint("site", __name__)
    blueprint.add_url_rule("/api/open", endpoint="open", view_func=gate(public)(lambda: {"ok": True}))
    blueprint.add_url_rule("/api/closed", endpoint="closed", view_func=gate(signed_in)(lambda: {"ok": True}))
    blueprint.add_url_rule("/healthz", endpoint="healthz", view_func=gate(public)(lambda: {"ok": True}))
    mount(app, blueprint)
    return app, accounts


def lines(app, path, **options):
    with capture_logs() as captured:
        app.test_client().get(path, **options)
    return [line for line in captured if line["event"] == "A request was answered"]


def test_a_request_leaves_one_line_without_its_query(site):
    [line] = lines(site[0], "/api/open?email=somchai@example.com")

    assert (line["method"], line["path"], line["status"], line["user_id"]) == ("GET", "/api/open", 200, "")
    assert line["duration_ms"] >= 0
    assert "somchai" not in str(line)


def test_the_line_says_who_asked(site):
    app, accounts = site
    headers = token_of(accounts, Role.FARMER)

    [line] = lines(app, "/api/closed", headers=headers)

    assert line["user_id"] == accounts.users.by_email("somebody@example.com").id
    assert "Bearer" not in str(line)


def test_refused_requests_are_noted_too(site):
    assert [line["status"] for line in lines(site[0], "/api/closed")] == [401]
    assert [line["status"] for line in lines(site[0], "/api/nothing")] == [404]


POLLED = ("/healthz", "/api/health/queues", "/api/health/queues/metrics", "/api/v1/health/queues", "/api/apps/gacp/health")


@pytest.mark.parametrize("path", [*POLLED, "/admin/rq/0/data/queues.json"])
def test_what_is_asked_every_few_seconds_does_not_fill_the_log(site, path):
    assert [line["log_level"] for line in lines(site[0], path)] == ["debug"]


@pytest.mark.parametrize("path", ["/api/health/queues/job/x/debug", "/api/apps/gacp/metrics", "/admin/rq/"])
def test_what_somebody_asks_is_noted(site, path):
    assert [line["log_level"] for line in lines(site[0], path)] == ["info"]
