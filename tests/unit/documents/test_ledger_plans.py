"""SQLite answers what is asked of dead letters by the indexes of the ledger, without sorting and without looking at other jobs."""

import sqlite3
from datetime import UTC, datetime

import pytest

from backend.adapters.documents.conditions import checked_where
from backend.adapters.documents.ledger import COLLECTION, dead_where
from backend.adapters.documents.store import Sort
from backend.adapters.sqlite.schema import create_indexes, create_table, table
from backend.adapters.sqlite.sql import condition, stretches
from backend.queues.dead_filter import DeadFilter

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
ASKED = {
    "all": DeadFilter(),
    "of a queue": DeadFilter(queue="aiQc"),
    "of a cause": DeadFilter(cause="c1"),
    "of a cause before a moment": DeadFilter(cause="c1", before=NOW),
    "since a moment": DeadFilter(since=NOW),
    "of a wave": DeadFilter(replay="rp/1"),
    "discarded": DeadFilter(dropped=True),
}


@pytest.fixture(scope="module")
def connection():
    with sqlite3.connect(":memory:") as database:
        for statement in (create_table(COLLECTION.name), *create_indexes(COLLECTION)):
            database.execute(statement)
        yield database
    database.close()


def plan(connection, select, where, tail=""):
    wanted = condition(checked_where(where))
    statement = f"EXPLAIN QUERY PLAN SELECT {select} FROM {table('jobs')} WHERE {wanted.text} {tail}"
    return " ".join(row[3] for row in connection.execute(statement, wanted.parameters))


@pytest.mark.parametrize("name", ASKED)
def test_a_page_of_dead_letters_is_read_off_an_index(connection, name):
    (stretch,) = stretches(None, Sort("finishedAt", "desc"))
    told = plan(connection, "body", dead_where(ASKED[name]), f"ORDER BY {stretch.order_by} LIMIT 50")
    assert told.startswith("SEARCH jobs USING INDEX")
    assert "TEMP B-TREE" not in told or name == "of a wave", "a wave has at most 500"


@pytest.mark.parametrize("name", ["all", "of a cause", "of a cause before a moment", "discarded"])
def test_they_are_counted_on_an_index_that_holds_all_that_is_asked(connection, name):
    """Of a partial index alone SQLite would read each document again to compare what makes the index partial."""
    told = plan(connection, "COUNT(*)", dead_where(ASKED[name]))
    assert told.startswith("SEARCH jobs USING INDEX jobs_by_shelf")
    assert told.count("<expr>") >= len(dead_where(ASKED[name]))


def test_failed_jobs_come_newest_first_without_being_sorted(connection):
    (stretch,) = stretches(None, Sort("createdAt", "desc"))
    told = plan(connection, "body", {"state": "failed"}, f"ORDER BY {stretch.order_by} LIMIT 50")
    assert "TEMP B-TREE" not in told
