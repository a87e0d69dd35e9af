"""The terms of a document: under which it can be found, and which of them say for certain that it is meant."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from math import frexp
from typing import Any, NamedTuple

from backend.adapters.documents.searching import folded
from backend.adapters.documents.store import Searched
from backend.adapters.documents.tagging import END, plain
from backend.clock import to_millis

GRAM = 3
LONGEST_KEY = 200
_MINUTE_MS = 60_000
_MINUTES = 60
_STEPS = 64
_MIDDLE = 80_000  # above the steps of the smallest number that there is
_NOTHING = END + "-"  # no value that is kept starts so
_REMEMBERED = 256


class Term(NamedTuple):
    """A name of what it is about, and a value."""

    name: str
    value: Any


EVERY = Term("*", "")
"""Of every document that the index knows."""


def fields_of(searched: Searched) -> list[str]:
    """The fields that terms are made of."""
    return list(dict.fromkeys((*searched.facets, *searched.keys, *searched.texts, *searched.ranges, *searched.orders)))


def exact_terms(values: Mapping[str, Any], searched: Searched) -> Iterator[Term]:
    """By the values of the fields, those that are taken back once they do not hold any more, so that also their absence says something."""
    yield EVERY
    for field in searched.facets:
        yield facet(field, values[field])
    for field in searched.ranges:
        interval = interval_of(field, values[field])
        if interval:
            yield interval.fine
            yield interval.coarse


def loose_terms(values: Mapping[str, Any], searched: Searched) -> Iterator[Term]:
    """Those that may stay behind after a change: a document that has one is looked at."""
    for field in searched.keys:
        yield key(field, values[field])
    for field in searched.texts:
        said = values[field]
        if isinstance(said, str) and said:
            yield from _grams(text_name(field), said)


def facet(field: str, value: Any) -> Term:
    return Term(f"={field}", _kept(value))


def key(field: str, value: Any) -> Term:
    return Term(key_name(field), _kept(value))


def key_name(field: str) -> str:
    return f"@{field}"


def text_name(field: str) -> str:
    return f"~{field}"


class Interval(NamedTuple):
    """Where a value lies: `step` of `of` in each coarse interval. Both rise as values do, and one name is of one kind of value."""

    name: str
    step: int
    of: int

    @property
    def fine(self) -> Term:
        return Term(f"<{self.name}", self.step)

    @property
    def coarse(self) -> Term:
        return Term(f"<<{self.name}", self.step // self.of)


def interval_of(field: str, value: Any) -> Interval | None:
    """The minute, and the hour, of a time; the 64th of an octave, and the octave, of a number; None for anything else."""
    if isinstance(value, datetime):
        return Interval(f"time {field}", to_millis(value) // _MINUTE_MS, _MINUTES)
    if is_number(value):
        return Interval(field, _step(value), _STEPS)
    return None


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def word_grams(word: str) -> list[str]:
    """The terms that a text has if it holds the word of at least three letters."""
    letters = folded(word)
    return list(dict.fromkeys(letters[at : at + GRAM] for at in range(len(letters) - GRAM + 1)))


@lru_cache(_REMEMBERED)
def _grams(name: str, said: str) -> tuple[Term, ...]:
    """Also the last two letters make one, so that each place of the text begins one and words of two letters are found by it."""
    letters = folded(said) + "\x01"
    return tuple(Term(name, gram) for gram in {letters[at : at + GRAM] for at in range(len(letters) - GRAM + 1)})


def _kept(value: Any) -> Any:
    if value is None or isinstance(value, (dict, list)):
        return _NOTHING
    return value[:LONGEST_KEY] if isinstance(value, str) else plain(value)


def _step(value: float) -> int:
    if value == 0:
        return 0
    mantissa, exponent = frexp(abs(value))
    size = _MIDDLE + exponent * _STEPS + int((mantissa - 0.5) * 2 * _STEPS)
    return size if value > 0 else -size
