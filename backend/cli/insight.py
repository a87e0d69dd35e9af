"""`gacp insight`: how an app has been doing, on one page."""

from collections.abc import Iterator
from typing import Any

import click

from backend.cli.asking import as_json_option, say

PERIODS = ("1h", "24h", "7d", "30d")


@click.command("insight", short_help="How an app does: numbers, errors, who asks for most, herbs.")
@click.argument("app", default="gacp")
@click.option("--period", type=click.Choice(PERIODS), default="24h", show_default=True, help="How far back.")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="So many users and herbs at most.")
@as_json_option
@click.pass_context
def command(context: click.Context, app: str, period: str, limit: int, *, as_json: bool) -> None:
    """Show the generations of APP (`gacp`: its quality checks), what goes wrong, who asks for most, and which herbs or poses.

    Users and herbs are counted since the first generation. docs/reference/insight.md says what each number means.
    """
    insight = context.obj.services().insight
    found = {
        "metrics": insight.metrics(app, period),
        "errors": insight.errors(app, period),
        "users": insight.top_users(app, limit),
        "poses": insight.popular_things(app, limit),
    }
    say(found, list(_lines(found)), as_json=as_json)


def _lines(found: dict[str, Any]) -> Iterator[str]:
    numbers, words = found["metrics"], found["metrics"]["status"]
    yield f"{numbers['app']}, {numbers['startTime']} to {numbers['endTime']}"
    yield (
        f"generations  {numbers['totalGenerations']}: {numbers['completedGenerations']} completed, {numbers['failedGenerations']} failed, "
        f"{numbers['activeGenerations']} active; {numbers['successRate']:g} % completed ({words['successRate']})"
    )
    for name, label in (("wait", "wait"), ("run", "run"), ("endToEnd", "end to end")):
        yield f"{label:<12} {_times(numbers[name])}"
    yield f"speed        {words['performance']}; {numbers['throughput']['perHour']:g} an hour"
    yield (
        f"queue        {numbers['queueWaiting']} waiting, {numbers['queueActive']} active, "
        f"{numbers['queueFailed']} failed and kept ({words['queue']})"
    )
    yield f"credits      {numbers['totalCreditsSpent']} spent, {numbers['totalCreditsRefunded']} refunded ({words['credits']})"
    yield from _table("errors", [(each["count"], each["errorType"], f"last {each['lastOccurred']}") for each in found["errors"]])
    yield from _table("users", [(each["generationCount"], each["userId"], f"{each['successRate']:g} %") for each in found["users"]])
    yield from _table("herbs or poses", [(each["usageCount"], each["poseId"], each["name"]) for each in found["poses"]])


def _times(of: dict[str, Any]) -> str:
    if not of["count"]:
        return "none"
    return f"{of['average']} ms on average, p50 {of['p50']}, p95 {of['p95']}, p99 {of['p99']} ms"


def _table(title: str, rows: list[tuple[int, str, str]]) -> Iterator[str]:
    yield f"{title}:" if rows else f"{title}: none"
    for count, name, more in rows:
        yield f"{count:>10}  {name:<38} {more}"
