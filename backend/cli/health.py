"""`gacp health`: what `GET /api/v1/health/queues` says, for whoever is at the machine."""

import click

from backend.cli.asking import as_json_option, say
from backend.queues.checkup import Report
from backend.queues.checkup.bodies import health_body

PATIENCE_S = 3.0


@click.command("health", short_help="How Redis and every queue are, and what is over its threshold.")
@as_json_option
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """Say how Redis and every queue are, with each number that is over its threshold.

    Ends with 1 where something is unhealthy.
    """
    report = context.obj.services().checkup.report(patience_s=PATIENCE_S)
    say(health_body(report), _lines(report), as_json=as_json)
    context.exit(1 if report.verdict.status == "unhealthy" else 0)


def _lines(report: Report) -> list[str]:
    lines = [f"{report.verdict.status}", f"documents  {report.documents.status}", f"redis      {report.redis_verdict.status}"]
    for each in report.queues:
        counts = "  ".join(f"{state} {count}" for state, count in each.seen.stats.items()) if each.seen else "not seen"
        lines.append(f"{each.name:<10} {each.verdict.status:<10} {counts}")
    return [*lines, *(f"! {issue}" for issue in report.verdict.issues)]
