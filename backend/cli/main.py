"""The `gacp` command: finds its sub-commands among the modules beside it and prints errors as one line."""

import importlib
import pkgutil
from typing import Any

import click

import backend.cli
from backend.errors import USAGE_ERRORS, GacpError, one_line

_NOT_COMMANDS = frozenset({"asking", "auditing", "main", "program"})


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

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GacpError as error:
            click.echo(f"gacp: {one_line(error)}", err=True)
            ctx.exit(2 if isinstance(error, USAGE_ERRORS) else 1)


@click.group(cls=CommandFolder, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """The certification of herb farms (Thai GACP), and the job queues under it."""
