"""The acts of `gacp jobs`: submit, retry, promote, discard, cancel, edit, remove; each says what it means, and is in the audit."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from backend.audit.actions import Action
from backend.audit.trail import Act
from backend.cli.asking import ACTOR, Length, QueueName, as_json_option, ask, progress, reason_option, say, yes_option
from backend.cli.auditing import acting
from backend.cli.job_views import say_jobs
from backend.errors import Conflict, GacpError, Malformed, NotFound
from backend.queues.job_control import JobControl
from backend.queues.options import JobOptions
from backend.queues.records import Job, JobState
from backend.queues.selecting import Selection

STATES = click.Choice([state.value for state in JobState])


def job_of(context: click.Context, job_id: str) -> Job:
    """The job; raises NotFound with where to look for the right id."""
    try:
        job: Job = context.obj.services().queues.get(job_id)
    except NotFound as error:
        raise NotFound(f"{error}: it was removed, or its id is another one; `gacp jobs list` shows the newest") from None
    return job


def control_of(context: click.Context) -> JobControl:
    """What changes single jobs."""
    control: JobControl = context.obj.services().job_control
    return control


@click.command("submit")
@click.argument("job_type")
@click.argument("payload", default="{}")
@click.option("--options", "options", default="{}", help='Bull\'s job options as JSON, such as \'{"delay": 60000, "priority": 1}\'.')
@click.option("--subject", default="", help="What it is about, such as the id of an application.")
@click.option("--inline", is_flag=True, help="Run it here and now instead.")
@reason_option
@as_json_option
@click.pass_context
def submit(
    context: click.Context, *, job_type: str, payload: str, options: str, subject: str, reason: str, inline: bool, as_json: bool
) -> None:
    """Submit one job of JOB_TYPE; PAYLOAD is JSON, @FILE, or - for standard input. Ends with 1 where it ran here and failed."""
    queues = context.obj.services().queues
    chosen = JobOptions.from_bull(_object("--options", options))
    given: Any = {name: getattr(chosen, name) for name in chosen.model_fields_set}
    with acting(context, Action.JOB_SUBMIT, target=job_type, reason=reason) as act:
        sent = queues.submit(job_type, _object("PAYLOAD", payload), subject=subject, requested_by=ACTOR, inline=inline, **given)
        act.after = {"jobId": sent.job_id, "state": sent.state.value}
    answer = {name: getattr(sent, name) for name in ("mode", "reason", "result", "error", "duplicate")}
    told = f"{sent.job_id} {sent.state.value}, {sent.mode}: {sent.reason}{' (it was there already)' if sent.duplicate else ''}"
    say({"jobId": sent.job_id, "state": sent.state.value, **answer}, [told, *([sent.error] if sent.error else [])], as_json=as_json)
    context.exit(1 if sent.state is JobState.FAILED else 0)


@click.command("retry")
@click.argument("job_ids", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every failed job instead, of --queue where it is given.")
@click.option("--queue", type=QueueName(), help="With --all: only of that queue.")
@click.option("--limit", type=click.IntRange(0), default=0, help="With --all: at most so many; 0 for all.")
@click.option("--fresh", is_flag=True, help="With all attempts anew instead of one more.")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def retry(
    context: click.Context,
    *,
    job_ids: tuple[str, ...],
    queue: str | None,
    limit: int,
    reason: str,
    every: bool,
    fresh: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Put failed jobs back into line, at their own priority."""
    _ids_or_all(job_ids, every=every)
    if every:
        retry_failed(context, queue, limit=limit, fresh=fresh, reason=reason, yes=yes, as_json=as_json)
        return
    control = control_of(context)
    with _each(context, Action.JOB_RETRY, job_ids, reason, {"fresh": fresh}) as act:
        _one_by_one(job_ids, lambda job_id: control.retry(job_of(context, job_id).id, fresh=fresh, by=ACTOR), act, as_json=as_json)


def retry_failed(context: click.Context, queue: str | None, *, limit: int, fresh: bool, reason: str, yes: bool, as_json: bool) -> None:
    """Put every failed job back into line, of one queue where it is named; asks first."""
    failed = _count(context, queue, "failed")
    meant = min(failed, limit) if limit else failed
    ask(f"This runs {meant} of {failed} failed jobs again.", yes=yes)
    asked = {"failed": failed, "limit": limit, "fresh": fresh}
    with acting(context, Action.JOB_RETRY, target=queue, reason=reason, before=asked) as act, progress("retrying", meant) as told:
        done = control_of(context).retry_all(queue, fresh=fresh, limit=limit, by=ACTOR, told=told)
        act.after = {"retried": done}
    say({"retried": done}, [f"{done} jobs wait again"], as_json=as_json)


@click.command("promote")
@click.argument("job_ids", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every delayed job instead, of --queue where it is given.")
@click.option("--queue", type=QueueName(), help="With --all: only of that queue.")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def promote(
    context: click.Context, *, job_ids: tuple[str, ...], queue: str | None, reason: str, every: bool, yes: bool, as_json: bool
) -> None:
    """Let delayed jobs run now."""
    _ids_or_all(job_ids, every=every)
    control = control_of(context)
    if not every:
        with _each(context, Action.JOB_PROMOTE, job_ids, reason) as act:
            _one_by_one(job_ids, lambda job_id: control.promote(job_of(context, job_id).id, by=ACTOR), act, as_json=as_json)
        return
    delayed = _count(context, queue, "delayed")
    ask(f"This lets {delayed} delayed jobs run now.", yes=yes)
    asked = {"delayed": delayed}
    with acting(context, Action.JOB_PROMOTE, target=queue, reason=reason, before=asked) as act, progress("promoting", delayed) as told:
        done = control.promote_all(queue, by=ACTOR, told=told)
        act.after = {"promoted": done}
    say({"promoted": done}, [f"{done} jobs wait"], as_json=as_json)


@click.command("discard")
@click.argument("job_id")
@reason_option
@as_json_option
@click.pass_context
def discard(context: click.Context, job_id: str, reason: str, *, as_json: bool) -> None:
    """Do not try the job again after its next failure."""
    job_of(context, job_id)
    with acting(context, Action.JOB_DISCARD, target=job_id, reason=reason):
        job = control_of(context).discard(job_id, by=ACTOR)
    say_jobs([job], as_json=as_json)


@click.command("cancel")
@click.argument("job_id")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def cancel(context: click.Context, job_id: str, reason: str, *, yes: bool, as_json: bool) -> None:
    """End a job that waits; ask a running one to stop."""
    job = job_of(context, job_id)
    ask(f"This cancels 1 {job.state.value} job, {job.type} {job.subject}; it fails and is not tried again.", yes=yes)
    with acting(context, Action.JOB_CANCEL, target=job_id, reason=reason, before={"state": job.state.value}) as act:
        cancelled = control_of(context).cancel(job_id, by=ACTOR)
        act.after = {"state": cancelled.state.value}
    say_jobs([cancelled], as_json=as_json)


@click.command("edit")
@click.argument("job_id")
@click.argument("payload")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def edit(context: click.Context, job_id: str, payload: str, reason: str, *, yes: bool, as_json: bool) -> None:
    """Give a job that has not ended another payload (JSON, @FILE, or -), from its next attempt on; its type checks it."""
    job, wanted = job_of(context, job_id), _object("PAYLOAD", payload)
    changed = sorted(name for name in {*job.payload, *wanted} if job.payload.get(name) != wanted.get(name))
    ask(f"This changes {', '.join(changed) or 'nothing'} in the payload of 1 {job.state.value} job, {job.type} {job.subject}.", yes=yes)
    with acting(context, Action.JOB_EDIT, target=job_id, reason=reason, before=dict(job.payload)) as act:
        edited = control_of(context).update_data(job_id, wanted, by=ACTOR)
        act.after = dict(edited.payload)
    say_jobs([edited], as_json=as_json)


@click.command("remove")
@click.argument("job_id", required=False)
@click.option("--state", type=STATES, help="Instead: every job in that state; running ones are cancelled instead.")
@click.option("--type", "job_type", help="Instead: every job of that type that does not run.")
@click.option("--queue", type=QueueName(), help="Instead: every job of that queue that does not run.")
@click.option("--older-than", type=Length(), help="Instead: what ended, or was made and has not ended, so long ago: 30s, 15m, 2h, 7d.")
@click.option("--ids", metavar="PATTERN", help="Instead: every job whose id is like `report-*`.")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def remove(
    context: click.Context,
    *,
    job_id: str | None,
    state: str | None,
    job_type: str | None,
    queue: str | None,
    older_than: timedelta | None,
    ids: str | None,
    reason: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Forget a job and its history, or every job for which all that is given holds; what runs stays."""
    asked = {"ids": ids, "state": state, "type": job_type, "queue": queue, "olderThan": older_than}
    if any(value is not None for value in asked.values()) == bool(job_id):
        raise click.UsageError("Give the id of a job, or say which: --state, --type, --queue, --older-than, --ids.")
    if job_id:
        _remove_one(context, job_id, reason, yes=yes, as_json=as_json)
        return
    selection = Selection(ids or "*", queue, JobState(state) if state else None, job_type, older_than)
    control = control_of(context)
    meant = control.count_matching(selection)
    ask(f"This removes {meant} jobs and their history.", yes=yes)
    before = {"jobs": meant, **asked}
    with acting(context, Action.JOB_REMOVE, reason=reason, before=before) as act, progress("removing", meant) as told:
        removed = control.remove_matching(selection, by=ACTOR, told=told)
        act.after = {"removed": removed}
    say({"removed": removed}, [f"{removed} jobs are removed"], as_json=as_json)


def _remove_one(context: click.Context, job_id: str, reason: str, *, yes: bool, as_json: bool) -> None:
    job = job_of(context, job_id)
    ask(f"This removes 1 {job.state.value} job, {job.type} {job.subject}, and its history.", yes=yes)
    before = {"type": job.type, "state": job.state.value}
    with acting(context, Action.JOB_REMOVE, target=job_id, reason=reason, before=before) as act:
        removed = control_of(context).remove(job_id, by=ACTOR)
        act.after = {"removed": int(removed)}
    say({"removed": int(removed)}, [f"{job_id} is removed" if removed else f"{job_id} was gone already"], as_json=as_json)


def _ids_or_all(job_ids: Sequence[str], *, every: bool) -> None:
    if every == bool(job_ids):
        raise click.UsageError("Give the ids of jobs, or --all.")


def _each(
    context: click.Context, action: Action, job_ids: tuple[str, ...], reason: str, before: Mapping[str, Any] | None = None
) -> AbstractContextManager[Act]:
    """One act on jobs that were named one by one."""
    several = {"jobs": list(job_ids)} if len(job_ids) > 1 else {}
    target = job_ids[0] if len(job_ids) == 1 else f"{len(job_ids)} jobs"
    return acting(context, action, target=target, reason=reason, before={**several, **(before or {})})


def _one_by_one(job_ids: Sequence[str], do: Callable[[str], Job], act: Act, *, as_json: bool) -> None:
    """One that is refused keeps none of the others from it; raises Conflict with every refusal in the end."""
    done, refused = [], dict[str, str]()
    for job_id in job_ids:
        try:
            done.append(do(job_id))
        except GacpError as error:
            if len(job_ids) == 1 or not isinstance(error, (Conflict, NotFound)):
                raise
            refused[job_id] = str(error)
    act.after = {"done": [job.id for job in done], "refused": refused} if refused else {"done": len(done)}
    say_jobs(done, as_json=as_json)
    if refused:
        raise Conflict(f"{len(refused)} of {len(job_ids)} were refused: " + "; ".join(refused.values()))


def _object(what: str, given: str) -> dict[str, Any]:
    """The JSON object that was given as text, as @FILE or over standard input; raises Malformed."""
    try:
        text = sys.stdin.read() if given == "-" else Path(given[1:]).read_text("utf-8") if given.startswith("@") else given
        found = json.loads(text)
    except OSError as error:
        raise Malformed(f"{what}: {given[1:]}: {error.strerror or 'cannot be read'}") from None
    except ValueError as error:
        raise Malformed(f"{what} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Malformed(f"{what}: give a JSON object, such as '{{\"days\": 7}}'")
    return found


def _count(context: click.Context, queue: str | None, state: str) -> int:
    numbers: dict[str, dict[str, int]] = context.obj.services().queue_control.stats()
    return sum(counts[state] for name, counts in numbers.items() if queue in (None, name))


ACTS = (submit, retry, promote, discard, cancel, edit, remove)
