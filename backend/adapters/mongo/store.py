"""The document store in production: MongoDB through pymongo."""

import os
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from backend.adapters.documents import cursors
from backend.adapters.documents.conditions import checked_sort, checked_where
from backend.adapters.documents.ordering import label
from backend.adapters.documents.paths import checked_fields, checked_path
from backend.adapters.documents.store import (
    Collection,
    Document,
    DuplicateKey,
    FieldChange,
    Found,
    Replacement,
    Searched,
    Sort,
    Tally,
    VersionConflict,
    Where,
)
from backend.adapters.documents.tallies import checked_tallies
from backend.adapters.documents.values import WRITE, checked_document, checked_ids
from backend.adapters.mongo.counting import Counts
from backend.adapters.mongo.errors import all_matched, places_taken, translated
from backend.adapters.mongo.indexes import indexes
from backend.adapters.mongo.queries import Query, behind, kept, key, order_by, query, restored
from backend.adapters.mongo.searching import search
from backend.errors import Misconfigured
from backend.matching import Matching

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.collection import Collection as MongoCollection

    Client = MongoClient[Document]

PING_SECONDS = 0.8
"""Less than the second that `ping` has."""
TALLY_TRIES = 3
"""Of two who make one document at once, one finds its id taken, and adds to it in the next try."""
AFTER = True
"""pymongo's ReturnDocument.AFTER."""


class MongoStore:
    """The document port over one MongoDB database; it connects on first use, and again in a forked process."""

    def __init__(self, uri: str, database: str, timeout: float = 2.0) -> None:
        """`timeout` is how many seconds a call waits for a server that takes writes."""
        self._connect: Callable[[], Client] = lambda: _client(uri, timeout)
        self._name = database
        self._connected: tuple[int, Client] | None = None
        self._counted: set[tuple[str, str]] = set()
        self._searched: dict[str, Searched] = {}
        self._counts = Counts(self._count_all)

    @classmethod
    def over(cls, client: Any, database: str) -> Self:
        """On a client that is there already; it has to give times with their zone (`tz_aware=True`)."""
        store = cls("", database)
        store._connect = lambda: client
        return store

    def ensure(self, *collections: Collection) -> None:
        for collection in collections:
            self._counted.update((collection.name, field) for field in collection.counted)
            if collection.searched is not None:
                self._searched[collection.name] = collection.searched
            with translated(collection.name):
                for index in indexes(collection):
                    self._in(collection.name).create_index(index.keys, **index.options)

    def insert(self, collection: str, document: Document) -> None:
        row = {"version": 1, **checked_document(document)}
        with translated(collection):
            self._in(collection).insert_one(kept(row))

    def insert_many(self, collection: str, documents: Sequence[Document]) -> list[str]:
        fresh = [kept({"version": 1, **checked_document(document)}) for document in documents]
        with translated(collection):
            refused = places_taken(lambda: self._in(collection).insert_many(fresh, ordered=False)) if fresh else set()
        return [document["id"] for place, document in enumerate(documents) if place not in refused]

    def get(self, collection: str, id: str) -> Document | None:
        with translated(collection):
            return _restored(self._in(collection).find_one({"_id": id}))

    def find(
        self,
        collection: str,
        where: Where | None = None,
        *,
        sort: Sort | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[Document]:
        order, wanted = checked_sort(sort), query(checked_where(where))
        if after:
            wanted = {"$and": [wanted, behind(cursors.decode(after, order), order)]}
        if limit < 1:
            return []  # to MongoDB, zero means all
        with translated(collection):
            return [restored(row) for row in self._in(collection).find(wanted).sort(order_by(order)).limit(limit)]

    def search(
        self, collection: str, wanted: Matching, *, sort: Sort, after: str | None = None, limit: int = 50, patience_s: float = 0.1
    ) -> Found:
        del patience_s  # what one call looks at is limited by its number
        searched = self._searched.get(collection)
        if searched is None:
            raise ValueError(f"{collection} is not searched: declare what is searched of it, and ensure it")
        with translated(collection):
            return search(self._in(collection), searched, wanted, sort=sort, after=after, limit=max(limit, 1))

    def catch_up(self, patience_s: float) -> int:
        del patience_s
        return 0  # MongoDB's indexes are never behind

    def cursor(self, document: Document, sort: Sort | None = None) -> str:
        return cursors.encode(document, checked_sort(sort))

    def count(self, collection: str, where: Where | None = None) -> int:
        with translated(collection):
            return self._in(collection).count_documents(query(checked_where(where)))

    def count_by(self, collection: str, by: str, where: Where | None = None) -> dict[str, int]:
        if not where and (collection, by) in self._counted:
            return self._counts.numbers(collection, by)
        return self._grouped(collection, by, {"$match": query(checked_where(where))})

    def replace(self, collection: str, document: Document, expected_version: int) -> Document:
        row = {**checked_document(document), "version": expected_version + 1}
        at_version = {"_id": row["id"], "version": expected_version}
        with translated(collection):
            replaced = self._in(collection).replace_one(at_version, kept(row)).matched_count
        if not replaced:
            raise VersionConflict(f"{collection}: the document is not at version {expected_version} any more")
        return row

    def replace_many(self, collection: str, replacements: Sequence[Replacement]) -> list[str]:
        from pymongo import ReplaceOne  # noqa: PLC0415 - see `errors.translated`

        ids, write = checked_ids(document["id"] for document, _ in replacements), secrets.token_hex(8)
        operations = []
        for document, version in replacements:
            row = {**checked_document(document), "version": version + 1, WRITE: write}
            operations.append(ReplaceOne({"_id": row["id"], "version": version}, kept(row)))
        return self._written(collection, ids, operations, write)

    def set_fields(self, collection: str, id: str, fields: Mapping[str, Any], where: Where | None = None) -> Document | None:
        wanted = {"$and": [{"_id": id}, query(checked_where(where))]}
        return self._change(collection, wanted, _setting(fields))

    def set_fields_many(self, collection: str, changes: Sequence[FieldChange]) -> list[str]:
        from pymongo import UpdateOne  # noqa: PLC0415 - see `errors.translated`

        ids, write = checked_ids(change.id for change in changes), secrets.token_hex(8)
        operations = []
        for change in changes:
            setting = _setting(change.fields)
            marked = {**setting, "$set": {**setting.get("$set", {}), WRITE: write}}
            operations.append(UpdateOne({"$and": [{"_id": change.id}, query(checked_where(change.where))]}, marked))
        return self._written(collection, ids, operations, write)

    def increment(self, collection: str, id: str, amounts: Mapping[str, int], *, create: bool = False) -> Document:
        steps = checked_fields(amounts)
        checked_document({"id": id})
        row = self._change(collection, {"_id": id}, {"$inc": {**steps, "version": 1}}, upsert=create)
        if row is None:
            raise VersionConflict(f"{collection}: there is no such document to count in")
        return row

    def tally(self, collection: str, tallies: Sequence[Tally]) -> None:
        from pymongo import UpdateOne  # noqa: PLC0415 - see `errors.translated`

        operations = [
            UpdateOne({"_id": fresh["id"]}, {"$inc": {**add, "version": 1}, **({"$max": least} if least else {})}, upsert=True)
            for fresh, add, least in checked_tallies(tallies)
        ]
        for _ in range(TALLY_TRIES):
            if not operations:
                return
            with translated(collection):
                taken = places_taken(partial(self._in(collection).bulk_write, operations, ordered=False))
            operations = [each for place, each in enumerate(operations) if place in taken]
        if operations:
            raise DuplicateKey(f"{collection}: the same values of a unique index are there")

    def claim(self, collection: str, where: Where, fields: Mapping[str, Any], *, sort: Sort | None = None) -> Document | None:
        order = order_by(checked_sort(sort))
        return self._change(collection, query(checked_where(where)), _setting(fields), sort=order)

    def delete(self, collection: str, id: str) -> bool:
        return self.delete_many(collection, {"id": id}, limit=1) == 1

    def delete_many(self, collection: str, where: Where, limit: int = 1000) -> int:
        doomed = [row["id"] for row in self.find(collection, where, limit=limit)]
        wanted = {"$and": [{"_id": {"$in": doomed}}, query(checked_where(where))]}
        with translated(collection):
            return self._in(collection).delete_many(wanted).deleted_count

    def ping(self) -> None:
        import pymongo  # noqa: PLC0415 - see `errors.translated`

        with translated("ping"), pymongo.timeout(PING_SECONDS):
            self._client().get_database(self._name).command("ping")

    def close(self) -> None:
        connected, self._connected = self._connected, None
        if connected and connected[0] == os.getpid():
            connected[1].close()

    def _count_all(self, collection: str, by: str) -> dict[str, int]:
        # Sorting makes MongoDB go through the index of the field instead of the documents.
        return self._grouped(collection, by, {"$sort": {key(by): 1}})

    def _grouped(self, collection: str, by: str, first: Query) -> dict[str, int]:
        group = {"$group": {"_id": f"${key(checked_path(by))}", "count": {"$sum": 1}}}
        counts: Counter[str] = Counter()
        with translated(collection):
            for found in self._in(collection).aggregate([first, group]):
                counts[label(found["_id"])] += found["count"]
        return dict(counts)

    def _written(self, collection: str, ids: list[str], operations: Sequence[Any], write: str) -> list[str]:
        """Do all of them at once; those of the ids whose document was changed by it."""
        if not operations:
            return []
        with translated(collection):
            if all_matched(lambda: self._in(collection).bulk_write(operations, ordered=False), len(operations)):
                return ids
            # MongoDB says how many, and not which. A document that another writer has replaced since then counts as not written.
            left = self._in(collection).find({"_id": {"$in": ids}, WRITE: write}, {"_id": True})
            written = {row["_id"] for row in left}
        return [each for each in ids if each in written]

    def _change(self, collection: str, wanted: Query, change: Query, **options: Any) -> Document | None:
        with translated(collection):
            return _restored(self._in(collection).find_one_and_update(wanted, change, return_document=AFTER, **options))

    def _in(self, collection: str) -> "MongoCollection[Document]":
        return self._client().get_database(self._name)[collection]

    def _client(self) -> "Client":
        # A client does not survive a fork: its threads stay behind. No lock either, for the same reason.
        connected = self._connected
        if connected is None or connected[0] != os.getpid():
            connected = self._connected = (os.getpid(), self._connect())
        return connected[1]


def _client(uri: str, timeout: float) -> "Client":
    from pymongo import MongoClient, errors  # noqa: PLC0415 - see `errors.translated`

    patience = round(timeout * 1000)
    try:
        return MongoClient(
            uri,
            appname="gacp",
            tz_aware=True,
            tzinfo=UTC,
            w="majority",  # with `journal`: what was acknowledged survives a power cut and a change of primary
            journal=True,
            wTimeoutMS=10_000,
            serverSelectionTimeoutMS=patience,
            connectTimeoutMS=patience,
            waitQueueTimeoutMS=patience,
            socketTimeoutMS=20_000,
        )
    except (errors.ConfigurationError, ValueError) as error:
        # Without the driver's words, which may repeat the password.
        raise Misconfigured(
            "MONGODB_URI cannot be read: write it as mongodb://user:password@host:port, special characters as %40"
        ) from error


def _setting(fields: Mapping[str, Any]) -> Query:
    changes = checked_fields(fields)
    return {"$inc": {"version": 1}} | ({"$set": changes} if changes else {})


def _restored(row: Document | None) -> Document | None:
    return None if row is None else restored(row)
