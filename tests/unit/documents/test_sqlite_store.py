"""What only the SQLite store has: a file, its locks, forks and disks that refuse."""

import os
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from backend.adapters.documents.ledger import DocumentLedger
from backend.adapters.documents.store import Collection, StoreUnavailable
from backend.adapters.sqlite.store import PATIENCE, SqliteStore
from backend.queues.leases import LEASE
from tests.support.queues import NOON

threads_may_be_about = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "var" / "documents.db"


@pytest.fixture
def store(path):
    opened = SqliteStore(path, patience=0.2)
    yield opened
    opened.close()


@pytest.fixture
def intruder(path, store):
    """Another program with the same file open, one document in it."""
    store.insert("things", {"id": "a"})
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


def pragma(store, name):
    with store._connections.reading() as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def in_a_child(work):
    """The exit status of a forked process that runs `work`: 0 where it raised nothing."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_nothing_is_opened_before_the_first_use(path):
    SqliteStore(path)

    assert not path.parent.exists()


def test_the_file_is_for_its_owner_alone(store, path):
    store.insert("things", {"id": "a"})

    assert {file.stat().st_mode & 0o077 for file in path.parent.iterdir()} == {0}


def test_every_commit_waits_for_the_disk_in_a_write_ahead_log(store):
    assert pragma(store, "synchronous") == 2
    assert pragma(store, "journal_mode") == "wal"


def test_documents_outlive_the_store_and_a_closed_store_opens_again(store, path):
    store.insert("things", {"id": "a", "name": "x"})
    store.close()

    assert [file.name for file in path.parent.iterdir()] == ["documents.db"]
    assert SqliteStore(path).get("things", "a")["name"] == "x"
    assert store.get("things", "a")["name"] == "x"


def test_a_read_does_not_wait_for_a_write(store, intruder):
    intruder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()

    assert store.get("things", "a") == {"id": "a", "version": 1}
    store.ping()

    assert time.monotonic() - began < 0.1


def test_a_write_waits_for_its_turn(path, intruder):
    intruder.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, intruder.execute, ["COMMIT"]).start()

    SqliteStore(path, patience=5).insert("things", {"id": "b"})

    assert SqliteStore(path).count("things") == 2


def test_a_write_whose_turn_does_not_come_says_that_the_store_is_unavailable(store, intruder):
    intruder.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match="locked") as refusal:
        store.insert("things", {"id": "b"})

    assert refusal.value.retry_after > 0
    intruder.execute("COMMIT")
    store.insert("things", {"id": "b"})


def test_a_thread_whose_turn_does_not_come_is_told_so_too(store):
    store.insert("things", {"id": "a"})

    with store._connections.writing(), pytest.raises(StoreUnavailable, match="busy"):
        store.insert("things", {"id": "b"})


def test_threads_that_wait_behind_each_other_wait_no_longer_than_one(store, intruder):
    intruder.execute("BEGIN IMMEDIATE")

    def refused(_):
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.insert("things", {"id": "b"})
        return time.monotonic() - began

    with ThreadPoolExecutor(8) as threads:
        assert max(threads.map(refused, range(8))) < 0.4
    intruder.execute("COMMIT")


def test_the_patience_is_well_below_a_lease_and_enough_for_a_slow_moment():
    assert 4 <= PATIENCE <= LEASE.total_seconds() / 3


def test_a_ledger_that_may_be_read_and_takes_no_writes_is_away_for_who_renews_nothing(store, intruder):
    ledger = DocumentLedger(store)
    ledger.ensure()
    assert ledger.renew_many({}, NOON) == []
    intruder.execute("BEGIN IMMEDIATE")
    assert ledger.get_many(["-"]) == {}
    with pytest.raises(StoreUnavailable):
        ledger.renew_many({}, NOON)
    intruder.execute("COMMIT")
    assert ledger.renew_many({}, NOON) == []


def test_a_start_waits_longer_than_a_write(path, intruder):
    intruder.execute("BEGIN IMMEDIATE")
    threading.Timer(0.6, intruder.execute, ["COMMIT"]).start()

    SqliteStore(path, patience=0.1).ensure(Collection("others"))

    assert SqliteStore(path).count("others") == 0


def test_a_failed_write_leaves_nothing_and_the_next_one_works(store):
    def fail_half_way():
        with store._connections.writing() as connection:
            connection.execute("CREATE TABLE half_done (id TEXT)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    store.insert("things", {"id": "a"})
    with store._connections.reading() as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half_done'").fetchone() == (0,)


def test_a_connection_that_comes_back_inside_a_transaction_is_not_lent_again(store, path):
    with store._connections.reading() as connection:
        connection.execute("CREATE TABLE half_done (id TEXT)")
        connection.execute("BEGIN IMMEDIATE")

    SqliteStore(path, patience=0).insert("things", {"id": "a"})
    store.insert("things", {"id": "b"})

    assert store.count("things") == 2


def test_threads_that_come_and_go_leave_no_connections_behind(store):
    for n in range(20):
        thread = threading.Thread(target=store.insert, args=("things", {"id": f"a{n}"}))
        thread.start()
        thread.join()

    assert store.count("things") == 20
    assert len(store._connections._pool.opened) == 1


@threads_may_be_about
def test_a_forked_process_uses_connections_of_its_own(store):
    store.insert("things", {"id": "a"})

    def work():
        store.insert("things", {"id": "from the child"})
        assert store.count("things") == 2
        store.close()

    assert in_a_child(work) == 0
    store.insert("things", {"id": "b"})
    assert store.count("things") == 3


@threads_may_be_about
def test_a_fork_during_a_write_does_not_hold_up_the_child(store, path):
    store.insert("things", {"id": "a"})
    with store._connections.writing():
        status = in_a_child(lambda: store.get("things", "a")["id"])

    assert status == 0


def test_a_file_that_is_no_database_makes_the_store_unavailable(path):
    path.parent.mkdir()
    path.write_bytes(b"this is not a database, but long enough to look like one" * 20)

    with pytest.raises(StoreUnavailable, match="not a database"):
        SqliteStore(path).ping()


def test_a_folder_that_refuses_makes_the_store_unavailable(tmp_path):
    (tmp_path / "var").write_text("in the way")

    with pytest.raises(StoreUnavailable, match="folder"):
        SqliteStore(tmp_path / "var" / "documents.db").ping()


def test_a_full_disk_makes_the_store_unavailable_and_keeps_what_was_there(store):
    store.insert("things", {"id": "a"})
    with store._connections.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1")

    with pytest.raises(StoreUnavailable, match="full"):
        store.insert("things", {"id": "b", "text": "x" * 100_000})

    assert store.get("things", "a") == {"id": "a", "version": 1}
    store.insert("things", {"id": "b"})


def test_a_fault_in_our_own_sql_is_not_taken_for_an_outage(store):
    with pytest.raises(sqlite3.OperationalError, match="no such table"), store._connections.reading() as connection:
        connection.execute("SELECT * FROM nowhere")
