"""`gacp user`: make accounts, list them, give new passwords."""

import json
import secrets
import sys

import click

from backend.accounts.roles import Role, role_named
from backend.audit.actions import Action
from backend.audit.entries import masked_email
from backend.cli.auditing import acting


def _role(_context: click.Context, _parameter: click.Parameter, value: str) -> Role:
    try:
        return role_named(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.group("user")
def command() -> None:
    """Make accounts, list them, give new passwords."""


@command.command("add")
@click.argument("email")
@click.option("--role", required=True, callback=_role, help=f"One of {', '.join(Role)}.")
@click.option("--name", default="", help="Shown to others; the part before the @ where it is left out.")
@click.option("--password", default="", help="Asked for at a terminal, generated and printed elsewhere, where it is left out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def add(context: click.Context, email: str, role: Role, name: str, password: str, *, as_json: bool) -> None:
    """Make an account of any role."""
    chosen, generated = _password(password)
    with acting(context, Action.USER_ADD, target=masked_email(email)) as act:
        user = context.obj.services().accounts.add_user(email, role, chosen, name)
        act.after = {"id": user.id, "role": user.role.value}
    _say(user.to_json() | ({"password": chosen} if generated else {}), as_json=as_json)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(context: click.Context, *, as_json: bool) -> None:
    """List all accounts."""
    users = [user.to_json() for user in context.obj.services().accounts.list_users()]
    if as_json:
        click.echo(json.dumps(users, ensure_ascii=False, indent=1))
        return
    if not users:
        click.echo("there is no account: gacp user add EMAIL --role ADMIN")
    for user in users:
        click.echo(f"{user['role']:<10} {user['email']:<40} {user['name']}")


@command.command("password")
@click.argument("email")
@click.option("--password", default="", help="Asked for at a terminal, generated and printed elsewhere, where it is left out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def password_(context: click.Context, email: str, password: str, *, as_json: bool) -> None:
    """Give a new password and end every session of that user."""
    chosen, generated = _password(password)
    with acting(context, Action.USER_PASSWORD, target=masked_email(email)) as act:
        user = context.obj.services().accounts.set_password(email, chosen)
        act.after = {"id": user.id}
    _say(user.to_json() | ({"password": chosen} if generated else {}), as_json=as_json)


def _password(given: str) -> tuple[str, bool]:
    """The password, and whether it was generated here (then it has to be shown)."""
    if given:
        return given, False
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True)), False
    return secrets.token_urlsafe(12), True


def _say(user: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(user, ensure_ascii=False))
        return
    click.echo(f"{user['email']} ({user['role']}) {user['id']}")
    if "password" in user:
        click.echo(f"password: {user['password']}")
