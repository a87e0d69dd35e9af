"""Looks at a MongoDB: its version, its clock, whether it takes writes and has copies; changes nothing."""

import time
from datetime import UTC, datetime
from typing import Any

from backend.adapters.documents.facts import StoreFacts
from backend.adapters.mongo.errors import translated
from backend.errors import Misconfigured

PATIENCE_S = 2.0


def look_at(uri: str, database: str) -> StoreFacts:
    """Ask it; raises StoreUnavailable within a few seconds where it does not answer, and Misconfigured where the address is none."""
    from pymongo import MongoClient, errors, timeout  # noqa: PLC0415 - see `errors.translated`

    patience = round(PATIENCE_S * 1000)
    try:
        client: Any = MongoClient(uri, serverSelectionTimeoutMS=patience, connectTimeoutMS=patience, appname="gacp doctor")
    except (errors.ConfigurationError, ValueError):
        raise Misconfigured("MONGODB_URI cannot be read: write it as mongodb://user:password@host:port") from None
    try:
        with translated("doctor"), timeout(PATIENCE_S):
            return read(client.get_database(database))
    finally:
        client.close()


def read(database: Any) -> StoreFacts:
    """Look at a database that answers."""
    hello = database.command("hello")
    began = time.perf_counter()
    database.command("ping")
    round_trip_ms = (time.perf_counter() - began) * 1000
    before = datetime.now(UTC)
    there: datetime = database.command("hello")["localTime"].replace(tzinfo=UTC)
    middle = before + (datetime.now(UTC) - before) / 2
    return StoreFacts(
        "MongoDB",
        str(database.client.server_info()["version"]),
        round_trip_ms=round(round_trip_ms, 2),
        ahead_s=round((there - middle).total_seconds(), 3),
        size=int(database.command("dbStats").get("dataSize", 0)),
        takes_writes=bool(hello.get("isWritablePrimary", hello.get("ismaster", False))),
        replicated="setName" in hello or hello.get("msg") == "isdbgrid",
    )
