"""`gacp queue`: the numbers of the queues, and what may be done to a whole queue."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import click

from backend.audit.actions import Action
from backend.cli.asking import ACTOR, Length, QueueName, as_json_option, ask, progress, reason_option, say, yes_option
from backend.cli.auditing import acting
from backend.cli.job_acts import retry_failed
from backend.clock import to_iso
from backend.queues.cleaning import Cleaned
from backend.queues.control import QueueControl
from backend.queues.limits import QueueLimits, read_rate, write_rate
from backend.queues.names import QUEUES, require_queue
from backend.queues.reconcile import CURES, Reconciler
from backend.queues.records import PENDING


@click.group("queue", short_help="Whole queues: numbers, health, pause, retry, limits, clean, …")
def command() -> None:
    """Numbers and health of the queues; pause, resume, retry, limits, clean, empty, drain, obliterate, reconcile."""


@command.command("stats")
@click.option("--priorities", is_flag=True, help="Also how many wait by priority: 1 goes first, 0 is for none.")
@as_json_option
@click.pass_context
def stats(context: click.Context, *, priorities: bool, as_json: bool) -> None:
    """Count the jobs of every queue by state, and say which queues are paused, by whom and why."""
    control = _control(context)
    numbers = control.stats()
    pauses = [
        {
            "queue": each.queue,
            "by": each.by,
            "reason": each.reason,
            "since": to_iso(each.at),
            "until": to_iso(each.until) if each.until else None,
        }
        for each in control.pauses()
    ]
    lines = [f"{queue:<9} " + "  ".join(f"{state} {count}" for state, count in counts.items()) for queue, counts in numbers.items()]
    lines += [
        f"{each['queue']} is paused since {each['since']} by {each['by'] or '-'}: {each['reason'] or 'no reason given'}" for each in pauses
    ]
    answer = {"queues": numbers, "pauses": pauses}
    if priorities:
        waiting = {queue: control.counts_per_priority(queue) for queue in QUEUES}
        answer["priorities"] = waiting
        lines += [f"{queue:<9} priorities: {_numbers(counts) or 'nothing waits in Redis'}" for queue, counts in waiting.items()]
    say(answer, lines, as_json=as_json)


@command.command("metrics")
@click.argument("queue", required=False, type=QueueName())
@click.option("--minutes", type=click.IntRange(1, 48 * 60), default=60, show_default=True, help="The last so many minutes that are over.")
@as_json_option
@click.pass_context
def metrics(context: click.Context, queue: str | None, minutes: int, *, as_json: bool) -> None:
    """Show how many jobs of QUEUE, or of all, completed and failed for good in each minute, the newest first."""
    control = _control(context)
    found = {
        name: {state: control.metrics(name, state, 0, minutes - 1) for state in ("completed", "failed")}
        for name in ([require_queue(queue)] if queue else QUEUES)
    }
    lines = [
        f"{name:<9} {state:<9} {sum(each.data)} in {minutes} minutes, newest first: {' '.join(map(str, each.data)) or '-'}"
        for name, states in found.items()
        for state, each in states.items()
    ]
    answer = {name: {state: each.to_bull() for state, each in states.items()} for name, states in found.items()}
    say({"metrics": answer}, lines, as_json=as_json)


@command.command("health")
@as_json_option
@click.pass_context
def health(context: click.Context, *, as_json: bool) -> None:
    """Say whether Redis answers and which thresholds are crossed; ends with 1 where jobs cannot go to Redis although they should."""
    found = _control(context).health()
    told = found.to_json()
    lines = [f"{'healthy' if found.healthy else 'NOT HEALTHY'}: Redis {found.redis}, circuit {found.circuit}"]
    lines += [f"the circuit is {found.circuit} since {told['circuitOpenedAt']}: {found.breaker.reason}"] if told["circuitOpenedAt"] else []
    lines += [f"{alert.severity}: {alert.message}" for alert in found.alerts]
    say(told, lines, as_json=as_json)
    context.exit(0 if found.healthy else 1)


@command.command("retry")
@click.argument("queue", required=False, type=QueueName())
@click.option("--limit", type=click.IntRange(0), default=0, help="At most so many, the first to fail first; 0 for all.")
@click.option("--fresh", is_flag=True, help="With all attempts anew instead of one more.")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def retry(context: click.Context, queue: str | None, *, limit: int, reason: str, fresh: bool, yes: bool, as_json: bool) -> None:
    """Put the failed jobs of QUEUE, or of all, back into line; for single ones there is `gacp jobs retry`."""
    retry_failed(context, queue, limit=limit, fresh=fresh, reason=reason, yes=yes, as_json=as_json)


@command.command("pause")
@click.argument("queue", required=False, type=QueueName())
@click.option("--reason", default="", help="Shown to whoever wonders why nothing runs.")
@click.option("--for", "length", type=Length(), help="End by itself after that time, such as 30m.")
@as_json_option
@click.pass_context
def pause(context: click.Context, queue: str | None, reason: str, length: timedelta | None, *, as_json: bool) -> None:
    """Stop workers from taking jobs of QUEUE, or of all; new jobs wait, running ones finish."""
    control = _control(context)
    with acting(context, Action.QUEUE_PAUSE, target=queue, reason=reason, before={"paused": control.paused()}) as act:
        paused = control.pause(queue, by=ACTOR, reason=reason, length=length)
        act.after = {"paused": paused, "for": str(length) if length else None}
    _say_paused(paused, as_json=as_json)


@command.command("resume")
@click.argument("queue", required=False, type=QueueName())
@reason_option
@as_json_option
@click.pass_context
def resume(context: click.Context, queue: str | None, reason: str, *, as_json: bool) -> None:
    """Let workers take jobs of QUEUE, or of all, again."""
    control = _control(context)
    with acting(context, Action.QUEUE_RESUME, target=queue, reason=reason, before={"paused": control.paused()}) as act:
        paused = control.resume(queue, by=ACTOR)
        act.after = {"paused": paused}
    _say_paused(paused, as_json=as_json)


@command.command("limits")
@click.argument("queue", required=False, type=QueueName())
@click.option("--concurrency", type=int, help="At most so many jobs of QUEUE run at once, over all workers.")
@click.option("--rate", default="", help="At most so many begin within a time, over all workers: 60/1m, 5/s, 1/500ms.")
@click.option("--none", "lift", is_flag=True, help="Lift the limits of QUEUE first.")
@reason_option
@as_json_option
@click.pass_context
def limits(
    context: click.Context, queue: str | None, concurrency: int | None, rate: str, reason: str, *, lift: bool, as_json: bool
) -> None:
    """Show the limits of QUEUE, or of all; set or lift them while workers run, in force within a second."""
    control = _control(context)
    if concurrency is None and not rate and not lift:
        _say_limits(control.limits(), [require_queue(queue)] if queue else QUEUES, as_json=as_json)
        return
    if queue is None:
        raise click.UsageError("which queue? Limits are set for one at a time")
    present = control.limits().get(require_queue(queue), QueueLimits(queue))
    before = QueueLimits(queue) if lift else present
    rate_max, rate_duration_ms = read_rate(rate) if rate else (before.rate_max, before.rate_duration_ms)
    wanted = QueueLimits(queue, before.concurrency if concurrency is None else concurrency, rate_max, rate_duration_ms)
    with acting(context, Action.QUEUE_LIMITS, target=queue, reason=reason, before=_limits_json(present)) as act:
        found = control.limit(wanted, by=ACTOR)
        act.after = _limits_json(wanted)
    _say_limits(found, [queue], as_json=as_json)


@command.command("clean")
@click.argument("queue", type=QueueName())
@click.option("--state", default="completed", show_default=True, help="waiting, delayed, paused, completed or failed.")
@click.option("--grace", type=Length(), required=True, help="Only jobs that are at least that old, such as 7d; 0 for any age.")
@click.option("--limit", type=click.IntRange(0), default=0, help="At most so many; 0 for all.")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def clean(context: click.Context, queue: str, *, state: str, grace: timedelta, limit: int, reason: str, yes: bool, as_json: bool) -> None:
    """Remove the jobs of QUEUE that are in one state, and say how many stay and why."""
    control = _control(context)
    there = control.stats()[require_queue(queue)].get("waiting" if state == "wait" else state, 0)
    most = min(there, limit) if limit else there
    ask(f"This removes up to {most} of the {there} {state} jobs of {queue}.", yes=yes)
    asked = {"state": state, "grace": str(grace), "limit": limit}
    with acting(context, Action.QUEUE_CLEAN, target=queue, reason=reason, before=asked) as act, progress("removing", most) as told:
        cleaned = [control.clean_state(queue, state, grace=grace, limit=limit, told=told)]
        act.after = _numbers_removed(cleaned)
    _say_cleaned(cleaned, as_json=as_json)


@command.command("empty")
@click.argument("queue", type=QueueName())
@reason_option
@yes_option
@as_json_option
@click.pass_context
def empty(context: click.Context, queue: str, reason: str, *, yes: bool, as_json: bool) -> None:
    """Remove what waits in QUEUE and what is delayed; a pause stays in force."""
    control = _control(context)
    there = _unstarted(control, queue, delayed=True)
    ask(f"This removes {there} jobs of {queue} that were accepted and never ran.", yes=yes)
    with acting(context, Action.QUEUE_EMPTY, target=queue, reason=reason) as act, progress("removing", there) as told:
        cleaned = control.empty(queue, told=told)
        act.after = _numbers_removed(cleaned)
    _say_cleaned(cleaned, as_json=as_json)


@command.command("drain")
@click.argument("queue", type=QueueName())
@click.option("--delayed", is_flag=True, help="Also what is delayed.")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def drain(context: click.Context, queue: str, reason: str, *, delayed: bool, yes: bool, as_json: bool) -> None:
    """Remove what waits in QUEUE; what is delayed stays unless asked for."""
    control = _control(context)
    there = _unstarted(control, queue, delayed=delayed)
    ask(f"This removes {there} jobs of {queue} that were accepted and never ran.", yes=yes)
    asked = {"delayed": delayed}
    with acting(context, Action.QUEUE_DRAIN, target=queue, reason=reason, before=asked) as act, progress("removing", there) as told:
        cleaned = control.drain(queue, delayed=delayed, told=told)
        act.after = _numbers_removed(cleaned)
    _say_cleaned(cleaned, as_json=as_json)


@command.command("obliterate")
@click.argument("queue", type=QueueName())
@click.option("--force", is_flag=True, help="Also while jobs run; what they return is dropped.")
@click.option("--confirm", default="", help="The name of the queue once more; asked for where it is left out.")
@reason_option
@as_json_option
@click.pass_context
def obliterate(context: click.Context, queue: str, confirm: str, reason: str, *, force: bool, as_json: bool) -> None:
    """Remove every job of QUEUE with its whole history."""
    control = _control(context)
    total = sum(control.stats()[require_queue(queue)].values())
    typed = confirm or click.prompt(f"This removes all {total} jobs of {queue} and their history. Type its name to go on", err=True)
    if typed != queue:
        raise click.ClickException(f"{typed!r} is not {queue!r}: nothing was removed")
    asked = {"jobs": total, "force": force}
    with acting(context, Action.QUEUE_OBLITERATE, target=queue, reason=reason, before=asked) as act, progress("removing", total) as told:
        cleaned = [control.obliterate(queue, by=ACTOR, force=force, told=told)]
        act.after = _numbers_removed(cleaned)
    _say_cleaned(cleaned, as_json=as_json)


@command.command("reconcile")
@click.option("--fix", is_flag=True, help="Mend what is found; asks first.")
@reason_option
@yes_option
@as_json_option
@click.pass_context
def reconcile(context: click.Context, reason: str, *, fix: bool, yes: bool, as_json: bool) -> None:
    """Compare ledger and Redis in both directions, and say each difference and its cure; ends with 1 where some are left."""
    reconciler = Reconciler(context.obj.services().queue_platform.outside)
    counts = context.obj.services().queue_platform.outside.ledger.counts()
    pending = sum(number for (_, state), number in counts.items() if state in PENDING)
    with progress("comparing", pending) as told:
        found = reconciler.compare(told=told)
    if fix and found.differences:
        ask(f"This mends {len(found.differences)} differences: Redis is changed, the ledger is not.", yes=yes)
        asked = {"differences": len(found.differences)}
        with acting(context, Action.QUEUE_RECONCILE, reason=reason, before=asked) as act, progress("mending", pending) as told:
            found = reconciler.compare(fix=True, told=told)
            act.after = {"differences": len(found.differences), "mended": found.mended}
    lines = [f"{each.kind:<10} {each.queue or '-':<9} {each.job_id}: {CURES[each.kind]}" for each in found.differences]
    summary = (
        f"{found.pending} jobs pending in the ledger, {found.held} in Redis, {len(found.differences)} differences, {found.mended} mended"
    )
    say(found.to_json(), [*lines, summary], as_json=as_json)
    context.exit(1 if found.mended < len(found.differences) else 0)


def _control(context: click.Context) -> QueueControl:
    control: QueueControl = context.obj.services().queue_control
    return control


def _numbers(counts: Mapping[int, int]) -> str:
    return "  ".join(f"{priority}: {count}" for priority, count in sorted(counts.items(), key=lambda item: item[0] or float("inf")))


def _unstarted(control: QueueControl, queue: str, *, delayed: bool) -> int:
    counts = control.stats()[require_queue(queue)]
    return counts["waiting"] + counts["paused"] + (counts["delayed"] if delayed else 0)


def _say_paused(paused: list[str], *, as_json: bool) -> None:
    running = [queue for queue in QUEUES if queue not in paused]
    say({"paused": paused}, [f"paused: {', '.join(paused) or 'none'}; running: {', '.join(running) or 'none'}"], as_json=as_json)


def _say_limits(found: Mapping[str, QueueLimits], queues: Sequence[str], *, as_json: bool) -> None:
    shown = [found.get(queue, QueueLimits(queue)) for queue in queues]
    answer = {each.queue: _limits_json(each) for each in shown}
    lines = [f"{each.queue:<9} at once: {each.concurrency or 'any'}  rate: {write_rate(each) or 'any'}" for each in shown]
    say({"limits": answer}, lines, as_json=as_json)


def _limits_json(limits: QueueLimits) -> dict[str, object]:
    return {"concurrency": limits.concurrency, "rate": write_rate(limits) or None}


def _numbers_removed(cleaned: list[Cleaned]) -> dict[str, int]:
    return {"removed": sum(each.removed for each in cleaned)}


def _say_cleaned(cleaned: list[Cleaned], *, as_json: bool) -> None:
    say([each.to_json() for each in cleaned], [str(each) for each in cleaned], as_json=as_json)
