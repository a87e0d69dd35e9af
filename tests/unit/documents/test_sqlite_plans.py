"""SQLite answers by the declared indexes: what a query plan says, for the very SQL that the store runs."""

import sqlite3

import pytest

from backend.adapters.documents.conditions import checked_where
from backend.adapters.documents.cursors import Place
from backend.adapters.documents.store import Collection, Index, Range, Sort
from backend.adapters.sqlite.schema import create_indexes, create_table, table
from backend.adapters.sqlite.sql import both, condition, stretches

JOBS = Collection(
    "jobs",
    (
        Index(("queue", "state", "dueAt")),
        Index(("subject.id",)),
        Index(("key",), unique=True),
        Index(("lease",), where={"open": True}),
    ),
)

BY_DUE = Sort("dueAt")
NEWEST = Sort("dueAt", "desc")
WAITING = {"queue": "aiQc", "state": "waiting"}

SEEKS = {
    "equality in order": (WAITING, BY_DUE, None),
    "equality in reverse order": (WAITING, NEWEST, None),
    "equality with null": ({"queue": None, "state": "waiting"}, BY_DUE, None),
    "a range of the sorted field": ({**WAITING, "dueAt": Range(lte=5)}, BY_DUE, None),
    "the page behind a value": (WAITING, BY_DUE, Place(5, "a")),
    "the page behind a value, in reverse": (WAITING, NEWEST, Place(5, "a")),
    "the page behind null": (WAITING, BY_DUE, Place(None, "a")),
    "the page behind null, in reverse": (WAITING, NEWEST, Place(None, "a")),
    "a dotted path": ({"subject.id": "x"}, Sort("id"), None),
    "a unique field": ({"key": "x"}, Sort("id"), None),
    "a partial index": ({"lease": Range(lt=5), "open": True}, Sort("lease"), None),
    "by id": ({"id": "x"}, Sort("id"), None),
    "the page behind an id": ({}, Sort("id"), Place("a", "a")),
}


@pytest.fixture
def connection():
    with sqlite3.connect(":memory:") as database:
        for statement in (create_table(JOBS.name), *create_indexes(JOBS)):
            database.execute(statement)
        yield database
    database.close()


def plans(connection, where, sort, place):
    for part in stretches(place, sort):
        wanted = both((condition(checked_where(where)), part.where))
        statement = f"EXPLAIN QUERY PLAN SELECT body FROM {table('jobs')} WHERE {wanted.text} ORDER BY {part.order_by} LIMIT 10"
        yield " ".join(row[3] for row in connection.execute(statement, wanted.parameters))


@pytest.mark.parametrize("name", SEEKS)
def test_a_query_seeks_in_an_index_and_sorts_nothing(connection, name):
    for plan in plans(connection, *SEEKS[name]):
        assert plan.startswith("SEARCH")
        assert "USING INDEX" in plan
        assert "TEMP B-TREE" not in plan


def test_a_query_without_an_index_reads_the_table(connection):
    assert [plan for plan in plans(connection, {"other": 1}, Sort("other"), None) if "TEMP B-TREE" in plan]


@pytest.mark.parametrize("name", ["", "a b", 'x"; DROP TABLE jobs; --', "sqlite_master", "SQLITE_x", "1a", "ก", "x" * 64])
def test_a_collection_needs_a_plain_name(name):
    with pytest.raises(ValueError, match="name of a collection"):
        table(name)


def test_a_changed_declaration_is_another_index(connection):
    changed = Collection("jobs", (Index(("key",), unique=True, where={"open": False}), Index(("key",))))
    for statement in create_indexes(changed):
        connection.execute(statement)

    names = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name LIKE 'jobs_by_key_%'").fetchone()

    assert names == (3,)
