"""`gacp user`: accounts from the command line."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.accounts.roles import Role
from backend.audit.ports import AuditFilter
from backend.cli.main import cli
from tests.support.accounts import Accounts
from tests.support.audit import audited


@pytest.fixture
def accounts():
    return Accounts()


@pytest.fixture
def gacp(accounts):
    services = audited(accounts=accounts.service)

    def run(*words):
        return CliRunner().invoke(cli, words, obj=SimpleNamespace(services=lambda: services))

    run.audit = services.audit
    with capture_logs():
        yield run


@pytest.mark.parametrize("role", list(Role))
def test_an_account_of_any_role_can_be_added(gacp, accounts, role):
    result = gacp("user", "add", "Somchai@example.com", "--role", role.lower(), "--password", "a good long password", "--json")

    assert result.exit_code == 0
    user = accounts.service.sign_in("somchai@example.com", "a good long password").user
    assert json.loads(result.stdout) == user.to_json()
    assert user.role is role


def test_a_password_that_was_not_given_is_made_and_shown(gacp, accounts):
    result = gacp("user", "add", "somchai@example.com", "--role", "REVIEWER", "--json")

    shown = json.loads(result.stdout)["password"]
    assert accounts.service.sign_in("somchai@example.com", shown).user.role is Role.REVIEWER


def test_acts_on_accounts_are_in_the_audit_without_addresses_and_passwords(gacp):
    gacp("user", "add", "somchai@example.com", "--role", "ADMIN", "--password", "a good long password")
    gacp("user", "password", "somchai@example.com", "--password", "another good password")
    entries = gacp.audit.page(AuditFilter(), limit=10).items[::-1]
    assert [(entry.action, entry.outcome, entry.target) for entry in entries if entry.outcome == "done"] == [
        ("user.add", "done", "s***@example.com"),
        ("user.password", "done", "s***@example.com"),
    ]
    assert entries[1].after["role"] == "ADMIN"
    kept = "".join(entry.text for entry in entries)
    assert "somchai@" not in kept
    assert "good" not in kept


def test_a_password_that_was_given_is_not_repeated(gacp):
    assert (
        "a good long password" not in gacp("user", "add", "a@example.com", "--role", "ADMIN", "--password", "a good long password").output
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("a@example.com", "--role", "BOSS"), "there is no role 'BOSS'; choose one of FARMER"),
        (("a@example.com",), "--role"),
        (("nonsense", "--role", "ADMIN", "--password", "a good long password"), "email:"),
        (("a@example.com", "--role", "ADMIN", "--password", "short"), "password:"),
    ],
)
def test_a_mistake_is_one_clear_line_and_adds_nobody(gacp, accounts, words, told):
    result = gacp("user", "add", *words)

    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.output
    assert accounts.service.list_users() == []


def test_accounts_are_listed(gacp):
    gacp("user", "add", "b@example.com", "--role", "ADMIN", "--password", "a good long password")
    gacp("user", "add", "a@example.com", "--role", "FARMER", "--password", "a good long password", "--name", "สมชาย")

    assert [user["email"] for user in json.loads(gacp("user", "list", "--json").stdout)] == ["a@example.com", "b@example.com"]
    assert "สมชาย" in gacp("user", "list").stdout


def test_a_new_password_replaces_the_old_one(gacp, accounts):
    gacp("user", "add", "a@example.com", "--role", "FARMER", "--password", "a good long password")

    assert gacp("user", "password", "A@example.com", "--password", "another password").exit_code == 0

    assert accounts.service.sign_in("a@example.com", "another password").token


def test_nobody_has_no_password_to_replace(gacp):
    assert gacp("user", "password", "nobody@example.com", "--password", "another password").exit_code == 1


@pytest.mark.parametrize(
    "words", [("user", "--help"), ("user", "add", "--help"), ("user", "list", "--help"), ("user", "password", "--help")]
)
def test_every_command_explains_itself(gacp, words):
    result = gacp(*words)

    assert result.exit_code == 0
    assert "Usage:" in result.stdout
