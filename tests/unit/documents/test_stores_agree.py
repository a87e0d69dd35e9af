"""The SQLite store and the memory store answer alike, whatever is asked of them in whatever sequence."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.adapters.documents.store import Collection, In, Index, Range, Sort
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.sqlite.store import SqliteStore
from backend.errors import GacpError
from tests.support.document_values import scalars

THINGS = Collection("things", (Index(("a", "b")), Index(("u",), unique=True), Index(("b", "p.q"), unique=True, where={"a": True})))

names = st.sampled_from(["x", "y", "z"])
paths = st.sampled_from(["a", "b", "u", "p.q", "p.r"])
small = st.sampled_from([None, True, False, 1, 2, 2.0, "", "x", "ก"]) | scalars
conditions = small | st.lists(small, max_size=3).map(lambda listed: In(tuple(listed))) | st.builds(Range, small, small, small, small)
wheres = st.dictionaries(st.sampled_from(["a", "b", "u", "p.q", "id", "version"]), conditions, max_size=2)
sorts = st.none() | st.builds(Sort, st.sampled_from(["a", "p.q", "id"]), st.sampled_from(["asc", "desc"]))
fields = st.dictionaries(paths, small, max_size=3)
documents = st.fixed_dictionaries(
    {"id": names},
    optional={"a": small, "b": small, "u": small, "p": st.dictionaries(st.sampled_from(["q", "r"]), small)},
)


def call(method, *positional, **named):
    return st.tuples(st.just(method), st.tuples(*positional), st.fixed_dictionaries(named))


things = st.just("things")
calls = st.one_of(
    call("insert", things, documents),
    call("insert", things, documents),
    call("replace", things, documents, st.integers(1, 3)),
    call("set_fields", things, names, fields, where=wheres),
    call("increment", things, names, st.dictionaries(paths, st.integers(-2, 2), max_size=2), create=st.booleans()),
    call("claim", things, wheres, fields, sort=sorts),
    call("delete", things, names),
    call("find", things, wheres, sort=sorts, limit=st.integers(0, 4)),
    call("count", things, wheres),
)


def answer(store, method, positional, named):
    """What the call returns, or the class of what it raises."""
    try:
        return getattr(store, method)(*positional, **named)
    except (GacpError, ValueError, TypeError) as error:
        return type(error)


def everything(store, sort):
    after, seen = None, []
    while page := store.find("things", sort=sort, after=after, limit=2):
        seen += page
        after = store.cursor(page[-1], sort)
    return seen


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls, max_size=25), sorts)
def test_both_stores_give_the_same_answers(sequence, sort):
    with TemporaryDirectory() as folder:
        embedded, memory = SqliteStore(Path(folder) / "documents.db"), MemoryStore()
        for store in (embedded, memory):
            store.ensure(THINGS)
        for method, positional, named in sequence:
            assert answer(embedded, method, positional, named) == answer(memory, method, positional, named)
        assert everything(embedded, sort) == everything(memory, sort)
        embedded.close()
