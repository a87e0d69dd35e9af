"""The declared indexes of a collection as MongoDB wants them (6.0 or later, for `$or` in a partial index)."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from backend.adapters.documents.store import Collection, Index
from backend.adapters.mongo.queries import TYPES, Query, key, of_types


class MongoIndex(NamedTuple):
    """The arguments of `create_index`."""

    keys: list[tuple[str, int]]
    options: dict[str, Any]


def indexes(collection: Collection) -> Iterator[MongoIndex]:
    """A unique index comes with a second, plain one: a partial index that names types serves no query."""
    for index in (*collection.indexes, *_for_searches(collection)):
        yield _for_queries(index)
        if index.unique:
            yield _for_uniqueness(index)


def _for_searches(collection: Collection) -> list[Index]:
    """Those that a search walks along: one per key and facet, in the order of time, and one per further order."""
    searched = collection.searched
    if searched is None:
        return []
    walked = [Index((field, searched.by)) for field in (*searched.keys, *searched.facets)]
    needed = [Index((searched.by,)), *walked, *(Index((field,)) for field in searched.orders)]
    return [index for index in needed if index not in collection.indexes]


def _for_queries(index: Index) -> MongoIndex:
    # `_id` last gives the order its second key, and keeps the pattern apart from that of the unique index.
    names = dict.fromkeys([*map(key, index.fields), "_id"])
    options = {"partialFilterExpression": _equalities(index)} if index.where else {}
    return MongoIndex([(name, 1) for name in names], {"name": _name(index, "by"), **options})


def _for_uniqueness(index: Index) -> MongoIndex:
    # Not `sparse`: that would still count null as a value.
    present = [{"$or": of_types(key(field), list(TYPES))} for field in index.fields]
    options = {"unique": True, "partialFilterExpression": {**_equalities(index), "$and": present}}
    return MongoIndex([(key(field), 1) for field in index.fields], {"name": _name(index, "unique"), **options})


def _equalities(index: Index) -> Query:
    return {key(path): {"$eq": value} for path, value in index.where.items()}


def _name(index: Index, purpose: str) -> str:
    made_of = repr((index.fields, sorted(index.where.items())))
    readable = "_".join(re.sub(r"\W", "_", field) for field in index.fields)
    return f"{purpose}_{readable}_{sha256(made_of.encode()).hexdigest()[:8]}"
