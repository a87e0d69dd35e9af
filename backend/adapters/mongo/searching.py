"""Searches in MongoDB: a stretch of documents in their order at a time, so that no search takes long however little it finds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from backend.adapters.documents import cursors
from backend.adapters.documents.conditions import checked_where
from backend.adapters.documents.searching import bounds, checked_matching, checked_order
from backend.adapters.documents.store import Found, In, Searched, Sort
from backend.adapters.mongo.queries import Query, behind, key, order_by, query, restored
from backend.matching import Begins, Between, Either, Equals, Every, Matching, Says, Without

if TYPE_CHECKING:
    from pymongo.collection import Collection as MongoCollection

    from backend.adapters.documents.store import Document

STRETCH = 20_000
"""Documents that one call looks at, at most."""
_NOTHING: Query = {"_id": {"$in": []}}


def search(
    documents: MongoCollection[Document],
    searched: Searched,
    wanted: Matching,
    *,
    sort: Sort,
    after: str | None,
    limit: int,
    at_once: int = STRETCH,
) -> Found:
    """One page. The conditions that an index answers choose the stretch; all of them are asked of what lies in it."""
    order = checked_order(searched, sort)
    placed: list[Query] = [] if order.field == searched.by else [{key(order.field): {"$type": "number"}}]
    stretch = [*placed, *_indexed(checked_matching(wanted), searched)] or [{}]
    if after:
        stretch.append(behind(cursors.decode(after, order), order))
    walk: list[Any] = [{"$match": {"$and": stretch}}, {"$sort": dict(order_by(order))}, {"$limit": at_once}]
    asked: list[Any] = [{"$match": asked_for(wanted)}, {"$limit": limit + 1}]
    found = [restored(row) for row in documents.aggregate([*walk, *asked])]
    shown = found[:limit]
    if len(found) > limit:
        return Found(shown, cursors.encode(shown[-1], order), len(found))
    last = _end_of_stretch(documents, {"$and": stretch}, order, at_once)
    if last is not None:
        return Found(shown, cursors.encode(last, order), len(shown))
    return Found(shown, None, len(shown), None if after else len(shown))


def asked_for(wanted: Matching) -> Query:
    """All conditions as a query."""
    asked: Query
    match wanted:
        case Every(parts):
            asked = {"$and": [asked_for(part) for part in parts]} if parts else {}
        case Either(parts):
            asked = {"$or": [asked_for(part) for part in parts]} if parts else _NOTHING
        case Without(part):
            asked = {"$nor": [asked_for(part)]}
        case Says(field, text):
            asked = {key(field): {"$regex": re.escape(text), "$options": "i"}}
        case Begins(field, text):
            asked = {key(field): {"$regex": f"^{re.escape(text)}"}}
        case Equals(field, values):
            asked = query(checked_where({field: In(values)}))
        case Between():
            asked = query(checked_where({wanted.field: bounds(wanted)}))
    return asked


def _indexed(wanted: Matching, searched: Searched) -> list[Query]:
    """Those of the conditions that must hold in any case, and for which there is an index in the order of time."""
    fields = {"id", searched.by, *searched.keys, *searched.facets}
    parts = wanted.parts if isinstance(wanted, Every) else (wanted,)
    return [asked_for(part) for part in parts if isinstance(part, (Equals, Between)) and part.field in fields]


def _end_of_stretch(documents: MongoCollection[Document], stretch: Query, order: Sort, at_once: int) -> Any:
    """The last document of a stretch that may not be the last one, or None."""
    only: Query = {"_id": True} if order.field == "id" else {"_id": True, key(order.field): True}
    found = list(documents.find(stretch, only).sort(order_by(order)).skip(at_once - 1).limit(1))
    return restored(found[0]) if found else None
