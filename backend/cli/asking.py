"""What commands share that change things: asking first, printing for people or as JSON."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click

ACTOR = "console"
_LONGEST = timedelta(days=3_660)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


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


def ask(what: str, *, yes: bool) -> None:
    """Say what is about to happen and go on only if told so; ends the command otherwise."""
    if not yes:
        click.confirm(f"{what} Go on?", abort=True, err=True)


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error for work of that length; it is told how much is done. Nothing is drawn where nobody watches."""
    with click.progressbar(range(length), label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(done - bar.pos)


def say(answer: Any, lines: list[str], *, as_json: bool) -> None:
    """Print the answer as JSON, or the lines for people."""
    for line in [json.dumps(answer, ensure_ascii=False, indent=1)] if as_json else lines:
        click.echo(line)
