"""`gacp dead`: the jobs that gave up and why: list and show them, their causes, the replays; what changes them is in `dead_acts`."""

from datetime import timedelta
from typing import Any, get_args

import click

from backend.cli.asking import Length, QueueName, as_json_option, say
from backend.cli.dead_acts import ACTS
from backend.cli.dead_views import cause_line, cause_story, letter_line, letter_story, office_of, replay_line
from backend.queues.causes import CauseState
from backend.queues.dead_filter import DeadFilter

STATES = click.Choice(list(get_args(CauseState)))


@click.group("dead", short_help="Dead letters: list, show, causes, retry, replay, …")
def command() -> None:
    """Dead letters, the jobs that gave up: list, show, causes, mark, retry, replay, edit, discard, restore, regroup."""


for act in ACTS:
    command.add_command(act)


@command.command("list")
@click.option("--queue", type=QueueName(), help="Only of that queue.")
@click.option("--cause", default="", help="Only of that cause.")
@click.option("--type", "job_type", default="", help="Only of that job type.")
@click.option("--subject", default="", help="Only about that application.")
@click.option("--request", "request_id", default="", help="Only of that request id.")
@click.option("--error", default="", help="Only with that class of error.")
@click.option("--since", type=Length(), help="Only what gave up in the last 30m, 24h, 7d.")
@click.option("--discarded", is_flag=True, help="Those that were discarded instead.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200), help="At most so many.")
@click.option("--cursor", help="Go on behind the page that named this cursor.")
@as_json_option
@click.pass_context
def list_(context: click.Context, /, *, limit: int, cursor: str | None, as_json: bool, **asked: Any) -> None:
    """List dead letters, the last to give up first; where there are more, the cursor of the next page goes to standard error."""
    services = context.obj.services()
    page = office_of(context).control.page(_filter(services, asked), cursor=cursor, limit=limit)
    items = services.dead_letters.briefs(page.items)
    say(items, [letter_line(item) for item in items] or ["no dead letter"], as_json=as_json)
    if page.next:
        click.echo(f"more: --cursor {page.next}", err=True)


@command.command("show")
@click.argument("job_id")
@as_json_option
@click.pass_context
def show(context: click.Context, job_id: str, *, as_json: bool) -> None:
    """Show one dead letter: payload, every attempt with its stack, cause, whom it affects, what another run would do."""
    services = context.obj.services()
    letter = services.dead_letters.letter(job_id, services)
    say(letter, letter_story(letter), as_json=as_json)


@command.command("stats")
@as_json_option
@click.pass_context
def stats(context: click.Context, *, as_json: bool) -> None:
    """Show the dead letters of every queue in numbers: how many, how fast, and how the success rate goes."""
    found = context.obj.services().dead_letters.stats()
    lines = [
        f"{each['queueName']:<9} {each['failed']} dead letters, {each['recentFailures']} in {each['windowMinutes']} minutes"
        f"{' (over the threshold of ' + str(each['threshold']) + ')' if each['thresholdExceeded'] else ''}, {each['trend']}"
        for each in found["queues"]
    ]
    say(found, [*lines, "causes: " + "  ".join(f"{state} {count}" for state, count in found["causes"].items())], as_json=as_json)


@command.command("causes")
@click.argument("cause_id", required=False)
@click.option("--state", type=STATES, default=None, help="Only in that state.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200), help="At most so many.")
@click.option("--cursor", help="Go on behind the page that named this cursor.")
@as_json_option
@click.pass_context
def causes(context: click.Context, cause_id: str | None, *, state: str | None, limit: int, cursor: str | None, as_json: bool) -> None:
    """List the causes, the last to end a job first; or show CAUSE_ID with how many dead letters it has and whom it affects."""
    services, book = context.obj.services(), office_of(context).causes
    if cause_id:
        cause = services.dead_letters.cause(book.get(cause_id))
        say(cause, cause_story(cause), as_json=as_json)
        return
    page = book.page(state=state or "", cursor=cursor, limit=limit)
    say([cause.to_json() for cause in page.items], [cause_line(cause) for cause in page.items] or ["no cause"], as_json=as_json)
    if page.next:
        click.echo(f"more: --cursor {page.next}", err=True)


@command.command("replays")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 200), help="At most so many.")
@as_json_option
@click.pass_context
def replays(context: click.Context, *, limit: int, as_json: bool) -> None:
    """List the newest replays: what came of them, or where they stand."""
    found = office_of(context).replaying.newest(limit)
    say([each.to_json() for each in found], [replay_line(each) for each in found] or ["no replay"], as_json=as_json)


def _filter(services: Any, asked: dict[str, Any]) -> DeadFilter:
    since: timedelta | None = asked["since"]
    return DeadFilter(
        queue=asked["queue"] or "",
        type=asked["job_type"],
        cause=asked["cause"],
        subject=asked["subject"],
        request_id=asked["request_id"],
        error_class=asked["error"],
        since=services.clock.now() - since if since else None,
        dropped=asked["discarded"],
    )
