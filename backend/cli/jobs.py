"""`gacp jobs`: single jobs: list, show, read their log, retry, promote, discard, cancel, remove."""

import json
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import click

from backend.audit.actions import Action
from backend.audit.trail import Act
from backend.cli.asking import ACTOR, Length, as_json_option, ask, say, yes_option
from backend.cli.auditing import acting
from backend.errors import InvalidInput, NotFound
from backend.queues.job_control import JobControl
from backend.queues.records import Job, JobState
from backend.queues.selecting import Selection

_STATES = click.Choice([state.value for state in JobState])


@click.group("jobs")
def command() -> None:
    """Single jobs: list, show, log, retry, promote, discard, cancel, remove."""


@command.command("list")
@click.option("--queue", help="Only of that queue.")
@click.option("--state", "states", type=_STATES, multiple=True, help="Only in that state; may be given several times.")
@click.option("--type", "job_type", help="Only of that job type.")
@click.option("--subject", help="Only about that application.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200))
@as_json_option
@click.pass_context
def list_(
    context: click.Context,
    *,
    queue: str | None,
    states: tuple[str, ...],
    job_type: str | None,
    subject: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List jobs, newest first."""
    page = context.obj.services().queues.list(queue=queue, state=states, job_type=job_type, subject=subject, limit=limit)
    say([_brief(job) for job in page.items], [_line(job) for job in page.items], as_json=as_json)


@command.command("show")
@click.argument("job_id")
@click.pass_context
def show(context: click.Context, job_id: str) -> None:
    """Print one job with its attempts, its timeline, what Redis shows of it and what another run would do to the outside, as JSON."""
    services = context.obj.services()
    control = _control(context)
    shown = {
        **services.queues.get(job_id).to_json(),
        "state": control.state(job_id),
        "redis": control.in_redis(job_id),
        "effects": _effects(services, job_id),
    }
    click.echo(json.dumps(shown, ensure_ascii=False, indent=1))


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
    log = _control(context).logs(job_id)
    say({"logs": list(log.lines), "count": log.count}, list(log.lines), as_json=as_json)


@command.command("retry")
@click.argument("job_ids", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every failed job instead, of --queue where it is given.")
@click.option("--queue", help="With --all: only of that queue.")
@click.option("--limit", type=click.IntRange(0), default=0, help="With --all: at most so many; 0 for all.")
@click.option("--fresh", is_flag=True, help="With all attempts anew instead of one more.")
@yes_option
@as_json_option
@click.pass_context
def retry(
    context: click.Context,
    job_ids: tuple[str, ...],
    queue: str | None,
    limit: int,
    *,
    every: bool,
    fresh: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Put failed jobs back into line, at their own priority."""
    control = _control(context)
    if every == bool(job_ids):
        raise click.UsageError("Give the ids of jobs, or --all.")
    if every:
        failed = _count(context, queue, "failed")
        ask(f"This runs {min(failed, limit) if limit else failed} of {failed} failed jobs again.", yes=yes)
        with acting(context, Action.JOB_RETRY, target=queue, before={"failed": failed, "limit": limit, "fresh": fresh}) as act:
            done = control.retry_all(queue, fresh=fresh, limit=limit, by=ACTOR)
            act.after = {"retried": done}
        say({"retried": done}, [f"{done} jobs wait again"], as_json=as_json)
        return
    with _each(context, Action.JOB_RETRY, job_ids, before={"fresh": fresh}):
        retried = [control.retry(job_id, fresh=fresh, by=ACTOR) for job_id in job_ids]
    _say(retried, as_json=as_json)


@command.command("promote")
@click.argument("job_ids", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every delayed job instead, of --queue where it is given.")
@click.option("--queue", help="With --all: only of that queue.")
@yes_option
@as_json_option
@click.pass_context
def promote(context: click.Context, job_ids: tuple[str, ...], queue: str | None, *, every: bool, yes: bool, as_json: bool) -> None:
    """Let delayed jobs run now."""
    control = _control(context)
    if every == bool(job_ids):
        raise click.UsageError("Give the ids of jobs, or --all.")
    if every:
        delayed = _count(context, queue, "delayed")
        ask(f"This lets {delayed} delayed jobs run now.", yes=yes)
        with acting(context, Action.JOB_PROMOTE, target=queue, before={"delayed": delayed}) as act:
            done = control.promote_all(queue, by=ACTOR)
            act.after = {"promoted": done}
        say({"promoted": done}, [f"{done} jobs wait"], as_json=as_json)
        return
    with _each(context, Action.JOB_PROMOTE, job_ids):
        promoted = [control.promote(job_id, by=ACTOR) for job_id in job_ids]
    _say(promoted, as_json=as_json)


@command.command("discard")
@click.argument("job_id")
@as_json_option
@click.pass_context
def discard(context: click.Context, job_id: str, *, as_json: bool) -> None:
    """Do not try the job again after its next failure."""
    with acting(context, Action.JOB_DISCARD, target=job_id):
        job = _control(context).discard(job_id, by=ACTOR)
    _say([job], as_json=as_json)


@command.command("cancel")
@click.argument("job_id")
@yes_option
@as_json_option
@click.pass_context
def cancel(context: click.Context, job_id: str, *, yes: bool, as_json: bool) -> None:
    """End a job that waits; ask a running one to stop."""
    job = context.obj.services().queues.get(job_id)
    ask(f"This cancels 1 {job.state.value} job, {job.type} {job.subject}; it fails and is not tried again.", yes=yes)
    with acting(context, Action.JOB_CANCEL, target=job_id, before={"state": job.state.value}) as act:
        cancelled = _control(context).cancel(job_id, by=ACTOR)
        act.after = {"state": cancelled.state.value}
    _say([cancelled], as_json=as_json)


@command.command("remove")
@click.argument("job_id", required=False)
@click.option("--state", type=_STATES, help="Instead: every job in that state; running ones are cancelled instead.")
@click.option("--type", "job_type", help="Instead: every job of that type that does not run.")
@click.option("--queue", help="Instead: every job of that queue that does not run.")
@click.option("--older-than", type=Length(), help="Instead: what ended, or was made and has not ended, so long ago: 30s, 15m, 2h, 7d.")
@click.option("--ids", metavar="PATTERN", help="Instead: every job whose id is like `report-*`.")
@yes_option
@as_json_option
@click.pass_context
def remove(
    context: click.Context,
    job_id: str | None,
    *,
    state: str | None,
    job_type: str | None,
    queue: str | None,
    older_than: timedelta | None,
    ids: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Forget a job and its history, or every job for which all that is given holds; what runs stays."""
    chosen = any(value is not None for value in (state, job_type, queue, older_than, ids))
    if chosen == bool(job_id):
        raise click.UsageError("Give the id of a job, or say which: --state, --type, --queue, --older-than, --ids.")
    if job_id:
        _remove_one(context, job_id, yes=yes, as_json=as_json)
        return
    selection = Selection(ids or "*", queue, JobState(state) if state else None, job_type, older_than)
    control = _control(context)
    meant = control.count_matching(selection)
    ask(f"This removes {meant} jobs and their history.", yes=yes)
    asked = {"jobs": meant, "ids": ids, "state": state, "type": job_type, "queue": queue, "olderThan": older_than}
    with acting(context, Action.JOB_REMOVE, before=asked) as act:
        removed = control.remove_matching(selection, by=ACTOR)
        act.after = {"removed": removed}
    say({"removed": removed}, [f"{removed} jobs are removed"], as_json=as_json)


def _remove_one(context: click.Context, job_id: str, *, yes: bool, as_json: bool) -> None:
    job = context.obj.services().queues.get(job_id)
    ask(f"This removes 1 {job.state.value} job, {job.type} {job.subject}, and its history.", yes=yes)
    with acting(context, Action.JOB_REMOVE, target=job_id, before={"type": job.type, "state": job.state.value}) as act:
        removed = _control(context).remove(job_id, by=ACTOR)
        act.after = {"removed": int(removed)}
    say({"removed": int(removed)}, [f"{job_id} is removed" if removed else f"{job_id} was gone already"], as_json=as_json)


def _each(context: click.Context, action: Action, job_ids: tuple[str, ...], before: Any = None) -> AbstractContextManager[Act]:
    """One act on jobs that were named one by one."""
    several = {"jobs": list(job_ids)} if len(job_ids) > 1 else {}
    return acting(context, action, target=job_ids[0] if len(job_ids) == 1 else f"{len(job_ids)} jobs", before={**several, **(before or {})})


def _control(context: click.Context) -> JobControl:
    control: JobControl = context.obj.services().job_control
    return control


def _count(context: click.Context, queue: str | None, state: str) -> int:
    numbers: dict[str, dict[str, int]] = context.obj.services().queue_control.stats()
    return sum(counts[state] for name, counts in numbers.items() if queue in (None, name))


def _brief(job: Job) -> dict[str, Any]:
    full = job.to_json()
    return {name: full[name] for name in ("id", "name", "queueName", "state", "subject", "attemptsMade", "failedReason", "timestamp")}


def _line(job: Job) -> str:
    return f"{job.id}  {job.state.value:<9}  {job.queue:<8}  {job.type:<16}  {job.subject or '-'}  {job.error}".rstrip()


def _say(jobs: list[Job], *, as_json: bool) -> None:
    say([_brief(job) for job in jobs], [_line(job) for job in jobs], as_json=as_json)
