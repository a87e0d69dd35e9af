"""`gacp web`: the process of that name, as the Procfile starts it."""

import click


@click.command("web")
@click.pass_context
def command(context: click.Context) -> None:
    """Serve HTTP with gunicorn on HOST and PORT."""
    context.obj.run_web()
