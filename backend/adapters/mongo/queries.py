"""Conditions, orders and documents of the document port as MongoDB wants them."""

from collections.abc import Sequence
from typing import Any

from backend.adapters.documents.conditions import Conditions
from backend.adapters.documents.cursors import Place
from backend.adapters.documents.ordering import Kind, kind
from backend.adapters.documents.store import Document, In, Range, Scalar, Sort
from backend.adapters.documents.values import WRITE

Query = dict[str, Any]
TYPES = {Kind.NUMBER: "number", Kind.TEXT: "string", Kind.FLAG: "bool", Kind.TIME: "date"}
"""The aliases of `$type`."""
_OURS = frozenset({"_id", WRITE})


def key(path: str) -> str:
    """The name of a field in the database."""
    return "_id" if path == "id" else path


def kept(document: Document) -> Document:
    return {"_id": document["id"], **{name: value for name, value in document.items() if name != "id"}}


def restored(document: Document) -> Document:
    return {"id": document["_id"], **{name: value for name, value in document.items() if name not in _OURS}}


def query(where: Conditions) -> Query:
    """The documents that match."""
    return {key(path): _wanted(condition) for path, condition in where.items()}


def order_by(order: Sort) -> list[tuple[str, int]]:
    direction = 1 if order.direction == "asc" else -1
    return [(name, direction) for name in dict.fromkeys((key(order.field), "_id"))]


def behind(place: Place, order: Sort) -> Query:
    """What follows a place in the order. A comparison stays within one type, so the other types are named one by one."""
    field, rising = key(order.field), order.direction == "asc"
    step = "$gt" if rising else "$lt"
    beside = {"_id": {step: place.id}}
    if field == "_id":
        return beside
    same_value: Query = {field: {"$eq": place.value}, **beside}
    if place.value is None:
        return {"$or": [same_value, {field: {"$ne": None}}]} if rising else same_value
    here = kind(place.value)
    further = [of for of in TYPES if (of > here if rising else of < here)]
    rest = [{field: {step: place.value}}, *of_types(field, further), *([] if rising else [{field: {"$eq": None}}])]
    return {"$or": [same_value, *rest]}


def of_types(field: str, kinds: Sequence[Kind]) -> list[Query]:
    return [{field: {"$type": TYPES[of]}} for of in kinds]


def _wanted(condition: Scalar | In | Range) -> Query:
    if isinstance(condition, In):
        return {"$in": list(condition.values)}
    if isinstance(condition, Range):
        bounds = {"$gte": condition.gte, "$gt": condition.gt, "$lte": condition.lte, "$lt": condition.lt}
        return {name: bound for name, bound in bounds.items() if bound is not None}
    return {"$eq": condition}
