"""The `gacp` command: finds its sub-commands among the modules beside it, groups them in its help, and prints errors as one line."""

import importlib
import pkgutil
import platform
from difflib import get_close_matches
from importlib.metadata import version
from typing import Any

import click

import backend.cli
from backend import context
from backend.errors import USAGE_ERRORS, GacpError, one_line

_NOT_COMMANDS = frozenset(
    {"asking", "auditing", "dead_acts", "dead_choosing", "dead_replay", "dead_views", "job_acts", "job_finding", "job_views"}
    | {"main", "program"}
)
SECTIONS = {
    "เริ่มระบบ · Run it": ("dev", "web", "worker", "scheduler"),
    "ดูแลงานและคิว · Look, find the cause, put it right": (
        "doctor",
        "health",
        "queue",
        "jobs",
        "dead",
        "schedule",
        "alerts",
        "metrics",
        "insight",
        "effects",
    ),
    "คำขอใบรับรอง · Certification": ("application", "review"),
    "บัญชีผู้ใช้และบันทึก · Accounts and audit": ("user", "audit"),
    "คอนโซล · This console": ("completion",),
}
_PROCESSES = ("dev", "web", "worker", "scheduler")
_OTHERS = "อื่น ๆ · Other"
_EPILOG = "Ends with 0 where all is well, 1 for a negative answer or a failure, 2 for wrong use. docs/reference/console.md has everything."


class CommandFolder(click.Group):
    """A group whose commands are the modules of `backend.cli`; only the one that is called is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        names = {module.name for module in pkgutil.iter_modules(backend.cli.__path__)} - _NOT_COMMANDS
        return sorted(name.replace("_", "-") for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"backend.cli.{cmd_name.replace('-', '_')}")
        found: click.Command = module.command
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and name not in self.list_commands(ctx) and not ctx.resilient_parsing:
            near = get_close_matches(name, self.list_commands(ctx), n=1)
            ctx.fail(f"There is no command {name!r}: " + (f"did you mean {near[0]!r}?" if near else "`gacp --help` shows them"))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """In sections, by what somebody wants to do; a command that is in none comes last."""
        names = self.list_commands(ctx)
        placed = [name for section in SECTIONS.values() for name in section]
        for title, section in (*SECTIONS.items(), (_OTHERS, tuple(name for name in names if name not in placed))):
            rows = [(name, self._short_help(ctx, name, formatter.width)) for name in section if name in names]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GacpError as error:
            click.echo(f"gacp: {one_line(error)}", err=True)
            ctx.exit(2 if isinstance(error, USAGE_ERRORS) else 1)

    def _short_help(self, ctx: click.Context, name: str, width: int) -> str:
        found = self.get_command(ctx, name)
        return found.get_short_help_str(max(60, width - 18)) if found else ""


def _version(context: click.Context, _parameter: click.Parameter, value: object) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"gacp {version('gacp')} (Python {platform.python_version()})")
        context.exit()


@click.group(cls=CommandFolder, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit.")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """The certification of herb farms (Thai GACP), and the job queues under it."""
    if ctx.invoked_subcommand not in _PROCESSES:
        # What a command does is one piece of work, in the audit, in the log and in the jobs that it submits; a process does many.
        ctx.with_resource(context.bind(requestId=context.new_request_id()))
