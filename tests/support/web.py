"""A Flask application of the shared web layer alone, over real accounts in memory, for tests that add their own routes."""

from types import SimpleNamespace

from flask import Flask

from backend import web
from backend.settings import load
from backend.web.request_id import RequestIds
from tests.support.accounts import Accounts

PASSWORD = "a good long password"


def bare_app(*, production=False, **environment):
    """An app with no routes, and the accounts behind it; `environment` are further settings, by variable."""
    accounts = Accounts()
    secrets = {"SECRET_KEY": "k" * 32, "GACP_ENV": "production" if production else "test"} | environment
    services = SimpleNamespace(settings=load(**secrets), accounts=accounts.service, clock=accounts.clock)
    app = Flask("bare", static_folder=None)
    app.config.update(SECRET_KEY="k" * 32, SESSION_PROTECTION=None, SESSION_REFRESH_EACH_REQUEST=False, MAX_CONTENT_LENGTH=11 * 1024 * 1024)
    web.prepare(app, services)
    app.wsgi_app = RequestIds(app.wsgi_app, patience_s=0.25)
    return app, accounts


def token_of(accounts, role, email="somebody@example.com"):
    """The bearer header of a new user of that role."""
    accounts.service.add_user(email, role, PASSWORD)
    return {"Authorization": f"Bearer {accounts.service.sign_in(email, PASSWORD).token}"}
