"""`gacp schedule`: the recurring jobs, when they come, and switching them on and off."""

from typing import Any

import click

from backend.audit.actions import Action
from backend.cli.asking import as_json_option, ask, reason_option, say, yes_option
from backend.cli.auditing import acting
from backend.errors import Conflict
from backend.queues.schedules import Entry


@click.group("schedule", short_help="Recurring jobs: list, run, enable, disable, remove.")
def command() -> None:
    """Recurring jobs: list them, run one now, switch one on or off, remove one."""


@command.command("list")
@as_json_option
@click.pass_context
def list_(context: click.Context, *, as_json: bool) -> None:
    """List them with their rule, their next and their last moment (UTC)."""
    entries = _book(context).entries()
    say([entry.to_json() for entry in entries], [_line(entry) for entry in entries] or ["nothing recurs"], as_json=as_json)


@command.command("run")
@click.argument("key")
@reason_option
@as_json_option
@click.pass_context
def run(context: click.Context, key: str, reason: str, *, as_json: bool) -> None:
    """Submit the job of KEY now, also where it is switched off; its moments stay as they are."""
    _book(context)
    with acting(context, Action.SCHEDULE_RUN, target=key, reason=reason) as act:
        answer = context.obj.services().queue_platform.firing.run_now(key)
        act.after = {"jobId": answer.job_id, "state": answer.state}
    say({"jobId": answer.job_id, "state": answer.state}, [f"{answer.job_id} {answer.state}"], as_json=as_json)


@command.command("enable")
@click.argument("key")
@reason_option
@as_json_option
@click.pass_context
def enable(context: click.Context, key: str, reason: str, *, as_json: bool) -> None:
    """Let KEY come again from its next moment on."""
    book = _book(context)
    with acting(context, Action.SCHEDULE_ENABLE, target=key, reason=reason) as act:
        entry = book.enable(key)
        act.after = _state(entry)
    _say(entry, as_json=as_json)


@command.command("disable")
@click.argument("key")
@reason_option
@as_json_option
@click.pass_context
def disable(context: click.Context, key: str, reason: str, *, as_json: bool) -> None:
    """Let KEY come no more, until it is enabled; restarts and new versions change nothing of that."""
    book = _book(context)
    with acting(context, Action.SCHEDULE_DISABLE, target=key, reason=reason) as act:
        entry = book.disable(key)
        act.after = _state(entry)
    _say(entry, as_json=as_json)


@command.command("remove")
@click.argument("key")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def remove(context: click.Context, key: str, reason: str, *, yes: bool, as_json: bool) -> None:
    """Forget the submitted schedule KEY; jobs that it has made stay. One that is part of the program is disabled instead."""
    book = _book(context)
    entry = book.get(key)
    if entry.origin == "code":
        raise Conflict(f"The schedule {key!r} is part of the program and would come back: gacp schedule disable {key}")
    ask(f"This forgets the schedule {key}, {entry.schedule.job_type}.", yes=yes)
    with acting(context, Action.SCHEDULE_REMOVE, target=key, reason=reason, before=entry.to_json()):
        book.remove(key)
    say({"removed": key}, [f"{key} is removed"], as_json=as_json)


def _book(context: click.Context) -> Any:
    """The book, with the schedules of this program in it although no scheduler may have run yet."""
    book = context.obj.services().queue_platform.schedules
    book.adopt()
    return book


def _state(entry: Entry) -> dict[str, Any]:
    return {"enabled": entry.enabled, "next": entry.to_json()["next"]}


def _say(entry: Entry, *, as_json: bool) -> None:
    say(entry.to_json(), [_line(entry)], as_json=as_json)


def _line(entry: Entry) -> str:
    told = entry.to_json()
    rule = told["repeat"].get("cron") or f"every {told['repeat']['every'] // 1000} s"
    state = f"next {told['next']}" if told["next"] else ("over" if entry.enabled else "switched off")
    return f"{entry.key:<24}  {rule:<14}  {told['jobType']:<20}  {state:<29}  last {told['last'] or '-'}"
