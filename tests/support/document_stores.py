"""Every provider of the document port, opened empty for one test."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from backend.adapters.documents.store import (
    Collection,
    DocumentStore,
    FieldChange,
    Index,
    Replacement,
    Searched,
    Sort,
    StoreUnavailable,
    Tally,
)
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.mongo.store import MongoStore
from backend.adapters.sqlite.store import SqliteStore
from backend.matching import EVERYTHING
from tests.support.mongo_double import mongo_client

PROVIDERS = ("memory", "sqlite", "mongomock", "mongodb")


def _search(store: DocumentStore) -> None:
    with suppress(StoreUnavailable):
        store.ensure(Collection("things", searched=Searched("at")))
    store.search("things", EVERYTHING, sort=Sort("at", "desc"))


EVERY_CALL = {
    "ensure": lambda store: store.ensure(Collection("things", (Index(("a",)),))),
    "insert": lambda store: store.insert("things", {"id": "a"}),
    "insert_many": lambda store: store.insert_many("things", [{"id": "a"}]),
    "get": lambda store: store.get("things", "a"),
    "find": lambda store: store.find("things"),
    "search": _search,
    "count": lambda store: store.count("things"),
    "count_by": lambda store: store.count_by("things", "state"),
    "replace": lambda store: store.replace("things", {"id": "a"}, 1),
    "set_fields": lambda store: store.set_fields("things", "a", {"b": 1}),
    "replace_many": lambda store: store.replace_many("things", [Replacement({"id": "a"}, 1)]),
    "set_fields_many": lambda store: store.set_fields_many("things", [FieldChange("a", {"b": 1}, {})]),
    "increment": lambda store: store.increment("things", "a", {"b": 1}),
    "tally": lambda store: store.tally("things", [Tally("a", {"b": 1})]),
    "claim": lambda store: store.claim("things", {}, {"b": 1}),
    "delete": lambda store: store.delete("things", "a"),
    "delete_many": lambda store: store.delete_many("things", {}),
    "ping": lambda store: store.ping(),
}
"""One harmless call of each method of the port, by its name."""


@contextmanager
def opened(provider: str, folder: Path) -> Iterator[DocumentStore]:
    """A store without documents; skips where the provider needs a server that nobody named."""
    if provider == "memory":
        yield MemoryStore()
    elif provider == "sqlite":
        store = SqliteStore(folder / "documents.db")
        yield store
        store.close()
    elif provider == "mongomock":
        yield MongoStore.over(mongo_client(), "gacp")
    else:
        with mongodb() as (uri, database):
            store = MongoStore(uri, database)
            yield store
            store.close()


@pytest.fixture
def atomic(request):
    """Ask for it where threads write at once: mongomock finds and updates in two steps."""
    if request.node.callspec.params.get("store") == "mongomock":
        pytest.skip("mongomock's updates are not atomic; MongoDB's are")


@contextmanager
def mongodb() -> Iterator[tuple[str, str]]:
    """The address of a real server and the name of a database on it that is dropped at the end."""
    uri = os.environ.get("TEST_MONGODB_URI", "")
    if not uri:
        pytest.skip("TEST_MONGODB_URI names no server")
    from pymongo import MongoClient  # noqa: PLC0415

    database = f"gacp_test_{uuid.uuid4().hex[:12]}"
    try:
        yield uri, database
    finally:
        with MongoClient(uri) as client:
            client.drop_database(database)
