"""`gacp worker`: the process of that name, as the Procfile starts it."""

import click


@click.command("worker")
@click.pass_context
def command(context: click.Context) -> None:
    """Run the jobs of all queues."""
    context.obj.run_worker()
