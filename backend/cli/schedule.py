"""`gacp schedule`: the recurring jobs, when they come, and switching them on and off."""

import json
from typing import Any

import click

from backend.audit.actions import Action
from backend.cli.auditing import acting
from backend.queues.schedules import Entry


@click.group("schedule")
def command() -> None:
    """List recurring jobs, run one now, switch one on or off."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(context: click.Context, *, as_json: bool) -> None:
    """List them with their rule, their next and their last moment (UTC)."""
    entries = _book(context).entries()
    if as_json:
        click.echo(json.dumps([entry.to_json() for entry in entries], ensure_ascii=False, indent=1))
        return
    for entry in entries:
        click.echo(_line(entry))


@command.command("run")
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: jobId, state.")
@click.pass_context
def run(context: click.Context, key: str, *, as_json: bool) -> None:
    """Submit the job of KEY now, also where it is switched off; its moments stay as they are."""
    _book(context)
    with acting(context, Action.SCHEDULE_RUN, target=key) as act:
        answer = context.obj.services().queue_platform.firing.run_now(key)
        act.after = {"jobId": answer.job_id, "state": answer.state}
    click.echo(json.dumps({"jobId": answer.job_id, "state": answer.state}) if as_json else f"{answer.job_id} {answer.state}")


@command.command("enable")
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def enable(context: click.Context, key: str, *, as_json: bool) -> None:
    """Let KEY come again from its next moment on."""
    book = _book(context)
    with acting(context, Action.SCHEDULE_ENABLE, target=key) as act:
        entry = book.enable(key)
        act.after = _state(entry)
    _say(entry, as_json=as_json)


@command.command("disable")
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def disable(context: click.Context, key: str, *, as_json: bool) -> None:
    """Let KEY come no more, until it is enabled; restarts and new versions change nothing of that."""
    book = _book(context)
    with acting(context, Action.SCHEDULE_DISABLE, target=key) as act:
        entry = book.disable(key)
        act.after = _state(entry)
    _say(entry, as_json=as_json)


def _book(context: click.Context) -> Any:
    """The book, with the schedules of this program in it although no scheduler may have run yet."""
    book = context.obj.services().queue_platform.schedules
    book.adopt()
    return book


def _state(entry: Entry) -> dict[str, Any]:
    return {"enabled": entry.enabled, "next": entry.to_json()["next"]}


def _say(entry: Entry, *, as_json: bool) -> None:
    click.echo(json.dumps(entry.to_json(), ensure_ascii=False) if as_json else _line(entry))


def _line(entry: Entry) -> str:
    told = entry.to_json()
    rule = told["repeat"].get("cron") or f"every {told['repeat']['every'] // 1000} s"
    state = f"next {told['next']}" if told["next"] else ("over" if entry.enabled else "switched off")
    return f"{entry.key:<24}  {rule:<14}  {told['jobType']:<20}  {state:<29}  last {told['last'] or '-'}"
