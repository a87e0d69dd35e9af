"""`gacp application`: bring applications in from files, list them, show one."""

import json
from pathlib import Path
from typing import Any

import click

from backend.accounts.demo import DEMO_ACCOUNTS
from backend.accounts.roles import Role
from backend.certification.actors import ADMIN, Actor
from backend.cli.review import read_document
from backend.errors import NotFound

CONSOLE = Actor(id="console", role=ADMIN)
_DEMO_FARMER = next(account for account in DEMO_ACCOUNTS if account.role is Role.FARMER)


@click.group("application")
def command() -> None:
    """Bring applications in from files, list them, show one."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--owner", metavar="EMAIL", default="", help=f"Whose draft it becomes; otherwise {_DEMO_FARMER.email}.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: id, applicationNumber.")
@click.pass_context
def import_(context: click.Context, file: Path, owner: str, *, as_json: bool) -> None:
    """Make a draft of the application in FILE (JSON), with placeholder files behind its documents and photos."""
    document = read_document(file)
    services = context.obj.services()
    draft = services.certification.import_draft(CONSOLE, document, _owner(services, owner))
    answer = {"id": draft.id, "applicationNumber": draft.number}
    click.echo(json.dumps(answer) if as_json else f"{draft.id} {draft.status}")


@command.command("list")
@click.option("--status", default="", help="Only those in that state, such as IN_REVIEW.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(context: click.Context, status: str, limit: int, *, as_json: bool) -> None:
    """List applications, the latest first."""
    page = context.obj.services().certification.list(CONSOLE, status=status.upper() or None, limit=limit)
    rows = [
        {"id": item.id, "applicationNumber": item.number, "status": item.status, "inspectionType": item.inspection_type}
        for item in page.items
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    if not rows:
        click.echo("no application is like that")
    for row in rows:
        click.echo(f"{row['id']}  {row['applicationNumber'] or '-':<18}  {row['status']:<20}  {row['inspectionType'] or '-'}")


@command.command("show")
@click.argument("application_id")
@click.option("--json", "as_json", is_flag=True, help="It is JSON in any case.")
@click.pass_context
def show(context: click.Context, application_id: str, *, as_json: bool) -> None:
    """Print one application as JSON, as officers see it."""
    del as_json
    certification = context.obj.services().certification
    shown = certification.to_json(CONSOLE, certification.get(CONSOLE, application_id))
    click.echo(json.dumps(shown, ensure_ascii=False, indent=1))


def _owner(services: Any, email: str) -> Actor:
    """The account of that address; raises NotFound with the cure."""
    wanted = email or _DEMO_FARMER.email
    user = services.accounts.find_by_email(wanted)
    if user is None and not email and not services.settings.production:
        user = services.accounts.add_user(_DEMO_FARMER.email, _DEMO_FARMER.role, _DEMO_FARMER.password, _DEMO_FARMER.name)
    if user is None:
        raise NotFound(f"There is no account {wanted}: make it with `gacp user add {wanted} --role FARMER`, or name another with --owner.")
    return Actor(user.id, str(user.role), user.email, user.name)
