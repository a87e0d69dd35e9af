"""`gacp effects`: what was done to the outside, and what running a job again would do."""

import click

from backend.cli.asking import as_json_option, say


@click.group("effects", short_help="Letters, reports, appointments: what was done.")
def command() -> None:
    """Letters, reports and calendar entries: what was done, and what a job would do again."""


@command.command("list")
@click.argument("application_id")
@as_json_option
@click.pass_context
def list_(context: click.Context, application_id: str, *, as_json: bool) -> None:
    """List what was done about one application, the earliest first."""
    found = context.obj.services().replays.of(application_id)
    lines = [f"{each['doneAt'] or 'not done':<25} {each['kind']:<9} {each['what']}" for each in found]
    say(found, lines or [f"nothing was done to the outside about {application_id}"], as_json=as_json)


@command.command("preview")
@click.argument("job_id")
@as_json_option
@click.pass_context
def preview(context: click.Context, job_id: str, *, as_json: bool) -> None:
    """Say which effects another run of the job would have; changes nothing."""
    services = context.obj.services()
    found = [each.to_json() for each in services.replays.preview(job_id, services)]
    lines = [f"{each['kind']}: {'would happen' if each['wouldHappen'] else 'done at ' + each['doneAt'] + ', not again'}" for each in found]
    say(found, lines or ["Another run would do nothing to the outside."], as_json=as_json)
