"""`gacp audit`: who did what to the platform; proves that nothing of it was changed, removed or put in."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click

from backend.audit.actions import Action
from backend.audit.entries import Entry
from backend.audit.ports import AuditFilter, Head
from backend.audit.trail import AuditTrail
from backend.audit.verifying import Verdict
from backend.cli.asking import Length, as_json_option, progress, say
from backend.clock import to_iso

_OUTCOMES = click.Choice(["begun", "done", "refused", "failed"])


@click.group("audit")
def command() -> None:
    """Administrative acts: list them, verify their chain, note its head."""


@command.command("list")
@click.option("--who", default="", help="Only of that account id, or console:<user>.")
@click.option("--action", type=click.Choice([action.value for action in Action]), default=None, help="Only of that kind.")
@click.option("--target", default="", help="Only on that queue, job, cause, …")
@click.option("--outcome", type=_OUTCOMES, default=None, help="Only with that outcome.")
@click.option("--since", type=Length(), help="Only of the last 30m, 24h, 7d.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200))
@click.option("--cursor", default=None, help="Go on where a page ended: its `next`.")
@as_json_option
@click.pass_context
def list_(
    context: click.Context,
    *,
    who: str,
    action: str | None,
    target: str,
    outcome: str | None,
    since: timedelta | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    """List acts, newest first: each has an entry for its beginning and one for its outcome."""
    services = context.obj.services()
    start = services.clock.now() - since if since else None
    page = services.audit.page(AuditFilter(who, action or "", target, outcome or "", start), cursor=cursor, limit=limit)
    lines = [_line(entry) for entry in page.items] or ["nothing was done"]
    say({"items": [_full(entry) for entry in page.items], "next": page.next}, lines, as_json=as_json)
    if page.next and not as_json:
        click.echo(f"more: --cursor {page.next}", err=True)


@command.command("verify")
@click.option("--anchor", default="", metavar="SEQ:HASH", help="What `gacp audit head` once printed and somebody kept elsewhere.")
@as_json_option
@click.pass_context
def verify(context: click.Context, anchor: str, *, as_json: bool) -> None:
    """Walk the whole chain: ends with 0 where it is whole, and with 1 and the first broken entry where it is not."""
    noted = _anchor(anchor) if anchor else None
    trail = _trail(context)
    newest = trail.head()
    with progress("verifying", newest.seq if newest else 0) as step:
        verdict = trail.verify(anchor=noted, progress=lambda done, _: step(done))
    say(verdict.to_json(), [_told(verdict, anchored=noted is not None)], as_json=as_json)
    context.exit(0 if verdict.whole else 1)


@command.command("head")
@as_json_option
@click.pass_context
def head(context: click.Context, *, as_json: bool) -> None:
    """Print number and hash of the newest entry, to be kept where the administrators of the platform cannot write."""
    newest = _trail(context).head()
    answer = {"seq": newest.seq, "hash": newest.hash, "at": to_iso(context.obj.services().clock.now())} if newest else None
    say(answer, [str(newest) if newest else "nothing was done yet"], as_json=as_json)


def _trail(context: click.Context) -> AuditTrail:
    trail: AuditTrail = context.obj.services().audit
    return trail


def _anchor(text: str) -> Head:
    number, _, digest = text.partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise click.UsageError(f"{text!r} is no anchor: give what `gacp audit head` printed, such as 17:<64 characters>")
    return Head(int(number), digest)


def _told(verdict: Verdict, *, anchored: bool) -> str:
    if verdict.broken:
        broken = verdict.broken
        return f"broken at entry {broken.seq} ({broken.kind}): {broken.detail}; {verdict.checked} entries before it are whole"
    against = "" if anchored else "; without --anchor nothing tells whether all of it was written anew"
    return f"whole: {verdict.checked} entries, head {verdict.head or '-'}{against}"


def _full(entry: Entry) -> dict[str, Any]:
    return entry.to_json() | {"hash": entry.hash}


def _line(entry: Entry) -> str:
    who = f"{entry.by.id} ({', '.join(part for part in (entry.by.role, entry.by.email, entry.by.origin) if part)})"
    return " ".join(
        [f"{entry.seq:>6} {to_iso(entry.at)} {entry.action:<18} {entry.outcome:<8} {entry.target}  by {who}", *_rest(entry)]
    ).rstrip()


def _rest(entry: Entry) -> Iterator[str]:
    if entry.reason:
        yield f"because: {entry.reason}"
    if entry.before != entry.after:
        yield f"{json.dumps(entry.before, ensure_ascii=False)} -> {json.dumps(entry.after, ensure_ascii=False)}"
    if entry.detail:
        yield entry.detail
