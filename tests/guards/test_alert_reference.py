"""docs/reference/alerts.md tells of every rule as it is, and of the variables and routes that there are."""

import re

from flask import Flask

from backend.adapters.alerting.webhook import DELIVERY, SIGNATURE, TIMESTAMP
from backend.api.alerts import blueprint
from backend.settings import Settings
from tests.support.alert_reference import PAGE, page
from tests.support.sources import ROOT

TEXT = PAGE.read_text("utf-8")


def test_the_table_is_what_the_rules_say():
    assert page() == TEXT, "write it anew: python -m tests.support.alert_reference"


def test_every_variable_that_is_named_is_there_and_every_one_is_named():
    variables = {field.alias for field in Settings.model_fields.values() if re.match("ALERT_|SLO_", field.alias or "")}
    how_to = (ROOT / "docs" / "how-to" / "alerts.md").read_text("utf-8")
    named = set(re.findall(r"(?:ALERT|SLO)_[A-Z_]+[A-Z]", TEXT + how_to))

    assert named == variables


def test_every_route_is_told():
    app = Flask("routes")
    app.register_blueprint(blueprint)
    routes = {re.sub(r"<\w+>", ":id", rule.rule) for rule in app.url_map.iter_rules() if rule.endpoint.startswith("alerts.")}

    assert {route for route in routes if route not in TEXT} == set()


def test_the_headers_of_the_webhook_are_told():
    assert all(f"`{header}`" in TEXT for header in (TIMESTAMP, SIGNATURE, DELIVERY))
