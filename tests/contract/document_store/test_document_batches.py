"""What every document store promises of writes of many documents at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from backend.adapters.documents.store import FieldChange, Replacement
from backend.errors import InvalidInput

SURE_OF_THREADS = ("memory", "sqlite", "mongodb")
WAITING = {"state": "waiting"}


@pytest.fixture
def things(store):
    """Four that wait, at version 1; the last has an address of its own."""
    for name in "abc":
        store.insert("things", {"id": name, "state": "waiting"})
    store.insert("things", {"id": "d", "state": "waiting", "email": "d@example.com"})
    return store


def replacements(*names, version=1, **fields):
    return [Replacement({"id": name, "version": 99, **fields}, version) for name in names]


def test_many_documents_are_replaced_whole_and_each_is_one_version_higher(things):
    assert things.replace_many("things", replacements("c", "a", state="active")) == ["c", "a"]

    assert things.get("things", "a") == {"id": "a", "version": 2, "state": "active"}
    assert [row["version"] for row in things.find("things")] == [2, 1, 2, 1]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (Replacement({"id": "b"}, 2), "it has changed"),
        (Replacement({"id": "nobody"}, 1), "it is gone"),
        (Replacement({"id": "b", "email": "d@example.com"}, 1), "another has its unique value"),
    ],
)
def test_one_that_cannot_be_replaced_stays_and_the_others_are_written(things, wrong, why):
    good = replacements("a", "c", state="active")

    assert things.replace_many("things", [good[0], wrong, good[1]]) == ["a", "c"], why

    assert [row["state"] for row in things.find("things")] == ["active", "waiting", "active", "waiting"]
    assert things.get("things", "nobody") is None


def test_what_was_replaced_can_be_replaced_again_and_the_version_before_cannot(things):
    assert things.replace_many("things", replacements("a", "b")) == ["a", "b"]
    assert things.replace_many("things", [*replacements("a"), *replacements("b", version=2)]) == ["b"]
    assert things.get("things", "b") == {"id": "b", "version": 3}


def test_a_unique_value_is_free_again_once_its_document_was_replaced(things):
    assert things.replace_many("things", [*replacements("d"), *replacements("a", email="d@example.com")]) == ["d", "a"]
    assert things.get("things", "a")["email"] == "d@example.com"


def test_fields_of_many_are_set_where_the_documents_match(things):
    things.set_fields("things", "b", {"state": "done"})
    changes = [FieldChange(name, {"lease.until": number}, WAITING) for number, name in enumerate(("c", "b", "nobody", "a"))]

    assert things.set_fields_many("things", changes) == ["c", "a"]

    assert things.get("things", "c") == {"id": "c", "version": 2, "state": "waiting", "lease": {"until": 0}}
    assert things.get("things", "a")["lease"] == {"until": 3}
    assert "lease" not in things.get("things", "b")


def test_a_change_after_which_the_document_matches_no_more_counts_as_made(things):
    changes = [FieldChange(name, {"state": "active"}, WAITING) for name in ("a", "b", "nobody")]

    assert things.set_fields_many("things", changes) == ["a", "b"]
    assert things.set_fields_many("things", changes) == []


def test_a_change_that_would_break_a_unique_index_is_left_out(things):
    changes = [FieldChange(name, {"email": f"{address}@example.com"}, {}) for name, address in (("a", "d"), ("b", "b"))]

    assert things.set_fields_many("things", changes) == ["b"]
    assert "email" not in things.get("things", "a")


def test_a_change_without_fields_still_counts_as_one(things):
    assert things.set_fields_many("things", [FieldChange("a", {}, {})]) == ["a"]
    assert things.get("things", "a") == {"id": "a", "version": 2, "state": "waiting"}


def test_nothing_is_written_of_nothing(things):
    assert things.replace_many("things", []) == []
    assert things.set_fields_many("things", []) == []
    assert things.replace_many("others", replacements("a")) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda store: store.replace_many("things", replacements("a", "b", "a", state="active")),
        lambda store: store.set_fields_many("things", [FieldChange(name, {"state": "active"}, {}) for name in "aba"]),
    ],
)
def test_an_id_that_comes_twice_is_a_fault_and_nothing_is_written(things, write):
    with pytest.raises(ValueError, match="twice"):
        write(things)
    assert things.count("things", WAITING) == 4


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (lambda store: store.replace_many("things", [Replacement({"id": "a"}, 1), Replacement({"id": "b", "n": 2**63}, 1)]), InvalidInput),
        (lambda store: store.set_fields_many("things", [FieldChange("a", {"n": 1}, {}), FieldChange("b", {"version": 9}, {})]), ValueError),
        (lambda store: store.set_fields_many("things", [FieldChange("a", {"n": 1}, {"state": ["waiting"]})]), TypeError),
        (lambda store: store.replace_many("things", [Replacement({"id": "a", "_write": "mine"}, 1)]), ValueError),
    ],
)
def test_not_one_of_many_is_written_where_one_cannot_be_kept(things, write, error):
    with pytest.raises(error):
        write(things)
    assert [row["version"] for row in things.find("things")] == [1, 1, 1, 1]


def test_a_step_into_what_is_not_a_dict_is_a_fault_in_a_write_of_many_too(things, provider):
    if provider == "mongomock":
        pytest.skip("mongomock ignores such an update; MongoDB refuses it")
    with pytest.raises(TypeError):
        things.set_fields_many("things", [FieldChange("a", {"state.name": "x"}, {})])


def test_of_writers_at_once_each_document_has_one_winner_and_everybody_knows_who(things, provider):
    if provider not in SURE_OF_THREADS:
        pytest.skip("mongomock finds and updates in two steps")
    names = [f"task-{number:02}" for number in range(40)]
    things.insert_many("things", [{"id": name, "state": "waiting"} for name in names])

    def claim(worker):
        # From opposite ends, so that each meets what the others have taken.
        order = names if worker % 2 else names[::-1]
        return dict.fromkeys(things.replace_many("things", replacements(*order, state="active", worker=worker)), worker)

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(claim, range(8)))

    assert sum(map(len, won)) == len(names)
    told = {name: worker for each in won for name, worker in each.items()}
    assert told == {name: things.get("things", name)["worker"] for name in names}


def test_the_fields_that_a_store_keeps_for_itself_are_not_shown(things):
    things.replace_many("things", [*replacements("a"), *replacements("b", version=7)])
    things.set_fields_many("things", [FieldChange("a", {"n": 1}, {}), FieldChange("b", {"n": 1}, {"state": "gone"})])

    assert things.get("things", "a") == {"id": "a", "version": 3, "n": 1}
    assert things.find("things", {"n": 1}) == [{"id": "a", "version": 3, "n": 1}]
    assert things.set_fields("things", "a", {"n": 2}) == {"id": "a", "version": 4, "n": 2}
