"""The language of searches: `queue:aiQc state:failed error:timeout since:24h -farmer:malee "exact text"` as terms, and back.

A term is `key:value`, `key:value,value` (any of them) or a bare word; `-` before it means without. Quotes keep spaces and commas
together; inside of them `\\"` is a quote and `\\\\` a backslash.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

from backend.errors import FieldError, InvalidInput

KEYS = (
    "queue", "state", "type", "error", "id", "request", "application", "farmer", "since", "until", "created", "finished", "duration",
)  # fmt: skip
LONGEST = 1_000
MOST_TERMS = 30
_BARE = re.compile(r'[^\s",]+')
_KEY = re.compile(r"([A-Za-z]+):")
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_ESCAPE = re.compile(r"\\([\"\\])")
_PLAIN = re.compile(r'[^\s",\\-][^\s",]*')


class Term(NamedTuple):
    """One condition: any of the values; `key` is empty for a bare word. `at` is its place in the query, the first character 1."""

    key: str
    values: tuple[str, ...]
    without: bool = False
    at: int = 1


def refuse(at: int, message: str) -> InvalidInput:
    """The error for what stands at that place."""
    return InvalidInput(
        f"At character {at} of the search: {message}", errors=(FieldError("q", f"character {at}: {message}", "BAD_SEARCH"),)
    )


def read_terms(query: str) -> tuple[Term, ...]:
    """The terms of a query, in their order; none for an empty one. Raises InvalidInput naming the place and the cure."""
    if len(query) > LONGEST:
        raise refuse(LONGEST, f"a search may have at most {LONGEST} characters: leave out what matters least")
    terms: list[Term] = []
    place = _behind_spaces(query, 0)
    while place < len(query):
        term, place = _term(query, place)
        terms.append(term)
        if len(terms) > MOST_TERMS:
            raise refuse(term.at, f"a search may have at most {MOST_TERMS} terms")
        place = _behind_spaces(query, place)
    return tuple(terms)


def write_terms(terms: Sequence[Term]) -> str:
    """The query that says these terms."""
    return " ".join(f"{'-' * term.without}{term.key}{':' * bool(term.key)}{','.join(map(_written, term.values))}" for term in terms)


def _term(query: str, start: int) -> tuple[Term, int]:
    without = query[start] == "-"
    place = start + without
    if without and (place == len(query) or query[place].isspace()):
        raise refuse(start + 1, "`-` stands alone: put what is to be left out right behind it, or quote it")
    found = _KEY.match(query, place)
    if found is None:
        value, place = _value(query, place)
        if place < len(query) and not query[place].isspace():
            raise refuse(place + 1, "several words with commas need a key, as in `error:timeout,quota`; or quote them")
        return Term("", (value,), without, start + 1), place
    key = _known(found[1], query, start)
    values, place = _values(query, found.end(), key)
    return Term(key, values, without, start + 1), place


def _values(query: str, place: int, key: str) -> tuple[tuple[str, ...], int]:
    values: list[str] = []
    while True:
        if place >= len(query) or query[place].isspace() or query[place] == ",":
            raise refuse(place + 1, f"`{key}:` needs a value right behind it, as in {EXAMPLES[key]}")
        value, place = _value(query, place)
        values.append(value)
        if place >= len(query) or query[place].isspace():
            return tuple(values), place
        if query[place] != ",":
            raise refuse(place + 1, "put a space between two terms, or a comma between two values")
        place += 1


def _value(query: str, place: int) -> tuple[str, int]:
    if query[place] == '"':
        quoted = _QUOTED.match(query, place)
        if quoted is None:
            raise refuse(place + 1, 'this quote is not closed: add `"`; inside of quotes write `\\"` for a quote, `\\\\` for a backslash')
        if not quoted[1]:
            raise refuse(place + 1, "there is nothing between these quotes")
        return _ESCAPE.sub(r"\1", quoted[1]), quoted.end()
    bare = _BARE.match(query, place)
    if bare is None:
        raise refuse(place + 1, "a comma stands alone: put it between two values, or quote it")
    return bare[0], bare.end()


def _known(name: str, query: str, start: int) -> str:
    key = {"app": "application"}.get(name.lower(), name.lower())
    if key in KEYS:
        return key
    near = get_close_matches(key, KEYS, n=1, cutoff=0.6)
    hint = f"did you mean `{near[0]}:`?" if near else f"the keys are {', '.join(KEYS)}."
    word = (_BARE.match(query, start) or [name])[0].lstrip("-")
    raise refuse(start + 1, f'there is no key `{name}`: {hint} To look for it as text, quote it: "{word}"')


def _written(value: str) -> str:
    if _PLAIN.fullmatch(value) and not _KEY.match(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _behind_spaces(query: str, place: int) -> int:
    while place < len(query) and query[place].isspace():
        place += 1
    return place


EXAMPLES = {
    "queue": "`queue:aiQc`",
    "state": "`state:failed`",
    "type": "`type:send_letter`",
    "error": '`error:timeout` or `error:"timed out"`',
    "id": "`id:3fa94c10*`",
    "request": "`request:req_7a1b2c3d`",
    "application": "`application:GACP-2569-000123`",
    "farmer": "`farmer:somchai@example.org`",
    "since": "`since:24h` or `since:2026-11-02`",
    "until": "`until:2h` or `until:2026-11-02`",
    "created": "`created:2026-11-02`",
    "finished": "`finished:>2026-11-02T13:00`",
    "duration": "`duration:>30s`",
}
"""By key, how it is written."""
