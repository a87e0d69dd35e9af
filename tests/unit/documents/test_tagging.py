"""Documents survive the way through plain JSON, and plain values sort as the values do."""

import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.adapters.documents.ordering import order_key
from backend.adapters.documents.tagging import TAG, original, plain
from tests.support.document_values import scalars, values


@given(values)
def test_a_value_survives_plain_json(value):
    assert original(json.loads(json.dumps(plain(value)))) == value


@given(st.lists(scalars, max_size=12))
def test_sqlite_sorts_plain_values_as_the_values_sort(given_values):
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE t (body TEXT)")
        rows = [(json.dumps({"v": plain(value)}, ensure_ascii=False),) for value in given_values]
        database.executemany("INSERT INTO t VALUES (?)", rows)
        found = database.execute("""SELECT json_extract(body, '$."v"') FROM t ORDER BY 1""").fetchall()
    database.close()

    assert [order_key(original(value)) for (value,) in found] == sorted(order_key(value) for value in given_values)


def test_a_tag_of_unknown_kind_is_an_error():
    with pytest.raises(ValueError, match="unknown kind"):
        original(f"{TAG}z")
