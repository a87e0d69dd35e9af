"""What real servers say of themselves, and that looking at them changes nothing and never waits for long."""

import os
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from backend.adapters.documents.store import Collection, StoreUnavailable
from backend.adapters.mongo import facts as mongo
from backend.adapters.redis import facts as redis
from backend.adapters.sqlite import facts as sqlite
from backend.adapters.sqlite.store import SqliteStore
from backend.errors import Misconfigured
from backend.queues.errors import BrokerUnavailable
from tests.support.redis_server import RedisServer


def test_a_valkey_tells_what_it_is(redis_url):
    facts = redis.look_at(redis_url, deadline_ms=2_000)

    assert (facts.product, facts.role, facts.eviction, facts.appends, facts.trouble) == ("Valkey", "master", "noeviction", True, "")
    assert facts.version[0].isdigit()
    assert facts.memory > 0
    assert facts.memory_limit == 0
    assert abs(facts.ahead_s) < 5  # one machine, however loaded
    assert facts.round_trip_ms > 0


def test_a_valkey_that_hangs_or_is_gone_is_not_waited_for(tmp_path):
    server = RedisServer(tmp_path)
    try:
        server.hang()
        began = time.monotonic()
        with pytest.raises(BrokerUnavailable):
            redis.look_at(server.url, deadline_ms=500)
        assert time.monotonic() - began < 30
        server.go_on()
    finally:
        server.kill()
    with pytest.raises(BrokerUnavailable):
        redis.look_at(server.url, deadline_ms=500)


def test_a_wrong_password_is_told(redis_url):
    with pytest.raises(BrokerUnavailable, match=r"WRONGPASS|invalid"):
        redis.look_at(redis_url.replace("redis://:", "redis://:wrong"), deadline_ms=2_000)


def test_an_sqlite_file_is_looked_at_and_never_made(tmp_path):
    path = tmp_path / "documents.db"
    assert not sqlite.look_at(path).there
    assert not path.exists()
    store = SqliteStore(path)
    store.ensure(Collection("things"))

    facts = sqlite.look_at(path)

    assert (facts.product, facts.there, facts.takes_writes, facts.notes) == ("SQLite", True, True, ())
    assert facts.size > 0
    assert facts.turn_ms is not None
    store.close()


def test_a_locked_or_damaged_sqlite_file_is_told(tmp_path):
    path = tmp_path / "documents.db"
    store = SqliteStore(path)
    store.ensure(Collection("things"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            sqlite.look_at(path)
    store.close()
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreUnavailable, match="not a database"):
        sqlite.look_at(damaged)


def test_a_file_without_a_write_ahead_log_is_noted(tmp_path):
    path = tmp_path / "documents.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (x)")
        other.commit()

    assert "delete and not wal" in sqlite.look_at(path).notes[0]


def test_a_mongodb_that_is_away_is_not_waited_for():
    with pytest.raises(StoreUnavailable):
        mongo.look_at("mongodb://127.0.0.1:1", "gacp")
    with pytest.raises(Misconfigured, match="MONGODB_URI"):
        mongo.look_at("mongodb://user:p@ss@/nothing:x", "gacp")


class ToldDatabase:
    """The answers of a MongoDB, as its server gives them to commands."""

    def __init__(self, hello):
        self.hello = hello
        self.client = SimpleNamespace(server_info=lambda: {"version": "8.0.4"})

    def command(self, name):
        now = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=60)
        return {"hello": self.hello | {"localTime": now}, "ping": {"ok": 1}, "dbStats": {"dataSize": 1_234.0}}[name]


@pytest.mark.parametrize(
    ("hello", "takes_writes", "replicated"),
    [
        ({"isWritablePrimary": True, "setName": "rs0"}, True, True),
        ({"isWritablePrimary": False, "setName": "rs0"}, False, True),
        ({"isWritablePrimary": True}, True, False),
        ({"isWritablePrimary": True, "msg": "isdbgrid"}, True, True),
    ],
)
def test_a_mongodb_tells_its_version_its_clock_and_whether_it_takes_writes(hello, takes_writes, replicated):
    facts = mongo.read(ToldDatabase(hello))

    assert (facts.product, facts.version, facts.size) == ("MongoDB", "8.0.4", 1_234)
    assert (facts.takes_writes, facts.replicated) == (takes_writes, replicated)
    assert abs(facts.ahead_s - 60) < 30


def test_a_real_mongodb_is_looked_at():
    uri = os.environ.get("MONGODB_URI")
    if not uri:
        pytest.skip("MONGODB_URI is not set")
    assert mongo.look_at(uri, "gacp_doctor").takes_writes
