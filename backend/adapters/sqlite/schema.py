"""Tables and indexes: one table per collection, the document as JSON, the declared indexes as expressions over it."""

import re
from collections.abc import Iterator
from hashlib import sha256

from backend.adapters.documents.store import Collection, Index, Scalar
from backend.adapters.documents.values import checked
from backend.adapters.sqlite.sql import expression, literal

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII | re.IGNORECASE)


def table(collection: str) -> str:
    """The quoted name of its table. Raises ValueError for a name that is not one."""
    if not _NAME.fullmatch(collection) or collection.lower().startswith("sqlite"):
        raise ValueError(f"{collection!r} is not the name of a collection: use ASCII letters, digits and `_`")
    return f'"{collection}"'


def create_table(collection: str) -> str:
    # Not WITHOUT ROWID: that layout keeps whole documents in the inner nodes of the tree, and these are not small.
    columns = "id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL"
    return f"CREATE TABLE IF NOT EXISTS {table(collection)} ({columns})"


def create_indexes(collection: Collection) -> Iterator[str]:
    for index in collection.indexes:
        fields = [expression(field) for field in index.fields]
        # A unique index needs no `id` behind its fields, and must not have it: with it, everything would be unique.
        columns = fields if index.unique or "id" in fields else [*fields, "id"]
        yield (
            f"CREATE {'UNIQUE ' if index.unique else ''}INDEX IF NOT EXISTS {_index_name(collection.name, index)}"
            f" ON {table(collection.name)} ({', '.join(columns)}){_partial(index)}"
        )


def _partial(index: Index) -> str:
    terms = [_term(expression(path), checked(value, path)) for path, value in index.where.items()]
    return f" WHERE {' AND '.join(terms)}" if terms else ""


def _term(field: str, value: Scalar) -> str:
    # As `sql.condition` writes it, for SQLite compares the two texts.
    return f"{field} IS NULL" if value is None else f"{field} = {literal(value)}"


def _index_name(collection: str, index: Index) -> str:
    # Of all that makes it what it is, so that a changed declaration is another index instead of an old one left in place.
    made_of = repr((index.fields, index.unique, sorted(index.where.items())))
    readable = "_".join(re.sub(r"\W", "_", field) for field in index.fields)
    return f'"{collection}_by_{readable}_{sha256(made_of.encode()).hexdigest()[:8]}"'
