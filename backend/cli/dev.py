"""`gacp dev`: everything on this machine, with the lines of all processes in one terminal."""

import sys

import click

from backend.accounts.demo import DEMO_ACCOUNTS
from backend.settings import Settings

_COLOURS = {"dev": "bright_black", "valkey": "magenta", "worker": "green", "scheduler": "yellow", "web": "cyan"}
_WIDTH = max(len(name) for name in _COLOURS)
_RULE = "─" * 78


@click.command("dev")
@click.option("--with-parent", is_flag=True, help="End when the process that started this one ends, as make may be killed.")
@click.pass_context
def command(context: click.Context, *, with_parent: bool) -> None:
    """Run everything on this machine until Ctrl-C."""
    if with_parent:
        context.obj.end_with_parent()
    settings = context.obj.settings()
    context.exit(context.obj.run_dev(say, lambda address: click.echo(banner(address, settings))))


def say(name: str, line: str) -> None:
    """Print one line of a process behind its name, in its colour where this is a terminal."""
    click.echo(f"{click.style(f'{name:<{_WIDTH}} |', fg=_COLOURS.get(name, 'blue'))} {line}")
    sys.stdout.flush()


def banner(address: str, settings: Settings) -> str:
    """The address and, where there is demo data, who can sign in: Thai first, English behind it."""
    lines = [
        "",
        _RULE,
        "  ระบบรับรองแหล่งผลิตสมุนไพร GACP พร้อมใช้งานแล้ว · GACP is ready",
        "",
        f"  เปิดที่ · Open     {address}",
        f"  ข้อมูล · Data      {settings.data_dir.resolve()}",
        "  หยุด · Stop       Ctrl-C",
    ]
    if settings.demo_data or "demo_data" not in settings.model_fields_set:
        lines += ["", "  บัญชีสาธิต · Demo accounts"]
        lines += [f"    {account.role:<10} {account.email:<24} {account.password}" for account in DEMO_ACCOUNTS]
    return "\n".join([*lines, _RULE, ""])
