"""The terms of a document: under which it can be found, and which of them say for certain that it is meant."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from math import frexp
from typing import Any, NamedTuple

from backend.adapters.documents.paths import lookup
from backend.adapters.documents.searching import folded
from backend.adapters.documents.store import Searched
from backend.adapters.documents.tagging import END, plain
from backend.clock import to_millis

GRAM = 3
LONGEST_KEY = 200
_HOUR = 3_600_000
_NOTHING = END + "-"  # no value that is kept starts so
_MIDDLE = 20_000
_REMEMBERED = 256


class Term(NamedTuple):
    """A name of what it is about, and a value."""

    name: str
    value: Any


EVERY = Term("*", "")
"""Of every document that the index knows."""


def exact_terms(document: Mapping[str, Any], searched: Searched) -> Iterator[Term]:
    """Those that are taken back once they do not hold any more, so that also their absence says something."""
    yield EVERY
    for field in searched.facets:
        yield facet(field, lookup(document, field))
    for field in searched.ranges:
        interval = interval_of(field, lookup(document, field))
        if interval:
            yield interval


def loose_terms(document: Mapping[str, Any], searched: Searched) -> Iterator[Term]:
    """Those that may stay behind after a change: a document that has one is looked at."""
    for field in searched.keys:
        yield key(field, lookup(document, field))
    for field in searched.texts:
        said = lookup(document, field)
        if isinstance(said, str) and said:
            name = text_name(field)
            yield from (Term(name, gram) for gram in _grams(said))


def facet(field: str, value: Any) -> Term:
    return Term(f"={field}", _kept(value))


def key(field: str, value: Any) -> Term:
    return Term(key_name(field), _kept(value))


def key_name(field: str) -> str:
    return f"@{field}"


def text_name(field: str) -> str:
    return f"~{field}"


def interval_of(field: str, value: Any) -> Term | None:
    """The hour of a time, the eighth of an octave of a number; None for anything else. They rise as the values do."""
    if isinstance(value, datetime):
        return Term(f"<time {field}", to_millis(value) // _HOUR)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Term(f"<{field}", _eighth(value))
    return None


def word_grams(word: str) -> list[str]:
    """The terms that a text has if it holds the word of at least three letters."""
    letters = folded(word)
    return list(dict.fromkeys(letters[at : at + GRAM] for at in range(len(letters) - GRAM + 1)))


@lru_cache(_REMEMBERED)
def _grams(said: str) -> frozenset[str]:
    """Also the last two letters make one, so that each place of the text begins one and words of two letters are found by it."""
    letters = folded(said) + "\x01"
    return frozenset(letters[at : at + GRAM] for at in range(len(letters) - GRAM + 1))


def _kept(value: Any) -> Any:
    if value is None or isinstance(value, (dict, list)):
        return _NOTHING
    return value[:LONGEST_KEY] if isinstance(value, str) else plain(value)


def _eighth(value: float) -> int:
    if value == 0:
        return 0
    mantissa, exponent = frexp(abs(value))
    size = _MIDDLE + exponent * 8 + int((mantissa - 0.5) * 16)
    return size if value > 0 else -size
