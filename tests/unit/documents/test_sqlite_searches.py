"""What only SQLite's search has: an index that is built later, in blocks, beside a database that others write to."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.documents.store import Collection, Index, Replacement, Searched, Sort
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.sqlite.searching import folding, schema
from backend.adapters.sqlite.searching.bits import packed, unpacked
from backend.adapters.sqlite.store import SqliteStore
from backend.matching import EVERYTHING, Between, Equals, Every, Says, Without

BEGAN = datetime(2026, 11, 2, 5, tzinfo=UTC)
NEWEST, OLDEST, GREATEST = Sort("at", "desc"), Sort("at"), Sort("size", "desc")
SEARCHED = Searched("at", facets=("state",), keys=("owner",), texts=("said",), ranges=("at", "size"), orders=("size",))
PLAIN, THINGS = Collection("things"), Collection("things", searched=SEARCHED)
MANY = 9_000  # more than two blocks


def thing(number):
    said = "a torn page" if number in (7, 5_000) else f"no answer within {number} s" if number % 3 else ""
    return {
        "id": f"{number:05}",
        "at": BEGAN + timedelta(seconds=number),
        "state": "failed" if said else "completed",
        "owner": f"u-{number % 500}",
        "said": said,
        "size": number * 7919 % 5_003,
    }


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """The same documents in SQLite, of an earlier version without an index, and in memory."""
    embedded, memory = SqliteStore(tmp_path_factory.mktemp("many") / "documents.db"), MemoryStore()
    embedded.ensure(PLAIN)
    memory.ensure(THINGS)
    for store in (embedded, memory):
        store.insert_many("things", [thing(number) for number in range(MANY)])
    yield embedded, memory
    embedded.close()


@pytest.fixture
def store(tmp_path):
    store = SqliteStore(tmp_path / "documents.db")
    store.ensure(THINGS)
    yield store
    store.close()


def every_page(store, wanted, sort, limit=100, patience_s=0.1):
    seen, after = [], None
    while True:
        found = store.search("things", wanted, sort=sort, after=after, limit=limit, patience_s=patience_s)
        seen += [document["id"] for document in found.documents]
        after = found.next
        if after is None:
            return seen


SEARCHES = {
    "a frequent text": (Says("said", "answer within"), 100),
    "a rare text": (Says("said", "TORN"), 5),
    "a text that none has": (Says("said", "within answer"), 5),
    "a number": (Says("said", "within 1234"), 5),
    "a text and a key": (Every((Says("said", "answer"), Equals("owner", ("u-77",)))), 5),
    "everything but a text": (Every((Equals("state", ("failed",)), Without(Says("said", "answer")))), 5),
    "a stretch of time": (Between("at", gte=BEGAN + timedelta(seconds=4_000), lt=BEGAN + timedelta(seconds=4_200)), 50),
    "a stretch of sizes": (Between("size", gt=4_900), 50),
}


@pytest.fixture(scope="module", params=["before it is built", "while it is built", "once it is built"])
def at_any_time(request, many):
    embedded, memory = many
    embedded.ensure(THINGS)
    if request.param == "while it is built":
        assert embedded.catch_up(0) > 0
    if request.param == "once it is built":
        while embedded.catch_up(10):
            pass
    return embedded, memory


@pytest.mark.parametrize("sort", [NEWEST, OLDEST])
@pytest.mark.parametrize("name", SEARCHES)
def test_nothing_is_left_out_of_a_database_of_an_earlier_version(name, sort, at_any_time):
    embedded, memory = at_any_time
    wanted, limit = SEARCHES[name]

    assert every_page(embedded, wanted, sort, limit) == every_page(memory, wanted, sort, 1_000)


def test_the_index_says_how_much_it_knows(many):
    embedded, _ = many
    while embedded.catch_up(10):
        pass

    found = embedded.search("things", EVERYTHING, sort=NEWEST)
    assert (found.known, found.at_least, found.at_most) == (1, MANY, MANY)
    assert every_page(embedded, Says("said", "answer"), GREATEST, 500) == every_page(many[1], Says("said", "answer"), GREATEST, 500)


def test_an_index_that_is_being_built_says_so(tmp_path):
    store = SqliteStore(tmp_path / "documents.db")
    store.ensure(PLAIN)
    store.insert_many("things", [thing(number) for number in range(5_000)])
    store.ensure(THINGS)

    assert store.search("things", EVERYTHING, sort=NEWEST).known == 0
    store.close()


def test_a_search_without_time_goes_on_page_by_page_and_leaves_nothing_out(many):
    embedded, memory = many
    first = embedded.search("things", Says("said", "within answer"), sort=NEWEST, patience_s=0)

    wanted = Every((Equals("state", ("failed",)), Without(Says("said", "answer"))))
    assert first.documents == []
    assert every_page(embedded, wanted, NEWEST, 5, patience_s=0) == every_page(memory, wanted, NEWEST)


def test_a_changed_declaration_is_an_index_that_is_built_anew(store):
    store.insert("things", thing(1) | {"colour": "red"})
    store.catch_up(10)
    store.ensure(Collection("things", searched=Searched("at", facets=("colour",))))

    assert store.search("things", Equals("colour", ("red",)), sort=NEWEST).known == 0
    assert store.catch_up(10) == 0
    assert len(store.search("things", Equals("colour", ("red",)), sort=NEWEST).documents) == 1


def test_ensuring_again_keeps_the_index(store):
    store.insert("things", thing(1))
    store.catch_up(10)
    store.ensure(THINGS)

    assert store.catch_up(10) == 0
    assert store.search("things", EVERYTHING, sort=NEWEST).known == 1


def test_what_is_gone_leaves_no_trace(store, tmp_path):
    store.insert_many("things", [thing(number) for number in range(50)])
    store.catch_up(10)
    store.delete_many("things", {}, limit=100)
    store.catch_up(10)

    with sqlite3.connect(tmp_path / "documents.db") as connection:
        left = [connection.execute(f'SELECT count(*) FROM "things#{name}"').fetchone()[0] for name in ("terms", "changed", "sorted:size")]
    assert left == [0, 0, 0]


def test_of_two_that_fold_the_same_rows_the_slower_one_writes_nothing(store):
    """What it had read may be older than what the other wrote."""
    store.insert("things", thing(1))
    names = schema.names("things", SEARCHED)
    with store._connections.reading() as connection:
        slow = folding.prepare(connection, names, SEARCHED)
    store.set_fields("things", "00001", {"state": "lost"})
    store.catch_up(10)

    with store._connections.writing() as connection:
        folding.write(connection, names, slow)

    assert len(store.search("things", Equals("state", ("lost",)), sort=NEWEST).documents) == 1
    assert store.search("things", Equals("state", ("failed",)), sort=NEWEST).documents == []


def test_a_row_that_changes_while_it_is_folded_stays_noted(store):
    store.insert("things", thing(1))
    names = schema.names("things", SEARCHED)
    with store._connections.reading() as connection:
        prepared = folding.prepare(connection, names, SEARCHED)
    store.set_fields("things", "00001", {"state": "lost"})
    with store._connections.writing() as connection:
        folding.write(connection, names, prepared)

    with store._connections.reading() as connection:
        assert folding.changed(connection, names) == 1
    assert len(store.search("things", Equals("state", ("lost",)), sort=NEWEST).documents) == 1


def test_many_changed_rows_are_folded_by_whoever_searches(store):
    store.insert_many("things", [thing(number) for number in range(3_500)])

    store.search("things", EVERYTHING, sort=NEWEST, patience_s=10)

    with store._connections.reading() as connection:
        assert folding.changed(connection, schema.names("things", SEARCHED)) <= 3_000


def test_a_search_answers_while_others_write_without_pause(tmp_path):
    store = SqliteStore(tmp_path / "documents.db", patience=0.05)
    store.ensure(THINGS)
    store.insert_many("things", [thing(number) for number in range(3_500)])

    with sqlite3.connect(tmp_path / "documents.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        found = store.search("things", Says("said", "torn"), sort=NEWEST, patience_s=10)
        other.execute("ROLLBACK")

    assert [document["id"] for document in found.documents] == ["00007"]
    store.close()


def test_the_index_lies_beside_other_indexes_and_counts(tmp_path):
    store = SqliteStore(tmp_path / "documents.db")
    store.ensure(Collection("things", (Index(("state",)),), counted=("state",), searched=SEARCHED))
    store.insert("things", thing(1))
    store.set_fields("things", "00001", {"state": "completed"})

    assert store.count_by("things", "state") == {"completed": 1}
    assert len(store.search("things", Equals("state", ("completed",)), sort=NEWEST).documents) == 1
    store.close()


@pytest.mark.parametrize("mask", [1, 1 << 4095, (1 << 4096) - 1, 0b1011 << 2000, int("10" * 17, 2), int("10" * 2000, 2)])
def test_a_set_of_rows_comes_back_as_it_was_kept(mask):
    assert unpacked(packed(mask)) == mask
    assert len(packed(mask)) <= 512


def test_what_is_written_among_many_while_it_is_indexed_stays_noted(store):
    store.insert("things", thing(1) | {"state": "waiting"})
    names = schema.names("things", SEARCHED)
    with store._connections.reading() as connection:
        prepared = folding.prepare(connection, names, SEARCHED)
    assert store.replace_many("things", [Replacement(thing(1) | {"state": "failed"}, 1)]) == ["00001"]
    with store._connections.writing() as connection:
        folding.write(connection, names, prepared)
    assert every_page(store, Equals("state", ("failed",)), NEWEST) == ["00001"]
