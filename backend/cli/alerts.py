"""`gacp alerts`: what fires, what happened, acknowledge, silence, ask whether a rule would have fired, try a channel."""

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

import click

from backend.audit.actions import Action
from backend.cli.asking import Length, as_json_option, ask, say, yes_option
from backend.cli.auditing import acting, console_user
from backend.clock import to_iso
from backend.queues.alerts.book import AlertBook
from backend.queues.alerts.dry_run import DryRun
from backend.queues.alerts.records import SEVERITIES, Alert, Severity, Silence
from backend.queues.alerts.rules import Rule, number

WEEK = timedelta(days=7)
limit_option = click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200))
cursor_option = click.option("--cursor", default=None, help="Go on where a page ended: its `next`.")
slug_option = click.option("--slug", default=None, help="Only of that rule, such as failure-burst.")
queue_option = click.option("--queue", default=None, help="Only of that queue.")


@click.group("alerts", short_help="What fires: show, acknowledge, silence, history, dry runs, …")
def command() -> None:
    """Alerts: list and show them, acknowledge, silence; their history and rules, dry runs, tests of channels."""


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are over, the newest first.")
@click.option("--check", is_flag=True, help="End with 1 where something fires that nobody looks after.")
@slug_option
@queue_option
@limit_option
@cursor_option
@as_json_option
@click.pass_context
def list_(
    context: click.Context,
    *,
    everything: bool,
    check: bool,
    slug: str | None,
    queue: str | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    """List what fires now, the worst first."""
    book = _book(context)
    firing, more = book.firing(), None
    shown = [alert for alert in firing if slug in {None, alert.slug} and queue in {None, alert.queue}]
    unattended = [alert for alert in shown if not (alert.acknowledged or alert.muted)]
    if everything:
        page = book.page(slug=slug, queue=queue, cursor=cursor, limit=limit)
        shown, more = list(page.items), page.next
    lines = [_line(book, alert) for alert in shown] or ["no alert" if everything else "nothing fires"]
    say({"items": [alert.to_json() for alert in shown], "next": more}, lines + _more(more), as_json=as_json)
    context.exit(1 if check and unattended else 0)


@command.command("show")
@click.argument("alert_id")
@as_json_option
@click.pass_context
def show(context: click.Context, alert_id: str, *, as_json: bool) -> None:
    """Show one alert with everything that happened to it."""
    book = _book(context)
    alert = book.get(alert_id)
    happened = list(book.history(alert_id=alert_id, limit=200).items)
    lines = [
        _line(book, alert),
        f"  {alert.title.th} / {alert.title.en}",
        f"  {'; '.join(filter(None, [alert.message.th, _quiet(book, alert, 'เงียบตั้งแต่ {since} จะปิดเมื่อ {resolves}')]))}",
        *(f"  {name}: {value}" for name, value in alert.context.items()),
        f"  runbook: {alert.runbook}",
        *(f"  {to_iso(entry.at)} {entry.what} {entry.by} {entry.detail}".rstrip() for entry in reversed(happened)),
    ]
    say(alert.to_json() | {"history": [entry.to_json() for entry in happened]}, lines, as_json=as_json)


@command.command("ack")
@click.argument("alert_id")
@click.option("--comment", default="", help="What you are about to do.")
@as_json_option
@click.pass_context
def ack(context: click.Context, alert_id: str, comment: str, *, as_json: bool) -> None:
    """Say that you look after it: it is not told again and not escalated."""
    book = _book(context)
    with acting(context, Action.ALERT_ACKNOWLEDGE, target=alert_id, reason=comment) as act:
        alert = book.acknowledge(alert_id, by=console_user().id, comment=comment)
        act.after = {"acknowledged": alert.to_json()["acknowledged"]}
    say(alert.to_json(), [_line(book, alert)], as_json=as_json)


@command.command("silence")
@click.argument("matchers", nargs=-1, required=True, metavar="LABEL=VALUE…")
@click.option("--for", "length", type=Length(), required=True, help="For how long, such as 2h.")
@click.option("--reason", required=True, help="For whoever wonders.")
@yes_option
@as_json_option
@click.pass_context
def silence(context: click.Context, matchers: tuple[str, ...], length: timedelta, reason: str, *, yes: bool, as_json: bool) -> None:
    """Keep alerts quiet whose labels (slug, severity, queue, schedule) all match; * stands for anything: queue=aiQc slug=failed-*."""
    book, wanted = _book(context), _matchers(matchers)
    now = context.obj.services().clock.now()
    trial = Silence("", wanted, now, now + length, "", reason, now)
    matching = sum(map(trial.matches, book.firing()))
    ask(f"This keeps quiet {matching} alerts that fire, and others to come, until {to_iso(now + length)}.", yes=yes)
    with acting(context, Action.ALERT_SILENCE, reason=reason) as act:
        made = book.add_silence(wanted, until=now + length, reason=reason, author=console_user().id)
        act.target, act.after = made.id, made.to_json(now)
    say(made.to_json(now), [_silence_line(made)], as_json=as_json)


@command.command("unsilence")
@click.argument("silence_id")
@as_json_option
@click.pass_context
def unsilence(context: click.Context, silence_id: str, *, as_json: bool) -> None:
    """End a silence now."""
    book, now = _book(context), context.obj.services().clock.now()
    with acting(context, Action.ALERT_UNSILENCE, target=silence_id, before=book.silence(silence_id).to_json(now)) as act:
        over = book.expire_silence(silence_id, by=console_user().id)
        act.after = over.to_json(now)
    say(over.to_json(now), [f"over: {_silence_line(over)}"], as_json=as_json)


@command.command("silences")
@click.option("--past", is_flag=True, help="Also those that are over.")
@as_json_option
@click.pass_context
def silences(context: click.Context, *, past: bool, as_json: bool) -> None:
    """List silences, the one that ends first in front."""
    now = context.obj.services().clock.now()
    found = _book(context).silences(past=past)
    say({"items": [each.to_json(now) for each in found]}, [_silence_line(each) for each in found] or ["no silence"], as_json=as_json)


@command.command("history")
@click.option("--alert", "alert_id", default=None, help="Only of that alert.")
@slug_option
@queue_option
@click.option("--since", type=Length(), default=None, help="Only of the last so long, such as 24h.")
@limit_option
@cursor_option
@as_json_option
@click.pass_context
def history(context: click.Context, /, *, since: timedelta | None, limit: int, as_json: bool, **wanted: str | None) -> None:
    """List what happened, the newest first: raised, told, acknowledged, escalated, resolved, silenced."""
    start = context.obj.services().clock.now() - since if since else None
    page = _book(context).history(**wanted, since=start, limit=limit)
    lines = [f"{to_iso(each.at)} {each.what:<12} {each.slug:<20} {each.queue:<9} {each.by} {each.detail}".rstrip() for each in page.items]
    say(
        {"items": [each.to_json() for each in page.items], "next": page.next},
        (lines or ["nothing happened"]) + _more(page.next),
        as_json=as_json,
    )


@command.command("rules")
@as_json_option
@click.pass_context
def rules(context: click.Context, *, as_json: bool) -> None:
    """List the rules with the thresholds in force, and the channels."""
    book = _book(context)
    lines = [_rule_line(rule) for rule in book.rules] + [f"channels: {', '.join(book.channels)}"]
    say({"rules": [rule.to_json() for rule in book.rules], "channels": book.channels}, lines, as_json=as_json)


@command.command("dry-run")
@click.argument("rule")
@click.option("--threshold", "thresholds", multiple=True, metavar="[LEVEL=]NUMBER", help="Try this one: 20, or critical=300.")
@click.option("--for", "length", type=Length(), default="7d", show_default=True, help="Over so long up to now.")
@click.option("--queue", default="", help="Only of that queue.")
@as_json_option
@click.pass_context
def dry_run(context: click.Context, rule: str, thresholds: tuple[str, ...], length: timedelta, queue: str, *, as_json: bool) -> None:
    """Would RULE have fired? When, how often and until when, with other thresholds, over what was measured by the minute."""
    book = _book(context)
    found: DryRun = book.dry_run(rule, thresholds=_thresholds(book, rule, thresholds), length=length, queue=queue)
    limits = ", ".join(f"{level.severity} {number(level.limit)}" for level in found.levels)
    lines = [f"{rule} ({limits}) would have fired {len(found.stretches)} times since {to_iso(found.since)}"]
    lines += [
        f"  {to_iso(each.raised)} to {to_iso(each.ended) if each.ended else 'now':<24} {each.severity:<8} "
        f"{' '.join(each.labels.values())} up to {number(each.peak)}"
        for each in found.stretches
    ]
    say(found.to_json(), lines + ([found.note] if found.note else []), as_json=as_json)


@command.command("test")
@click.argument("channel", required=False)
@as_json_option
@click.pass_context
def test(context: click.Context, channel: str | None, *, as_json: bool) -> None:
    """Send a test message over CHANNEL, or over all, and say whether it arrived; ends with 1 where one did not."""
    with acting(context, Action.ALERT_TEST, target=channel) as act:
        trials = _book(context).test(channel)
        act.after = [trial.to_json() for trial in trials]
    lines = [f"{trial.channel:<20} {'arrived' if trial.arrived else f'did not arrive: {trial.error}'}" for trial in trials]
    say({"channels": [trial.to_json() for trial in trials]}, lines, as_json=as_json)
    context.exit(0 if all(trial.arrived for trial in trials) else 1)


def _book(context: click.Context) -> AlertBook:
    book: AlertBook = context.obj.services().alerting.book
    return book


def _matchers(given: tuple[str, ...]) -> dict[str, str]:
    for each in given:
        if not all(each.partition("=")):
            raise click.UsageError(f"{each!r} is no matcher: write a label and a value, such as queue=aiQc")
    return {name: value for name, _, value in (each.partition("=") for each in given)}


def _thresholds(book: AlertBook, name: str, given: tuple[str, ...]) -> Mapping[Severity, float]:
    """A number alone is for the only level of the rule, or its lowest."""
    own = next((rule.levels[0].severity for rule in book.rules if rule.name == name), "warning")
    found: dict[Severity, float] = {}
    for each in given:
        level, _, text = each.rpartition("=")
        try:
            found[cast("Severity", level or own)] = float(text)
        except ValueError:
            raise click.UsageError(f"{each!r} is no threshold: write 20, or critical=300") from None
        if level and level not in SEVERITIES:
            raise click.UsageError(f"{level!r} is no level: {', '.join(SEVERITIES)}")
    return found


def _quiet(book: AlertBook, alert: Alert, words: str) -> str:
    """That its message is of a condition which is gone, and when it will be over; empty where that is not so."""
    resolves = book.resolves_at(alert)
    return words.format(since=to_iso(alert.calm_since), resolves=to_iso(resolves)) if alert.calm_since and resolves else ""


def _line(book: AlertBook, alert: Alert) -> str:
    marks = [
        _quiet(book, alert, "quiet since {since}, resolves at {resolves}"),
        "flapping" if alert.flapping else "",
        f"acknowledged by {alert.acknowledged.by}" if alert.acknowledged else "",
        f"silenced by {alert.silenced_by}" if alert.silenced_by else "",
        f"follows from {alert.inhibited_by}" if alert.inhibited_by else "",
        f"resolved {to_iso(alert.resolved_at)}" if alert.resolved_at else "",
    ]
    said = "; ".join(filter(None, [alert.message.en, *marks]))
    return f"{alert.id}  {alert.severity:<8} {alert.slug:<20} {alert.queue or '-':<9} {to_iso(alert.raised_at or alert.since)}  {said}"


def _silence_line(silence: Silence) -> str:
    matchers = " ".join(f"{name}={value}" for name, value in silence.matchers.items())
    return f"{silence.id}  {matchers}  until {to_iso(silence.until)} by {silence.author}: {silence.reason}"


def _rule_line(rule: Rule) -> str:
    sign = ">=" if rule.reaches else ">"
    levels = ", ".join(f"{level.severity} {sign} {number(level.limit)} {rule.unit}".rstrip() for level in rule.levels)
    return f"{rule.name:<20} {levels:<40} {rule.what.en}"


def _more(cursor: str | None) -> list[str]:
    return [f"more: --cursor {cursor}"] if cursor else []
