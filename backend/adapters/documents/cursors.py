"""Keyset cursors: the place behind one document in an order, as URL-safe text."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from backend.adapters.documents.ordering import Kind, kind
from backend.adapters.documents.paths import lookup
from backend.adapters.documents.store import Scalar, Sort
from backend.adapters.documents.tagging import original, plain
from backend.adapters.documents.values import checked
from backend.errors import FieldError, InvalidInput


class Place(NamedTuple):
    """The value of the sorted field, and the id, of the last document that was seen."""

    value: Scalar
    id: str


def encode(document: Mapping[str, Any], order: Sort) -> str:
    """The cursor behind that document."""
    parts = [order.field, order.direction, plain(lookup(document, order.field)), document["id"]]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, order: Sort) -> Place:
    """The place of a cursor. Raises InvalidInput where it was not made for this order: cursors come back from callers."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        field, direction, value, last = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        place = Place(checked(original(value)), str(checked(last)))
    except (ValueError, TypeError, RecursionError, binascii.Error, InvalidInput) as error:
        raise refused() from error
    if (field, direction) != (order.field, order.direction) or kind(place.value) is Kind.CONTAINER:
        raise refused()
    return place


def refused() -> InvalidInput:
    """The error for a cursor that was not made for its list."""
    message = "is not a cursor of this list: start again without it"
    return InvalidInput(f"The cursor {message}", errors=(FieldError("cursor", message),))
