"""How the acts of `gacp dead` are told which dead letters are meant, and say what running them again would do."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from backend.cli.asking import Length, QueueName
from backend.cli.dead_views import office_of, preview_words
from backend.queues.dead_filter import DeadFilter
from backend.queues.records import Job
from backend.services.dead_letters import SAMPLE, described


def selecting(command: Any) -> Any:
    """The options that name many dead letters at once."""
    for option in (
        click.option("--cause", default="", help="Instead: all of that cause."),
        click.option("--queue", type=QueueName(), help="Instead: all of that queue."),
        click.option("--type", "job_type", default="", help="Instead: all of that job type."),
        click.option("--error", default="", help="Instead: all with that class of error."),
        click.option("--since", type=Length(), help="Instead: what gave up in the last 30m, 24h, 7d."),
        click.option("--all", "every", is_flag=True, help="Instead: every dead letter."),
    ):
        command = option(command)
    return command


def chosen(context: click.Context, job_ids: tuple[str, ...], asked: dict[str, Any]) -> DeadFilter | None:
    """What was chosen by conditions; None where it was chosen by ids."""
    since: timedelta | None = asked["since"]
    where = DeadFilter(
        queue=asked["queue"] or "",
        type=asked["job_type"],
        cause=asked["cause"],
        error_class=asked["error"],
        since=context.obj.services().clock.now() - since if since else None,
    )
    by_conditions = asked["every"] or where != DeadFilter()
    if by_conditions == bool(job_ids):
        raise click.UsageError("Give the ids of dead letters, or say which: --cause, --queue, --type, --error, --since, or --all.")
    if asked["every"] and where != DeadFilter():
        raise click.UsageError("--all means every dead letter: leave out the other conditions, or leave out --all.")
    return where if by_conditions else None


def words(where: DeadFilter) -> str:
    """Them in a few words."""
    return described(asdict(where))


def preview(context: click.Context, where: DeadFilter) -> str:
    """What running them again would do, in one sentence, judged by the newest of them."""
    return preview_of(context, list(office_of(context).control.page(where, limit=SAMPLE).items))


def preview_of(context: click.Context, jobs: list[Job]) -> str:
    """The same of these."""
    services = context.obj.services()
    return preview_words(services.dead_letters.preview(jobs, services))
