"""The accounts that exist after a start."""

import pytest

from backend.accounts.roles import Role
from backend.accounts.setup import ensure_accounts
from backend.errors import Misconfigured, Unavailable
from backend.settings import load
from tests.support.accounts import Accounts

ADMIN = {"ADMIN_EMAIL": "boss@example.com", "ADMIN_PASSWORD": "a good long password"}


def users_after(**environment):
    accounts = Accounts()
    ensure_accounts(accounts.service, load(**environment))
    return [(user.email, user.role) for user in accounts.service.list_users()]


def test_the_administrator_of_the_environment_exists():
    assert users_after(**ADMIN) == [("boss@example.com", Role.ADMIN)]


def test_without_variables_nobody_is_made():
    assert users_after() == []


def test_the_demonstration_is_made_where_it_is_wanted_and_never_in_production():
    assert len(users_after(DEMO_DATA="true")) == len(Role)
    assert users_after(DEMO_DATA="true", GACP_ENV="production", SECRET_KEY="k" * 32) == []


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"ADMIN_PASSWORD": ""}, "ADMIN_PASSWORD"),
        ({"ADMIN_EMAIL": ""}, "ADMIN_EMAIL"),
        ({"ADMIN_PASSWORD": "short"}, "ADMIN_PASSWORD"),
        ({"ADMIN_EMAIL": "nonsense"}, "ADMIN_EMAIL"),
    ],
)
def test_a_bad_variable_stops_the_start_by_name(changes, variable):
    with pytest.raises(Misconfigured, match=f"^{variable}: "):
        users_after(**(ADMIN | changes))


def test_a_database_that_is_away_does_not_stop_the_start():
    class Away:
        def ensure_admin(self, email, password):
            raise Unavailable("the database is away")

    ensure_accounts(Away(), load(**ADMIN))
