"""What every document store promises of insert, replace, set, increment, claim and delete."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from backend.adapters.documents.store import Collection, DuplicateKey, Range, Sort, VersionConflict
from backend.errors import InvalidInput

SURE_OF_THREADS = ("memory", "sqlite", "mongodb")
"""mongomock finds and updates in two steps."""


def ids(documents):
    return [document["id"] for document in documents]


def test_insert_sets_version_1_where_none_was_given(store):
    store.insert("things", {"id": "a"})
    store.insert("things", {"id": "b", "version": 7})

    assert store.get("things", "a")["version"] == 1
    assert store.get("things", "b")["version"] == 7


def test_insert_refuses_an_id_that_is_taken_and_leaves_the_first(store):
    store.insert("things", {"id": "a", "name": "first"})

    with pytest.raises(DuplicateKey, match="things"):
        store.insert("things", {"id": "a", "name": "second"})

    assert store.get("things", "a")["name"] == "first"


def test_get_of_what_is_not_there_is_none(store):
    assert store.get("things", "nobody") is None


def test_a_collection_that_was_never_ensured_is_empty_until_written_to(store):
    assert store.find("others") == []
    assert store.count("others") == 0
    assert store.claim("others", {}, {"x": 1}) is None

    store.insert("others", {"id": "a"})

    assert ids(store.find("others")) == ["a"]
    assert store.get("things", "a") is None


def test_replace_puts_the_whole_document_and_raises_its_version(store):
    store.insert("things", {"id": "a", "name": "old", "gone": True})

    replaced = store.replace("things", {"id": "a", "version": 99, "name": "new"}, expected_version=1)

    assert replaced == store.get("things", "a") == {"id": "a", "version": 2, "name": "new"}


@pytest.mark.parametrize(("id", "version"), [("a", 0), ("a", 2), ("missing", 1)])
def test_replace_refuses_any_other_version(store, id, version):
    store.insert("things", {"id": "a", "name": "old"})

    with pytest.raises(VersionConflict):
        store.replace("things", {"id": id, "name": "new"}, expected_version=version)

    assert store.get("things", "a") == {"id": "a", "version": 1, "name": "old"}
    assert store.count("things") == 1


def test_set_fields_changes_only_what_it_names(store):
    store.insert("things", {"id": "a", "name": "x", "part": {"kept": 1}})

    changed = store.set_fields("things", "a", {"name": "y", "part.new": 2, "made.on.the.way": 3})

    expected = {"id": "a", "version": 2, "name": "y", "part": {"kept": 1, "new": 2}, "made": {"on": {"the": {"way": 3}}}}
    assert changed == store.get("things", "a") == expected


def test_set_fields_without_fields_still_counts_as_a_change(store):
    store.insert("things", {"id": "a"})

    assert store.set_fields("things", "a", {}) == {"id": "a", "version": 2}


@pytest.mark.parametrize("where", [{"state": "done"}, {"version": 2}, {"missing": 1}, {"id": "b"}])
def test_set_fields_leaves_what_does_not_match(store, where):
    store.insert("things", {"id": "a", "state": "waiting"})
    store.insert("things", {"id": "b", "state": "done", "version": 2, "missing": 1})

    assert store.set_fields("things", "a", {"state": "active"}, where) is None
    assert store.get("things", "a") == {"id": "a", "version": 1, "state": "waiting"}
    assert store.get("things", "b")["state"] == "done"


def test_set_fields_works_where_the_document_matches(store):
    store.insert("things", {"id": "a", "state": "waiting", "lease": None})

    changed = store.set_fields("things", "a", {"state": "active"}, {"state": "waiting", "lease": None, "version": 1})

    assert changed["state"] == "active"


def test_set_fields_of_what_is_not_there_is_none(store):
    assert store.set_fields("things", "nobody", {"x": 1}) is None
    assert store.count("things") == 0


@pytest.mark.parametrize("fields", [{"id": "b"}, {"version": 3}, {"part": {}, "part.a": 1}, {"a..b": 1}, {"": 1}, {"$set": 1}])
def test_fields_that_cannot_be_set_are_a_fault(store, fields):
    store.insert("things", {"id": "a"})

    with pytest.raises(ValueError, match=r"`|path"):
        store.set_fields("things", "a", fields)
    with pytest.raises(ValueError, match=r"`|path"):
        store.claim("things", {"id": "a"}, fields)


@pytest.mark.parametrize("inside", ["text", 1, None, True])
def test_a_step_into_what_is_not_a_dict_is_a_fault(store, provider, inside):
    if provider == "mongomock":
        pytest.skip("mongomock ignores such an update; MongoDB refuses it")
    store.insert("things", {"id": "a", "part": inside})

    with pytest.raises(TypeError):
        store.set_fields("things", "a", {"part.name": "x"})

    assert store.get("things", "a") == {"id": "a", "version": 1, "part": inside}


def test_increment_adds_to_several_fields_at_once(store):
    store.insert("things", {"id": "a", "n": 5, "by": {"email": 1}})

    changed = store.increment("things", "a", {"n": -2, "by.email": 1, "by.report": 3, "new": 1})

    expected = {"id": "a", "version": 2, "n": 3, "by": {"email": 2, "report": 3}, "new": 1}
    assert changed == store.get("things", "a") == expected


def test_increment_makes_a_missing_document_only_when_told_to(store):
    with pytest.raises(VersionConflict):
        store.increment("things", "counter", {"n": 1})
    assert store.count("things") == 0

    assert store.increment("things", "counter", {"n": 1}, create=True) == {"id": "counter", "version": 1, "n": 1}
    assert store.increment("things", "counter", {"n": 1}, create=True) == {"id": "counter", "version": 2, "n": 2}


@pytest.mark.parametrize("value", ["1", None, [1]])
def test_increment_of_what_is_not_a_number_is_a_fault(store, value):
    store.insert("things", {"id": "a", "n": value})

    with pytest.raises(TypeError):
        store.increment("things", "a", {"n": 1})

    assert store.get("things", "a") == {"id": "a", "version": 1, "n": value}


def test_claim_takes_the_first_in_order_that_matches(store):
    for name, rank, state in [("a", 3, "waiting"), ("b", 1, "active"), ("c", 2, "waiting"), ("d", 2, "waiting")]:
        store.insert("things", {"id": name, "rank": rank, "state": state})

    def claim():
        claimed = store.claim("things", {"state": "waiting", "rank": Range(lte=3)}, {"state": "active"}, sort=Sort("rank"))
        return claimed and (claimed["id"], claimed["state"], claimed["version"])

    assert [claim() for _ in range(4)] == [("c", "active", 2), ("d", "active", 2), ("a", "active", 2), None]


def test_claim_goes_by_id_without_an_order(store):
    for name in "cab":
        store.insert("things", {"id": name})

    assert store.claim("things", {}, {"taken": True})["id"] == "a"


def test_claim_can_take_the_last_in_order(store):
    for rank in (1, 3, 2):
        store.insert("things", {"id": f"a{rank}", "rank": rank})

    assert store.claim("things", {}, {"taken": True}, sort=Sort("rank", "desc"))["id"] == "a3"


def test_delete_removes_one_and_says_whether_it_was_there(store):
    store.insert("things", {"id": "a"})
    store.insert("things", {"id": "b"})

    assert store.delete("things", "a")
    assert not store.delete("things", "a")
    assert ids(store.find("things")) == ["b"]


def test_delete_many_removes_what_matches_up_to_its_limit(store):
    for n in range(5):
        store.insert("things", {"id": f"a{n}", "state": "done"})
    store.insert("things", {"id": "b", "state": "waiting"})

    assert store.delete_many("things", {"state": "done"}, limit=0) == 0
    assert store.delete_many("things", {"state": "done"}, limit=3) == 3
    assert store.delete_many("things", {"state": "done"}) == 2
    assert ids(store.find("things")) == ["b"]


def test_threads_that_compare_and_set_lose_no_update(store, provider):
    if provider not in SURE_OF_THREADS:
        pytest.skip("not atomic")
    store.insert("things", {"id": "a", "n": 0})

    def add_one(_):
        while True:
            before = store.get("things", "a")
            try:
                store.replace("things", {**before, "n": before["n"] + 1}, before["version"])
            except VersionConflict:
                continue
            return

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add_one, range(40)))

    assert store.get("things", "a") == {"id": "a", "version": 41, "n": 40}


def test_threads_never_claim_the_same_document(store, provider):
    if provider not in SURE_OF_THREADS:
        pytest.skip("not atomic")
    for n in range(30):
        store.insert("things", {"id": f"a{n:02}", "state": "waiting"})

    def claim(_):
        return store.claim("things", {"state": "waiting"}, {"state": "active"})

    with ThreadPoolExecutor(8) as threads:
        claimed = [document for document in threads.map(claim, range(40)) if document]

    assert sorted(ids(claimed)) == [f"a{n:02}" for n in range(30)]


def test_ensure_is_safe_to_repeat_and_keeps_documents(store):
    store.insert("things", {"id": "a", "email": "x"})

    store.ensure(Collection("things"), Collection("others"))
    store.ensure(Collection("things"))

    assert ids(store.find("things")) == ["a"]


def test_a_store_answers_to_a_ping_and_can_be_closed_twice(store):
    store.insert("things", {"id": "a"})
    store.ping()
    store.close()
    store.close()


def test_many_documents_are_added_except_those_that_are_there_or_break_a_unique_index(store):
    store.insert("things", {"id": "a", "email": "a@example.com", "n": 1})
    fresh = [
        {"id": "a", "n": 2},
        {"id": "b", "n": 3},
        {"id": "c", "email": "a@example.com"},
        {"id": "b", "n": 4},
        {"id": "d", "email": "d@example.com"},
    ]

    assert store.insert_many("things", fresh) == ["b", "d"]
    assert store.insert_many("things", []) == []

    assert store.get("things", "a") == {"id": "a", "version": 1, "email": "a@example.com", "n": 1}
    assert store.get("things", "b") == {"id": "b", "version": 1, "n": 3}
    assert store.count("things") == 3


def test_not_one_of_many_is_added_where_one_cannot_be_kept(store):
    with pytest.raises(InvalidInput):
        store.insert_many("things", [{"id": "a"}, {"id": "b", "n": float("nan")}])
    assert store.count("things") == 0
