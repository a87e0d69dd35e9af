"""`gacp scheduler`: the process of that name, as the Procfile starts it."""

import click


@click.command("scheduler")
@click.pass_context
def command(context: click.Context) -> None:
    """Move due jobs and bring back lost ones."""
    context.obj.run_scheduler()
