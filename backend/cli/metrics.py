"""`gacp metrics`: every metric as a table, as JSON, or as Prometheus reads it."""

from collections.abc import Sequence
from typing import Any

import click

from backend.cli.asking import as_json_option, say
from backend.telemetry import metrics
from backend.telemetry.metrics import METRICS, Metric
from backend.telemetry.samples import Sample

PATIENCE_S = 3.0


@click.command("metrics", short_help="Every metric of all processes, for people or for Prometheus.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--prometheus", is_flag=True, help="Print the page that Prometheus reads.")
@as_json_option
@click.pass_context
def command(context: click.Context, names: Sequence[str], *, prometheus: bool, as_json: bool) -> None:
    """Show every metric of all processes, or those whose names begin with NAME.

    Ends with 1 where a part could not be read.
    """
    unknown = [name for name in names if not any(known.startswith(name) for known in METRICS)]
    if unknown:
        raise click.UsageError(f"No metric begins with {unknown[0]!r}; docs/reference/metrics.md lists them.")
    if prometheus and (as_json or names):
        raise click.UsageError("--prometheus prints the whole page: leave out --json and names.")
    samples = context.obj.services().metrics.samples(patience_s=PATIENCE_S)
    if prometheus:
        click.echo(samples.page()[0].decode(), nl=False)
    else:
        rows = [(metric, sample) for metric, sample in samples.rows() if not names or metric.name.startswith(tuple(names))]
        say([_json(metric, sample, samples.bounds) for metric, sample in rows], [_line(*row) for row in rows], as_json=as_json)
    missing = [sample.labels[0] for sample in samples.of(metrics.PART_UP) if not sample.value]
    for part in missing:
        click.echo(f"gacp: {part}: no answer; what comes from there is missing", err=True)
    context.exit(1 if missing else 0)


def _json(metric: Metric, sample: Sample, bounds: Sequence[float]) -> dict[str, Any]:
    told: dict[str, Any] = {"name": metric.name, "type": metric.kind, "labels": dict(zip(metric.labels, sample.labels, strict=True))}
    if metric.kind != "histogram":
        return told | {"value": sample.value}
    buckets = {str(bound): number for bound, number in zip((*bounds, "+Inf"), sample.buckets, strict=True)}
    return told | {"count": sum(sample.buckets), "sum": sample.value, "buckets": buckets}


def _line(metric: Metric, sample: Sample) -> str:
    labels = " ".join(f"{name}={value}" for name, value in zip(metric.labels, sample.labels, strict=True))
    count = sum(sample.buckets)
    value = f"{count} of {sample.value / count:.3f} s on average" if count else f"{sample.value:.15g}"
    return f"{metric.name:<40} {labels:<55} {value}".rstrip()
