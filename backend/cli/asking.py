"""What commands share: how arguments are read, asking first, showing how far long work is, printing for people or as JSON."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click
from click.shell_completion import CompletionItem

from backend.queues.names import QUEUES, require_queue

ACTOR = "console"
_LONGEST = timedelta(days=3_660)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
reason_option = click.option("--reason", default="", help="Why; kept in the audit beside who and when.")


class Length(click.ParamType):  # type: ignore[type-arg]  # not generic in every version
    """A length of time such as `30s`, `15m`, `2h`, `7d`, or `0`."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([smhd])|0", str(value))
        if found is None:
            self.fail(f"{value!r} is not a length of time: write 30s, 15m, 2h or 7d", param, ctx)
        length = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found[1] else timedelta(0)
        if length > _LONGEST:
            self.fail(f"{value!r} is too long: ten years at most", param, ctx)
        return length


class QueueName(click.ParamType):  # type: ignore[type-arg]  # as above
    """The name of a queue; a misspelt one is refused with the name that was probably meant."""

    name = "queue"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        del param, ctx
        return require_queue(str(value))

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        del ctx, param
        return [CompletionItem(queue) for queue in QUEUES if queue.startswith(incomplete)]


def ask(what: str, *, yes: bool) -> None:
    """Say what is about to happen and go on only if told so; ends the command with 1 otherwise, and with the cure for a script."""
    if yes:
        return
    try:
        confirmed = click.confirm(f"{what} Go on?", err=True)
    except click.Abort:
        raise click.ClickException("nobody answered, and nothing was done; --yes goes on without asking") from None
    if not confirmed:
        raise click.ClickException("nothing was done")


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error for work of that length; it is told how much is done. Nothing is drawn where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    with click.progressbar(range(length), label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(done - bar.pos)


def say(answer: Any, lines: list[str], *, as_json: bool) -> None:
    """Print the answer as JSON, or the lines for people."""
    for line in [json.dumps(answer, ensure_ascii=False, indent=1)] if as_json else lines:
        click.echo(line)
