"""What a search asks of documents: conditions on their fields, joined by and, or and not.

A field may be a dotted path. Values are text, numbers, flags, times (aware UTC) or None, and compare as they do in a document store:
never across types, and a missing field is None.
"""

from dataclasses import dataclass
from datetime import datetime

Value = str | int | float | bool | datetime | None


@dataclass(frozen=True)
class Equals:
    """The field is one of these."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Begins:
    """The text of the field begins so, letter for letter."""

    field: str
    text: str


@dataclass(frozen=True)
class Says:
    """The text of the field holds this one, in capital or small letters."""

    field: str
    text: str


@dataclass(frozen=True)
class Between:
    """The field lies between these; a bound of None is open."""

    field: str
    gte: Value = None
    gt: Value = None
    lte: Value = None
    lt: Value = None


@dataclass(frozen=True)
class Every:
    """All of the parts hold; none of them: everything does."""

    parts: tuple["Matching", ...]


@dataclass(frozen=True)
class Either:
    """At least one of the parts holds; none of them: nothing does."""

    parts: tuple["Matching", ...]


@dataclass(frozen=True)
class Without:
    """The part does not hold."""

    part: "Matching"


Matching = Equals | Begins | Says | Between | Every | Either | Without

EVERYTHING = Every(())
