"""What every document store promises of unique and partial indexes."""

import pytest

from backend.adapters.documents.store import Collection, DuplicateKey, Index


def taken(store, document):
    with pytest.raises(DuplicateKey):
        store.insert("things", document)
    assert store.get("things", document["id"]) is None
    return True


def test_a_unique_field_refuses_a_second_document_with_the_same_value(store):
    store.insert("things", {"id": "a", "email": "x"})
    store.insert("things", {"id": "b", "email": "X"})

    assert taken(store, {"id": "c", "email": "x"})


@pytest.mark.parametrize("value", [7, True, 2.5])
def test_a_unique_field_may_be_of_any_type(store, value):
    store.insert("things", {"id": "a", "email": value})

    assert taken(store, {"id": "b", "email": value})


def test_a_unique_index_ignores_missing_and_null(store):
    for n in range(2):
        store.insert("things", {"id": f"missing {n}"})
        store.insert("things", {"id": f"null {n}", "email": None})

    assert store.count("things", {"email": None}) == 4


def test_a_unique_index_of_two_fields_refuses_only_the_same_pair(store):
    store.insert("things", {"id": "a", "day": "mon", "slot": 1})
    store.insert("things", {"id": "b", "day": "mon", "slot": 2})
    store.insert("things", {"id": "c", "day": "tue", "slot": 1})

    assert taken(store, {"id": "d", "day": "mon", "slot": 1})


def test_a_unique_index_of_two_fields_ignores_documents_without_one_of_them(store):
    for n in range(2):
        store.insert("things", {"id": f"a{n}", "day": "mon"})
        store.insert("things", {"id": f"b{n}", "day": "mon", "slot": None})

    assert store.count("things") == 4


def test_a_partial_unique_index_holds_only_where_it_says(store):
    store.insert("things", {"id": "a", "box": "x", "open": False})
    store.insert("things", {"id": "b", "box": "x", "open": True})
    store.insert("things", {"id": "c", "box": "x"})

    assert taken(store, {"id": "d", "box": "x", "open": True})
    with pytest.raises(DuplicateKey):
        store.set_fields("things", "a", {"open": True})
    assert store.get("things", "a")["open"] is False


def test_a_partial_unique_index_holds_only_where_all_that_it_says_is_so(store):
    store.ensure(Collection("things", (Index(("desk",), unique=True, where={"open": True, "kind": "visit"}),)))
    for n, (is_open, kind) in enumerate([(True, "visit"), (True, "call"), (False, "visit"), (True, None)]):
        store.insert("things", {"id": f"a{n}", "desk": 1, "open": is_open, "kind": kind})

    assert taken(store, {"id": "b", "desk": 1, "open": True, "kind": "visit"})


CHANGES = {
    "replace": lambda store: store.replace("things", {"id": "b", "email": "x"}, 1),
    "set_fields": lambda store: store.set_fields("things", "b", {"email": "x"}),
    "claim": lambda store: store.claim("things", {"email": "y"}, {"email": "x"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_change_makes_a_duplicate(store, change):
    store.insert("things", {"id": "a", "email": "x"})
    store.insert("things", {"id": "b", "email": "y"})

    with pytest.raises(DuplicateKey):
        change(store)

    assert store.get("things", "b") == {"id": "b", "version": 1, "email": "y"}


def test_a_value_is_free_again_when_its_document_changes_or_goes(store):
    store.insert("things", {"id": "a", "email": "x"})
    store.set_fields("things", "a", {"email": "y"})
    store.insert("things", {"id": "b", "email": "x"})
    store.delete("things", "b")
    store.insert("things", {"id": "c", "email": "x"})
    store.replace("things", {"id": "a", "email": "y", "same": True}, 2)

    assert taken(store, {"id": "d", "email": "x"})
    assert taken(store, {"id": "e", "email": "y"})


def test_a_new_unique_index_refuses_documents_that_break_it_already(store):
    store.insert("things", {"id": "a", "name": "x"})
    store.insert("things", {"id": "b", "name": "x"})

    with pytest.raises(DuplicateKey):
        store.ensure(Collection("things", (Index(("name",), unique=True),)))


def test_a_partial_index_may_name_null_and_text_with_quotes(store):
    store.ensure(Collection("things", (Index(("a",), where={"b": None}), Index(("a",), where={"c": "it's", "n": 1}))))
    store.insert("things", {"id": "a", "a": 1, "c": "it's", "n": 1})

    assert store.count("things", {"a": 1, "b": None}) == 1
    assert store.count("things", {"a": 1, "c": "it's", "n": 1}) == 1
