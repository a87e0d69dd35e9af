"""Every provider of the document port, opened empty for one test."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mongomock
import pytest

from backend.adapters.documents.store import DocumentStore
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.mongo.store import MongoStore
from backend.adapters.sqlite.store import SqliteStore

PROVIDERS = ("memory", "sqlite", "mongomock", "mongodb")


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
        yield MongoStore.over(mongomock.MongoClient(tz_aware=True), "gacp")
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
