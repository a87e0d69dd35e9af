"""The SQLite store and the memory store find alike, whatever was written before and however far the index is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.adapters.documents.store import Collection, Searched, Sort
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.sqlite.store import SqliteStore
from backend.matching import Begins, Between, Either, Equals, Every, Says, Without

BEGAN = datetime(2026, 11, 2, 5, tzinfo=UTC)
SORTS = [Sort("at", "desc"), Sort("at"), Sort("size", "desc")]
SEARCHED = Searched("at", facets=("state",), keys=("owner",), texts=("said",), ranges=("size", "at"), orders=("size",))
THINGS = Collection("things", searched=SEARCHED)

states = st.sampled_from([None, "", "open", "done", True, 1])
owners = st.sampled_from([None, "", "a", "ab", "abc", "ก"])
sizes = st.sampled_from([None, 0, 1, 1.5, 2, 120, 121, -3, 10**12, "2"])
sayings = st.sampled_from([None, "", "timed out", "OUT of time", "หมดเวลา", "เวลาหมด", "aaab", "\x01 \U0010ffff"])
words = st.sampled_from(["out", "T", "time", "me", "เวลา", "ลา", "aab", "\x01", "\U0010ffff", "d o", ""])
times = st.integers(0, 40).map(lambda minutes: BEGAN + timedelta(minutes=minutes * 7))
fields = st.fixed_dictionaries({}, optional={"state": states, "owner": owners, "size": sizes, "said": sayings})
places = st.integers(0, 12)

writes = st.one_of(
    st.tuples(st.just("insert"), fields),
    st.tuples(st.just("insert"), fields),
    st.tuples(st.just("set"), places, fields),
    st.tuples(st.just("delete"), places),
    st.tuples(st.just("catch up")),
)

leaves = st.one_of(
    st.builds(Equals, st.just("state"), st.lists(states, max_size=2).map(tuple)),
    st.builds(Equals, st.just("owner"), st.lists(owners, max_size=2).map(tuple)),
    st.builds(Begins, st.just("owner"), st.sampled_from(["", "a", "ab", "ก"])),
    st.builds(Begins, st.just("id"), st.sampled_from(["", "0", "000", "00001"])),
    st.builds(Says, st.just("said"), words),
    st.builds(Between, st.just("size"), *[st.sampled_from([None, 0, 1, 1.5, 119, 120, 10**12, -3])] * 4),
    st.builds(Between, st.just("at"), *[st.none() | times] * 4),
)
searches = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple).map(Every) | st.lists(inner, max_size=3).map(tuple).map(Either) | st.builds(Without, inner)
    ),
    max_leaves=6,
)


def write(store, sequence):
    """Ids rise with time; a place is the number of the document that was inserted then."""
    made = 0
    for kind, *arguments in sequence:
        if kind == "insert":
            store.insert("things", {"id": f"{made:05}", "at": BEGAN + timedelta(minutes=made * 7), **arguments[0]})
            made += 1
        elif kind == "set":
            store.set_fields("things", f"{arguments[0]:05}", arguments[1])
        elif kind == "delete":
            store.delete("things", f"{arguments[0]:05}")
        else:
            store.catch_up(10)


def found(store, wanted, sort):
    after, pages = None, []
    while True:
        page = store.search("things", wanted, sort=sort, after=after, limit=3)
        pages += page.documents
        after = page.next
        if after is None:
            return pages


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(writes, max_size=25), st.lists(searches, min_size=1, max_size=6))
def test_both_stores_find_the_same(sequence, wanted):
    with TemporaryDirectory() as folder:
        embedded, memory = SqliteStore(Path(folder) / "documents.db"), MemoryStore()
        for store in (embedded, memory):
            store.ensure(THINGS)
            write(store, sequence)
        for one in wanted:
            for sort in SORTS:
                assert found(embedded, one, sort) == found(memory, one, sort)
        embedded.close()
