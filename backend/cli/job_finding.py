"""`gacp jobs search`, `index` and `why`: looks for jobs in the whole ledger, keeps the index behind that, and says why one waits."""

import click

from backend.cli.asking import as_json_option, progress, say
from backend.cli.job_views import brief, line
from backend.queues.ports import SearchOrder
from backend.queues.search import MOST, JobSearch, SearchAnswer
from backend.queues.waiting_reasons import clock

_ORDERS = click.Choice(["newest", "oldest", "longest"])
_GO_S = 0.5
PATIENCE_S = 1.0
"""A command may wait for Redis for longer than a request."""
MOST_SHOWN = 10_000


@click.command("search")
@click.argument("query")
@click.option("--order", type=_ORDERS, default="newest", show_default=True, help="`longest`: what ran longest first, of what has ended.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, MOST_SHOWN), help="So many jobs at most.")
@click.option("--cursor", help="Go on behind an earlier answer: its `next`.")
@as_json_option
@click.pass_context
def search(context: click.Context, query: str, order: SearchOrder, limit: int, cursor: str | None, *, as_json: bool) -> None:
    """Look for jobs in the whole ledger.

    QUERY is such as 'queue:aiQc state:failed error:timeout since:24h "exact text"'; `-` before a term means without, a comma means or.
    Keys: queue, state, type, error, id, request, application, farmer, since, until, created, finished, duration. A term that begins
    with `-` comes after `--`, as in: gacp jobs search -- '-queue:email'.
    """
    tell(context.obj.services().job_search, query, order=order, limit=limit, cursor=cursor, as_json=as_json)


def tell(
    searching: JobSearch, query: str, *, order: SearchOrder = "newest", limit: int = 50, cursor: str | None = None, as_json: bool
) -> None:
    """Print what is found: page after page until there are so many, or no more."""
    first = answer = searching.find(query, order=order, cursor=cursor, limit=min(limit, MOST))
    jobs, took_ms = list(first.found.items), first.took_ms
    while answer.found.next and len(jobs) < limit:
        answer = searching.find(query, order=order, cursor=answer.found.next, limit=min(limit - len(jobs), MOST))
        jobs += answer.found.items
        took_ms += answer.took_ms
    numbers = first.numbers() | {"next": answer.found.next, "tookMs": round(took_ms, 1)}
    say(
        {"items": [brief(job) for job in jobs], **numbers},
        [*map(line, jobs), _summary(first, len(jobs), answer.found.next)],
        as_json=as_json,
    )


@click.command("index")
@as_json_option
@click.pass_context
def index(context: click.Context, *, as_json: bool) -> None:
    """Bring the index behind searches up to date. The scheduler does this all the time; here it is done at once."""
    upkeep = context.obj.services().search_upkeep
    before = left = upkeep.go_on(0)
    with progress("Documents", before) as done:
        while left:
            left = upkeep.go_on(_GO_S)
            done(max(before - left, 0))
    say({"indexed": before}, [f"{before} documents were indexed; the index is complete"], as_json=as_json)


@click.command("why")
@click.argument("job_id")
@click.option("--thai", is_flag=True, help="In Thai.")
@as_json_option
@click.pass_context
def why(context: click.Context, job_id: str, *, thai: bool, as_json: bool) -> None:
    """Say why a job waits: every reason, the weightiest first, what can be done, and when it may start."""
    answer = context.obj.services().job_why.ask(job_id, patience_s=PATIENCE_S)
    lines = [f"{answer.job.type} {answer.job.id}: {answer.job.state.value}"]
    for reason in answer.reasons:
        lines.append(f"- {reason.thai if thai else reason.text}")
        lines += [f"    in the way: {', '.join(reason.jobs)}"] if reason.jobs else []
        lines += [f"    {reason.cure}{f'  {reason.command}' if reason.command else ''}"] if reason.cure else []
    if answer.estimate is not None:
        at, basis = answer.estimate.starts_at, answer.estimate.thai if thai else answer.estimate.basis
        lines.append(f"starts: {f'about {clock(at)}, ' if at else ''}{basis}")
    say(answer.to_json(), lines, as_json=as_json)


def _summary(first: SearchAnswer, shown: int, cursor: str | None) -> str:
    found = first.found
    if found.at_most == found.at_least:
        known = f"{found.at_least} found"
    elif cursor is None and not first.found.next:
        known = f"{shown} found"
    else:
        known = f"at least {max(found.at_least, shown)} found" + (f", at most {found.at_most}" if found.at_most is not None else "")
    more = f"; go on with --cursor {cursor}" if cursor else ""
    partly = "" if first.full_index else f" (the index is {int(found.known * 100)} % built: searches take longer meanwhile)"
    return f"{shown} shown, {known}{more}{partly}"
