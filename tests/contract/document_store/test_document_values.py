"""What goes into a document comes out of every store as it was, or is refused with the field's name."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from backend.errors import InvalidInput

NOON = datetime(2026, 11, 2, 5, 0, 0, 678000, UTC)

KEPT = {
    "Thai text": "สมุนไพรไทย",
    "empty text": "",
    "quotes": "'\"); DROP TABLE things; --",
    "emoji": "🌿",
    "highest code point": "\U0010ffff and more",
    "text like a tagged flag": "\U0010ffffb1",
    "text like a time": "2026-11-02T05:00:00.678Z",
    "text like JSON": '{"a": [1]}',
    "int": 42,
    "largest int": 2**63 - 1,
    "least int": -(2**63),
    "float": 18.796143,
    "whole float": 3.0,
    "true": True,
    "false": False,
    "nothing": None,
    "time": NOON,
    "time before 1970": datetime(1957, 3, 1, tzinfo=UTC),
    "list": [1, "two", None, True, NOON, [2.5]],
    "empty list": [],
    "dict": {"at": NOON, "deeper": {"ok": False, "n": 1}},
    "empty dict": {},
    "list of dicts": [{"ngan": 3, "at": NOON}, {}],
}

REFUSED = {
    "NUL in text": ({"name": "a\x00b"}, "name"),
    "half a surrogate pair": ({"name": "\ud83c"}, "name"),
    "NaN": ({"area": float("nan")}, "area"),
    "infinity": ({"area": float("-inf")}, "area"),
    "too large an int": ({"n": 2**63}, "n"),
    "too small an int": ({"n": -(2**63) - 1}, "n"),
    "inside a dict": ({"farm": {"name": "\x00"}}, "farm.name"),
    "inside a list": ({"plots": [{"rai": 1}, {"rai": float("inf")}]}, "plots[1].rai"),
    "a key with a dot": ({"farm": {"a.b": 1}}, "farm.a.b"),
    "a key like an operator": ({"farm": {"$where": 1}}, "farm.$where"),
    "an empty key": ({"farm": {"": 1}}, "farm."),
    "a key with NUL": ({"farm": {"a\x00": 1}}, "farm.a\x00"),
}

FAULTS = {
    "no id": ({"name": "x"}, ValueError),
    "an empty id": ({"id": ""}, ValueError),
    "an id that is no text": ({"id": 7}, ValueError),
    "the id of the database": ({"id": "a", "_id": "b"}, ValueError),
    "a time without zone": ({"id": "a", "at": datetime(2026, 11, 2)}, ValueError),
    "a set": ({"id": "a", "tags": {"x"}}, TypeError),
    "bytes": ({"id": "a", "content": b"x"}, TypeError),
    "a key that is no text": ({"id": "a", "by": {1: "x"}}, TypeError),
}


def nested(levels):
    return {} if levels == 0 else {"in": nested(levels - 1)}


@pytest.mark.parametrize("value", KEPT.values(), ids=KEPT)
def test_a_value_comes_back_as_what_it_was(store, value):
    store.insert("things", {"id": "a", "value": value})

    kept = store.get("things", "a")

    assert kept == {"id": "a", "version": 1, "value": value}
    assert isinstance(kept["value"], type(value))


@pytest.mark.parametrize("value", KEPT.values(), ids=KEPT)
def test_a_value_that_is_set_later_comes_back_as_what_it_was(store, value):
    store.insert("things", {"id": "a", "part": {"other": 1}})

    changed = store.set_fields("things", "a", {"part.value": value})

    assert changed == store.get("things", "a") == {"id": "a", "version": 2, "part": {"other": 1, "value": value}}


def test_flags_stay_flags_and_numbers_numbers(store):
    store.insert("things", {"id": "a", "flags": [True, 1, 1.0]})

    assert [type(value) for value in store.get("things", "a")["flags"]] == [bool, int, float]


def test_times_are_kept_in_utc_to_the_millisecond(store):
    bangkok = timezone(timedelta(hours=7))
    store.insert("things", {"id": "a", "at": datetime(2026, 11, 2, 12, 0, 0, 678999, bangkok)})

    kept = store.get("things", "a")["at"]

    assert kept == NOON
    assert kept.utcoffset() == timedelta(0)


def test_a_tuple_becomes_a_list(store):
    store.insert("things", {"id": "a", "pair": (1, (2,))})

    assert store.get("things", "a")["pair"] == [1, [2]]


@pytest.mark.parametrize(("fields", "path"), REFUSED.values(), ids=REFUSED)
def test_what_no_store_can_keep_is_refused_by_the_name_of_its_field(store, fields, path):
    with pytest.raises(InvalidInput) as refusal:
        store.insert("things", {"id": "a", **fields})

    assert [error.field for error in refusal.value.errors] == [path]
    assert store.get("things", "a") is None


@pytest.mark.parametrize(("document", "error"), FAULTS.values(), ids=FAULTS)
def test_what_only_our_own_code_can_get_wrong_is_a_fault(store, document, error):
    with pytest.raises(error):
        store.insert("things", document)


def test_sixty_levels_are_kept_and_a_hundred_refused(store):
    store.insert("things", {"id": "a", "value": nested(60)})

    assert store.get("things", "a")["value"] == nested(60)
    with pytest.raises(InvalidInput, match="levels deep"):
        store.insert("things", {"id": "b", "value": nested(100)})


def test_what_was_handed_in_and_out_is_a_copy(store):
    document = {"id": "a", "part": {"list": [1]}}
    store.insert("things", document)
    document["part"]["list"].append(2)
    store.get("things", "a")["part"]["list"].append(3)
    store.find("things")[0]["part"]["list"].append(4)

    assert store.get("things", "a")["part"] == {"list": [1]}
    assert "version" not in document


@pytest.mark.parametrize("id", ["a/b", "ก", "$a", "a.b", "\U0010ffffx", "x" * 300, "'"])
def test_an_id_may_be_any_text(store, id):
    store.insert("things", {"id": id})

    assert store.get("things", id) == {"id": id, "version": 1}
    assert [found["id"] for found in store.find("things", {"id": id})] == [id]
    assert store.delete("things", id)
