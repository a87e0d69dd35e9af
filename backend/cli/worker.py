"""`gacp worker`: runs the jobs, as the Procfile starts it; and what may be seen of workers and told to them."""

from collections.abc import Sequence
from datetime import datetime

import click
from click.core import ParameterSource

from backend.audit.actions import Action
from backend.cli.asking import as_json_option, ask, reason_option, say, yes_option
from backend.cli.auditing import EVERYTHING, acting
from backend.cli.program import WorkerOptions
from backend.clock import SystemClock, to_iso
from backend.errors import Conflict, NotFound
from backend.queues.names import QUEUES, require_queue
from backend.queues.roster import Order, Roster, WorkerSeen
from backend.queues.wording import number_of

JOBS_NAMED = 3
"""Of what a worker runs, in the text; `--json` names all."""
all_option = click.option("--all", "every", is_flag=True, help="Every worker instead of one.")


def _queues(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    if value is None:
        return ()
    wanted = [queue.strip() for queue in value.split(",") if queue.strip()]
    if not wanted:
        raise click.BadParameter(f"{value!r} names no queue; without the option all are served: {', '.join(QUEUES)}")
    try:
        return tuple(map(require_queue, wanted))
    except NotFound as error:
        raise click.BadParameter(str(error)) from None


@click.group("worker", invoke_without_command=True, short_help="Run the jobs; see workers, pause, resume, stop them.")
@click.option("--concurrency", type=click.IntRange(1, 1000), help="Jobs at once in each process; otherwise WORKER_CONCURRENCY.")
@click.option("--processes", type=click.IntRange(1, 64), help="So many processes; otherwise WORKER_PROCESSES.")
@click.option("--queues", callback=_queues, metavar="NAME,…", help="Only these queues; otherwise all.")
@click.option("--alone", is_flag=True, help="In this very process, without a parent that replaces it when it dies.")
@click.pass_context
def command(context: click.Context, concurrency: int | None, processes: int | None, queues: tuple[str, ...], *, alone: bool) -> None:
    """Run the jobs of all queues; or see and tell workers, with one of the commands below."""
    told = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if context.invoked_subcommand is None:
        context.obj.run_worker(WorkerOptions(concurrency, processes, queues, alone=alone))
    elif told:
        raise click.UsageError(f"--{told[0]} starts workers: it says nothing to `gacp worker {context.invoked_subcommand}`")


@command.command("status")
@as_json_option
@click.pass_context
def status(context: click.Context, *, as_json: bool) -> None:
    """Show every worker: where it runs, what it runs now and has done, its memory and its last heartbeat.

    A worker that has not been heard of for 15 seconds is `silent`: it is gone, hangs, or does not reach Redis.
    """
    seen, now = context.obj.roster().seen(), SystemClock().now()
    lines = [_line(worker, now) for worker in seen] or ["no worker has been heard of"]
    say([worker.to_json(now) for worker in seen], lines, as_json=as_json)


@command.command("probe")
@as_json_option
@click.pass_context
def probe(context: click.Context, *, as_json: bool) -> None:
    """Ask whether the workers of this machine live, without any server: ends with 0 where all do, with 1 otherwise."""
    signs = context.obj.life_signs()
    lines = [f"{sign.name} (process {sign.pid}) {'lives' if sign.fresh else 'hangs'}: heard of {sign.age_s:g} s ago" for sign in signs]
    told = [{"name": sign.name, "pid": sign.pid, "ageS": sign.age_s, "fresh": sign.fresh} for sign in signs]
    say(told, lines or ["no worker runs on this machine"], as_json=as_json)
    context.exit(0 if signs and all(sign.fresh for sign in signs) else 1)


@command.command("pause")
@click.argument("name", required=False)
@all_option
@reason_option
@as_json_option
@click.pass_context
def pause(context: click.Context, name: str | None, reason: str, *, every: bool, as_json: bool) -> None:
    """Let a worker take nothing more until it is resumed or started anew; what it runs goes on."""
    roster = context.obj.roster()
    names = [worker.name for worker in _chosen(roster, name, every=every)]
    with acting(context, Action.WORKER_PAUSE, target=name or EVERYTHING, reason=reason, before={"workers": list(names)}):
        _tell(roster, names, "pause", as_json=as_json)


@command.command("resume")
@click.argument("name", required=False)
@all_option
@reason_option
@as_json_option
@click.pass_context
def resume(context: click.Context, name: str | None, reason: str, *, every: bool, as_json: bool) -> None:
    """Let a worker that was paused take jobs again."""
    roster = context.obj.roster()
    names = [worker.name for worker in _chosen(roster, name, every=every)]
    with acting(context, Action.WORKER_RESUME, target=name or EVERYTHING, reason=reason, before={"workers": list(names)}):
        _tell(roster, names, "resume", as_json=as_json)


@command.command("stop")
@click.argument("name", required=False)
@all_option
@click.option("--now", is_flag=True, help="Do not wait for what runs: it goes back to the front of its queue.")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def stop(context: click.Context, name: str | None, reason: str, *, every: bool, now: bool, yes: bool, as_json: bool) -> None:
    """Let a worker end for good once what it runs has ended; its parent starts none in its place."""
    roster = context.obj.roster()
    chosen = _chosen(roster, name, every=every)
    names, running = [worker.name for worker in chosen], sum(worker.running for worker in chosen)
    if chosen:
        jobs, these = number_of(running, "job"), "it" if running == 1 else "these"
        which = f"{number_of(len(chosen), 'worker')}, which {'runs' if len(chosen) == 1 else 'run'} {jobs}"
        ask(f"This stops {which}{f', and does not wait for {these}' if now and running else ''}.", yes=yes)
    asked = {"workers": list(names), "running": running, "now": now}
    with acting(context, Action.WORKER_STOP, target=name or EVERYTHING, reason=reason, before=asked):
        _tell(roster, names, "stopNow" if now else "stop", as_json=as_json)


def _chosen(roster: Roster, name: str | None, *, every: bool) -> Sequence[WorkerSeen]:
    """The one that was named, or all that have been heard of lately; the others are named on standard error."""
    if every == bool(name):
        raise click.UsageError("Give the name of a worker, or --all.")
    seen, now = roster.seen(), SystemClock().now()
    if name:
        return _named(seen, name)
    silent = [worker.name for worker in seen if not worker.is_fresh(now)]
    if silent:
        click.echo(f"silent, so not told: {', '.join(silent)}; one that may still listen can be told by its name", err=True)
    return [worker for worker in seen if worker.name not in silent]


def _named(seen: Sequence[WorkerSeen], name: str) -> Sequence[WorkerSeen]:
    found = [worker for worker in seen if worker.name == name]
    if not found:
        raise NotFound(f"No worker {name} has been heard of: `gacp worker status` lists them")
    return found


def _tell(roster: Roster, names: Sequence[str], order: Order, *, as_json: bool) -> None:
    heard = [name for name in names if roster.tell(name, order)]
    say({"order": order, "told": heard}, [f"{name}: {order}" for name in heard] or ["no worker to tell"], as_json=as_json)
    deaf = [name for name in names if name not in heard]
    if deaf:
        raise Conflict(f"Nobody listens for: {', '.join(deaf)}. A worker that is gone is forgotten within two minutes")


def _line(worker: WorkerSeen, now: datetime) -> str:
    heard = to_iso(worker.last_heartbeat) if worker.last_heartbeat else "-"
    more = len(worker.jobs) - JOBS_NAMED
    runs = f"  runs {', '.join(worker.jobs[:JOBS_NAMED])}{f' and {more} more' if more > 0 else ''}" if worker.jobs else ""
    return (
        f"{worker.name}  {worker.state(now):<8}  {worker.running}/{worker.concurrency} jobs  done {worker.completed}  "
        f"failed {worker.failed}  retried {worker.retried}  {worker.memory_mib:.0f} MiB  gacp {worker.versions.get('gacp') or '-'}  "
        f"host {worker.host or '-'}  pid {worker.pid or '-'}  heard of {heard}"
        + (f"  without {worker.outage}" if worker.outage else "")
        + runs
    )
