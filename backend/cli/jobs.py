"""`gacp jobs`: single jobs: list them, show one, read its log, wait for its end; what changes them is in `job_acts`."""

import json
import time
from typing import Any

import click

from backend.cli.asking import QueueName, as_json_option, say
from backend.cli.job_acts import ACTS, STATES, control_of, job_of
from backend.cli.job_finding import MOST_SHOWN, index, search, tell, why
from backend.cli.job_views import brief, debug_story, line, say_jobs, story
from backend.errors import InvalidInput, NotFound
from backend.queues.records import Job, JobState

PAGE = 200
LOOK_EVERY_S = 0.2
PATIENCE_S = 3.0


@click.group("jobs", short_help="Single jobs: search, show, why, logs, wait, retry, cancel, …")
def command() -> None:
    """Single jobs: list, search, show, debug, logs, wait, submit, retry, promote, discard, cancel, edit, remove."""


for act in (search, index, why, *ACTS):
    command.add_command(act)


@command.command("list")
@click.option("--queue", type=QueueName(), help="Only of that queue.")
@click.option("--state", "states", type=STATES, multiple=True, help="Only in that state; may be given several times.")
@click.option("--type", "job_type", help="Only of that job type.")
@click.option("--subject", help="Only about that application.")
@click.option("--query", help="A search instead of these four, as for `gacp jobs search`.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, PAGE), help="At most so many.")
@click.option("--cursor", help="Go on behind the page that named this cursor.")
@click.option("--all", "every", is_flag=True, help="All of them, page after page; with --json one line of JSON for each job.")
@as_json_option
@click.pass_context
def list_(
    context: click.Context, /, *, limit: int, cursor: str | None, every: bool, query: str | None, as_json: bool, **where: Any
) -> None:
    """List jobs, newest first; where there are more, the cursor of the next page goes to standard error."""
    if query is not None:
        if any(where.values()):
            raise click.UsageError("Give --query alone: it can say queue:, state:, type: and application: itself.")
        tell(context.obj.services().job_search, query, limit=MOST_SHOWN if every else limit, cursor=cursor, as_json=as_json)
        return
    queues = context.obj.services().queues
    where["state"] = where.pop("states")
    page = queues.list(**where, cursor=cursor, limit=PAGE if every else limit)
    if not page.items and not as_json:
        click.echo("no job is like that")
        return
    if not every:
        say_jobs(page.items, as_json=as_json)
        if page.next:
            click.echo(f"more: --cursor {page.next}", err=True)
        return
    _say_each(page.items, as_json=as_json)
    while page.next:
        page = queues.list(**where, cursor=page.next, limit=PAGE)
        _say_each(page.items, as_json=as_json)


def _say_each(jobs: list[Job], *, as_json: bool) -> None:
    for job in jobs:
        click.echo(json.dumps(brief(job), ensure_ascii=False) if as_json else line(job))


@command.command("show")
@click.argument("job_id")
@as_json_option
@click.pass_context
def show(context: click.Context, job_id: str, *, as_json: bool) -> None:
    """Show one job: attempts, timeline, log, what Redis shows of it, and what another run would do to the outside."""
    services, control, job = context.obj.services(), control_of(context), job_of(context, job_id)
    state, redis, effects = control.state(job_id), control.in_redis(job_id), _effects(services, job_id)
    full = {**job.to_json(), "state": state, "redis": redis, "effects": effects}
    say(full, story(job, state=state, redis=redis, effects=effects), as_json=as_json)


@command.command("debug")
@click.argument("job_id")
@as_json_option
@click.pass_context
def debug(context: click.Context, job_id: str, *, as_json: bool) -> None:
    """Say where one job is, who holds it, how its queue is, and what to do about it."""
    job_of(context, job_id)
    services = context.obj.services()
    found = services.job_debug.examine(job_id, services, patience_s=PATIENCE_S)
    say(found.to_json(), debug_story(found), as_json=as_json)


def _effects(services: Any, job_id: str) -> list[dict[str, Any]] | None:
    """None where that cannot be said, as for a job whose application is gone."""
    try:
        return [each.to_json() for each in services.replays.preview(job_id, services)]
    except (NotFound, InvalidInput):
        return None


@command.command("logs")
@click.argument("job_id")
@as_json_option
@click.pass_context
def logs(context: click.Context, job_id: str, *, as_json: bool) -> None:
    """Print the job's own log."""
    job_of(context, job_id)
    log = control_of(context).logs(job_id)
    say({"logs": list(log.lines), "count": log.count}, list(log.lines), as_json=as_json)


@command.command("wait")
@click.argument("job_id")
@click.option("--timeout", "timeout_s", type=click.FloatRange(0), default=60.0, show_default=True, help="Seconds to wait at most.")
@as_json_option
@click.pass_context
def wait(context: click.Context, job_id: str, timeout_s: float, *, as_json: bool) -> None:
    """Wait until the job has ended; ends with 0 where it completed, with 1 where it failed or has not ended in time."""
    deadline = time.monotonic() + timeout_s
    job = job_of(context, job_id)
    while not job.finished and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
        job = job_of(context, job_id)
    say_jobs([job], as_json=as_json)
    context.exit(0 if job.state is JobState.COMPLETED else 1)
