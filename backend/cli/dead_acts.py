"""The acts of `gacp dead`: mark, retry, replay, edit, discard, restore, regroup; each says what it means, and is in the audit."""

import json
from typing import Any, get_args

import click

from backend.audit.actions import Action
from backend.cli.asking import as_json_option, ask, progress, reason_option, say, yes_option
from backend.cli.auditing import acting, console_user
from backend.cli.dead_choosing import chosen, preview, preview_of, selecting, words
from backend.cli.dead_replay import replay
from backend.cli.dead_views import cause_line, office_of
from backend.errors import Malformed
from backend.queues.causes import CauseState
from backend.queues.dead_control import Dealt

_STATES = click.Choice(list(get_args(CauseState)))


@click.command("mark")
@click.argument("cause_id")
@click.argument("state", type=_STATES, required=False)
@click.option("--fixed-in", default="", help="With `fixed`: the version in which it is; without it, it is fixed from now on.")
@click.option("--note", default=None, help="What is known of it, such as the number of a ticket.")
@reason_option
@as_json_option
@click.pass_context
def mark(
    context: click.Context, cause_id: str, state: CauseState | None, *, fixed_in: str, note: str | None, reason: str, as_json: bool
) -> None:
    """Say what is known of a cause. One that was fixed and ends a job again is new again, and that is told."""
    if state is None and note is None:
        raise click.UsageError("Give a state, or a --note.")
    book = office_of(context).causes
    before = book.get(cause_id)
    known = {"state": before.state, "fixedIn": before.fixed_in, "note": before.note}
    with acting(context, Action.DEAD_MARK, target=cause_id, reason=reason, before=known) as act:
        cause = book.mark(cause_id, state, fixed_in=fixed_in, note=note, by=console_user().id)
        act.after = {"state": cause.state, "fixedIn": cause.fixed_in, "note": cause.note}
    say(cause.to_json(), [cause_line(cause)], as_json=as_json)


@click.command("retry")
@click.argument("job_ids", nargs=-1)
@selecting
@click.option("--limit", type=click.IntRange(0), default=0, help="At most so many; 0 for all.")
@click.option("--fresh", is_flag=True, help="With all attempts anew instead of one more.")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def retry(context: click.Context, /, *, job_ids: tuple[str, ...], limit: int, fresh: bool, **rest: Any) -> None:
    """Run dead letters again at once: some by their ids, or all that match. `replay` does so in waves that grow."""
    control, by = office_of(context).control, console_user().id
    where = chosen(context, job_ids, rest)
    if where is None:
        with acting(context, Action.DEAD_RETRY, target=_several(job_ids), reason=rest["reason"], before={"ids": list(job_ids)}) as act:
            dealt = control.retry(job_ids, fresh=fresh, by=by)
            act.after = {"count": len(dealt.done), "left": len(dealt.left)}
        _say_dealt(context, dealt, "wait again", as_json=rest["as_json"])
        return
    count = control.count(where)
    meant = min(count, limit) if limit else count
    ask(f"This runs {meant} dead letters again ({words(where)}). {preview(context, where)}", yes=rest["yes"])
    with (
        acting(context, Action.DEAD_RETRY, target=words(where), reason=rest["reason"], before={"count": meant}) as act,
        progress("running again", meant) as told,
    ):
        done = control.retry_matching(where, fresh=fresh, limit=limit, by=by, progress=told)
        act.after = {"count": done}
    say({"count": done, "left": {}}, [f"{done} dead letters wait again"], as_json=rest["as_json"])


@click.command("edit")
@click.argument("job_id")
@click.argument("payload", required=False)
@click.option("--set", "fields", multiple=True, metavar="FIELD=VALUE", help="One field; the value is JSON, or else a text.")
@click.option("--whole", is_flag=True, help="PAYLOAD takes the place of all fields instead of some.")
@click.option("--fresh", is_flag=True, help="With all attempts anew instead of one more.")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def edit(
    context: click.Context,
    /,
    *,
    job_id: str,
    payload: str | None,
    fields: tuple[str, ...],
    reason: str,
    whole: bool,
    fresh: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Put the data of a dead letter right and run it again; what its job type refuses is refused by the name of the field."""
    changes = _changes(payload, fields)
    control = office_of(context).control
    job = control.get(job_id)
    ask(f"This changes {', '.join(changes)} of {job.type} {job_id} and runs it again. {preview_of(context, [job])}", yes=yes)
    with acting(context, Action.DEAD_EDIT, target=job_id, reason=reason) as act:
        edited = control.edit(job_id, changes, whole=whole, fresh=fresh, by=console_user().id)
        act.before, act.after = edited.before, edited.after
    answer = {"jobId": job_id, "state": edited.job.state.value, "before": dict(edited.before), "after": dict(edited.after)}
    lines = [f"{name}: {edited.before[name]!r} -> {edited.after[name]!r}" for name in edited.after] or ["the data is the same"]
    say(answer, [*lines, f"{job_id} waits again"], as_json=as_json)


@click.command("discard")
@click.argument("job_ids", nargs=-1)
@selecting
@click.option("--reason", required=True, help="Why they are of no use any more; kept with each, and in the audit.")
@yes_option
@as_json_option
@click.pass_context
def discard(context: click.Context, /, *, job_ids: tuple[str, ...], reason: str, **rest: Any) -> None:
    """Take dead letters off the list and out of the numbers; `restore` undoes it for as long as they are kept."""
    control, by = office_of(context).control, console_user().id
    where = chosen(context, job_ids, rest)
    if where is None:
        ask(f"This discards {len(job_ids)} dead letters.", yes=rest["yes"])
        with acting(context, Action.DEAD_DISCARD, target=_several(job_ids), reason=reason, before={"ids": list(job_ids)}) as act:
            dealt = control.drop(job_ids, reason=reason, by=by)
            act.after = {"count": len(dealt.done), "left": len(dealt.left)}
        _say_dealt(context, dealt, "are discarded", as_json=rest["as_json"])
        return
    count = control.count(where)
    ask(f"This discards {count} dead letters ({words(where)}).", yes=rest["yes"])
    with (
        acting(context, Action.DEAD_DISCARD, target=words(where), reason=reason, before={"count": count}) as act,
        progress("discarding", count) as told,
    ):
        done = control.drop_matching(where, reason=reason, by=by, progress=told)
        act.after = {"count": done}
    say({"count": done, "left": {}}, [f"{done} dead letters are discarded"], as_json=rest["as_json"])


@click.command("restore")
@click.argument("job_ids", nargs=-1, required=True)
@reason_option
@as_json_option
@click.pass_context
def restore(context: click.Context, job_ids: tuple[str, ...], *, reason: str, as_json: bool) -> None:
    """Take discarded dead letters back; `gacp dead list --discarded` shows them."""
    with acting(context, Action.DEAD_RESTORE, target=_several(job_ids), reason=reason, before={"ids": list(job_ids)}) as act:
        dealt = office_of(context).control.restore(job_ids, by=console_user().id)
        act.after = {"count": len(dealt.done), "left": len(dealt.left)}
    _say_dealt(context, dealt, "are dead letters again", as_json=as_json)


@click.command("regroup")
@reason_option
@as_json_option
@click.pass_context
def regroup(context: click.Context, *, reason: str, as_json: bool) -> None:
    """Put the book of causes right from the ledger, such as after an update or a crash; what people noted stays."""
    services = context.obj.services()
    total = sum(counts["failed"] for counts in services.queue_control.stats().values())
    with acting(context, Action.DEAD_REGROUP, reason=reason, before={"failed": total}) as act, progress("regrouping", total) as told:
        letters, causes = office_of(context).causes.regroup(told)
        act.after = {"letters": letters, "causes": causes}
    say({"letters": letters, "causes": causes}, [f"{letters} dead letters of {causes} causes"], as_json=as_json)


ACTS = (mark, retry, replay, edit, discard, restore, regroup)


def _several(job_ids: tuple[str, ...]) -> str:
    return job_ids[0] if len(job_ids) == 1 else f"{len(job_ids)} dead letters"


def _changes(payload: str | None, fields: tuple[str, ...]) -> dict[str, Any]:
    if (payload is None) == (not fields):
        raise click.UsageError("Give the fields to change as JSON, or with --set.")
    if payload is None:
        return {name: _value(text) for name, _, text in (field.partition("=") for field in fields)}
    try:
        changes = json.loads(payload)
    except ValueError as error:
        raise Malformed(f"PAYLOAD is no JSON: {error}") from None
    if not isinstance(changes, dict):
        raise Malformed('PAYLOAD is no JSON object: write {"field": value}')
    return changes


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _say_dealt(context: click.Context, dealt: Dealt, what: str, *, as_json: bool) -> None:
    lines = [f"{len(dealt.done)} dead letters {what}", *(f"{job_id} is left alone: {why}" for job_id, why in dealt.left.items())]
    say({"count": len(dealt.done), "left": dict(dealt.left)}, lines, as_json=as_json)
    context.exit(1 if dealt.left else 0)
