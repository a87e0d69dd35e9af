"""The pages for people: one file per subject, drawn on the server, whole without JavaScript."""

from flask import Flask

from backend.accounts.roles import Role
from backend.pages import account_pages, application_pages, assets, check_pages, error_pages, file_pages, language, queue_pages
from backend.pages.form import item_pages
from backend.pages.form import pages as form_pages
from backend.pages.officer import pages as officer_pages
from backend.pages.officer import revision_pages
from backend.pages.rq import acts, data
from backend.pages.rq import pages as rq_pages
from backend.pages.rq.routes import make_blueprint
from backend.web.gates import mount, roles, signed_in, staff
from backend.web.problems import show_errors_with


def register(app: Flask) -> None:
    """Mount every subject behind its gate; assets and the ways in bring their own."""
    language.install(app)
    show_errors_with(app, error_pages.show)
    mount(app, assets.blueprint)
    mount(app, account_pages.blueprint)
    mount(app, application_pages.blueprint, signed_in)
    for applicants in (form_pages, item_pages, file_pages, check_pages):
        mount(app, applicants.blueprint, roles(Role.FARMER))
    mount(app, officer_pages.blueprint, staff)
    mount(app, revision_pages.blueprint, roles(Role.REVIEWER))
    mount(app, queue_pages.blueprint, roles(Role.ADMIN))
    mount(app, make_blueprint(rq_pages.VIEWS | data.VIEWS, acts.VIEWS), roles(Role.ADMIN))
