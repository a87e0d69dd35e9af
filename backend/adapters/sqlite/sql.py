"""Conditions and orders of the document port as SQL over a JSON column.

Values always travel as bound parameters; only names become part of the text, and only after `checked_path`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from backend.adapters.documents.conditions import Conditions
from backend.adapters.documents.cursors import Place
from backend.adapters.documents.ordering import Kind, kind
from backend.adapters.documents.paths import checked_path
from backend.adapters.documents.store import In, Range, Scalar, Sort
from backend.adapters.documents.tagging import END, FLAG, TIME, plain

_COLUMNS = frozenset({"id", "version"})
_WORDS = {"asc": "ASC", "desc": "DESC"}
# SQLite sorts NULL, then numbers, then text; `tagging` gives flags and times their place in text. A bound of a kind must not
# reach into its neighbour: these are the least texts of each kind and of the one after it.
_BRACKETS = {Kind.NUMBER: (None, ""), Kind.TEXT: ("", FLAG), Kind.FLAG: (FLAG, TIME), Kind.TIME: (TIME, END)}


class Sql(NamedTuple):
    """A piece of SQL with the parameters it binds."""

    text: str
    parameters: tuple[Any, ...] = ()


ALL = Sql("1")


def expression(path: str) -> str:
    """The value of a field; the same text in an index and in a query, so that SQLite finds the one for the other."""
    if checked_path(path) in _COLUMNS:
        return path
    return f"json_extract(body, '{json_path(path)}')"


def json_path(path: str) -> str:
    """The path as SQLite writes it."""
    return "$" + "".join(f'."{name}"' for name in checked_path(path).split("."))


def both(pieces: Iterable[Sql]) -> Sql:
    """All of the pieces hold."""
    given = [piece for piece in pieces if piece is not ALL]
    if not given:
        return ALL
    return Sql(" AND ".join(piece.text for piece in given), tuple(value for piece in given for value in piece.parameters))


def condition(where: Conditions) -> Sql:
    """The documents that match."""
    return both(_one(expression(path), wanted) for path, wanted in where.items())


def order_by(order: Sort) -> str:
    fields = dict.fromkeys((expression(order.field), "id"))
    return ", ".join(f"{field} {_WORDS[order.direction]}" for field in fields)


class Stretch(NamedTuple):
    """A part of an order: its documents, and how they are sorted within it."""

    where: Sql
    order_by: str


def stretches(place: Place | None, order: Sort) -> Iterator[Stretch]:
    """What follows a place in the order, or all of it, in parts that follow one another.

    Where values end and NULLs begin (or the reverse) the part changes: NULL compares with nothing, so that one condition over
    both, or one order over NULLs by value, would cost the index.
    """
    field, everything = expression(order.field), order_by(order)
    nulls = f"id {_WORDS[order.direction]}"
    rising = order.direction == "asc"
    sign = ">" if rising else "<"
    if place is None:
        yield Stretch(ALL, everything)
    elif order.field == "id":
        yield Stretch(Sql(f"id {sign} ?", (plain(place.id),)), everything)
    elif place.value is None:
        yield Stretch(Sql(f"{field} IS NULL AND id {sign} ?", (plain(place.id),)), nulls)
        if rising:
            yield Stretch(Sql(f"{field} IS NOT NULL"), everything)
    else:
        value = plain(place.value)
        further = f"{field} {sign}= ? AND ({field} {sign} ? OR id {sign} ?)"
        yield Stretch(Sql(further, (value, value, plain(place.id))), everything)
        if not rising:
            yield Stretch(Sql(f"{field} IS NULL"), nulls)


def literal(value: Scalar) -> str:
    """A value as SQL text: a partial index takes no parameters."""
    stored = plain(value)
    return "'" + stored.replace("'", "''") + "'" if isinstance(stored, str) else repr(stored)


def _one(field: str, wanted: Scalar | In | Range) -> Sql:
    if isinstance(wanted, Range):
        return both(_bounds(field, wanted))
    if isinstance(wanted, In):
        return _any_of(field, wanted.values)
    return Sql(f"{field} IS NULL") if wanted is None else Sql(f"{field} = ?", (plain(wanted),))


def _any_of(field: str, values: Sequence[Scalar]) -> Sql:
    wanted = [plain(value) for value in values if value is not None]
    listed = Sql(f"{field} IN ({', '.join('?' * len(wanted))})", tuple(wanted))
    if len(wanted) == len(values):
        return listed
    return Sql(f"({field} IS NULL OR {listed.text})", listed.parameters)


def _bounds(field: str, bounds: Range) -> Iterator[Sql]:
    given = {">=": bounds.gte, ">": bounds.gt, "<=": bounds.lte, "<": bounds.lt}
    for sign, value in given.items():
        if value is None:
            continue
        yield Sql(f"{field} {sign} ?", (plain(value),))
        least, beyond = _BRACKETS[kind(value)]
        if sign.startswith(">"):
            yield Sql(f"{field} < ?", (beyond,))
        elif least is not None:
            yield Sql(f"{field} >= ?", (least,))
