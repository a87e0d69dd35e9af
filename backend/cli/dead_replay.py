"""`gacp dead replay`: begins a replay, goes on with one and shows how far it is, or ends it."""

import sys
import time
from typing import Any

import click

from backend.audit.actions import Action
from backend.cli.asking import as_json_option, ask, progress, reason_option, say, yes_option
from backend.cli.auditing import acting, console_user
from backend.cli.dead_choosing import chosen, preview, selecting, words
from backend.cli.dead_views import office_of, replay_line
from backend.errors import NotFound
from backend.queues.replay_records import CANARY, Replay

LOOK_EVERY_S = 0.5


@click.command("replay")
@selecting
@click.option("--stages", default=",".join(CANARY), show_default=True, help="How many at a time: numbers, shares, `all`.")
@click.option("--fresh", is_flag=True, help="With all attempts anew instead of one more.")
@click.option("--watch", default="", metavar="REPLAY", help="Instead: go on with that replay.")
@click.option("--stop", default="", metavar="REPLAY", help="Instead: end that replay before its next wave.")
@click.option("--no-wait", is_flag=True, help="Only begin: the scheduler goes on with it.")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def replay(
    context: click.Context, /, *, stages: str, fresh: bool, watch: str, stop: str, no_wait: bool, reason: str, as_json: bool, **rest: Any
) -> None:
    """Run dead letters again in waves (1, 10, 10 %, all) and stop when their cause comes back; ends with 1 where it did."""
    replaying = office_of(context).replaying
    if stop:
        with acting(context, Action.DEAD_REPLAY_STOP, target=stop, reason=reason) as act:
            ended = replaying.cancel(stop, by=console_user().id, reason=reason)
            act.after = {"started": ended.sum("started"), "total": ended.total}
        say(ended.to_json(), [replay_line(ended)], as_json=as_json)
        return
    begun = replaying.get(watch) if watch else _begin(context, rest, stages=stages, fresh=fresh, reason=reason)
    ended = replaying.step(begun.id) if no_wait else _follow(context, begun)
    say(ended.to_json(), [replay_line(ended)], as_json=as_json)
    context.exit(1 if ended.state in ("stopped", "cancelled") else 0)


def _begin(context: click.Context, rest: dict[str, Any], *, stages: str, fresh: bool, reason: str) -> Replay:
    where = chosen(context, (), rest)
    assert where is not None  # without ids there is a filter
    office = office_of(context)
    count = office.control.count(where)
    if count == 0:
        raise NotFound("No dead letter matches: there is nothing to run again")
    ask(f"This runs {count} dead letters again ({words(where)}), in stages {stages}. {preview(context, where)}", yes=rest["yes"])
    with acting(context, Action.DEAD_REPLAY, target=words(where), reason=reason, before={"count": count}) as act:
        parts = [stage.strip() for stage in stages.split(",") if stage.strip()]
        begun = office.replaying.start(where, by=console_user().id, reason=reason, stages=parts, fresh=fresh)
        act.after = {"replay": begun.id, "total": begun.total, "stages": list(begun.stages)}
    return begun


def _follow(context: click.Context, begun: Replay) -> Replay:
    """Go on with it until it has ended, and show how far it is."""
    replaying = office_of(context).replaying
    shown = ""
    try:
        with progress("replaying", begun.total) as told:
            while not (now := replaying.step(begun.id)).ended:
                told(now.sum("completed") + now.sum("failed"))
                shown = _say_once(replay_line(now), shown)
                time.sleep(LOOK_EVERY_S)
    except KeyboardInterrupt:
        again = f"gacp dead replay --watch {begun.id}"
        raise click.ClickException(f"it goes on without you: {again} shows it, --stop {begun.id} ends it") from None
    return now


def _say_once(line: str, before: str) -> str:
    """On standard error, where it changed and no bar shows it."""
    if line != before and not sys.stderr.isatty():
        click.echo(line, err=True)
    return line
