"""The numbers of a counted field are those of the documents, whatever is written, undone or removed."""

from collections import Counter

import pytest

from backend.adapters.documents.store import Collection, DuplicateKey, Index, VersionConflict
from backend.adapters.sqlite.store import SqliteStore

ERRANDS = Collection("errands", (Index(("email",), unique=True),), counted=("lane", "at.place"))


@pytest.fixture
def errands(store):
    store.ensure(ERRANDS)
    for number, lane in enumerate(["a", "a", "b", None]):
        store.insert("errands", {"id": f"e{number}", "lane": lane, "at": {"place": "ตลาด"}, "n": 0})
    store.insert("errands", {"id": "e4", "email": "x@example.com"})
    return store


def counts(store):
    """As the store counts, checked against its documents."""
    documents = store.find("errands")
    assert store.count_by("errands", "at.place") == Counter((row.get("at") or {}).get("place") or "" for row in documents)
    counted = store.count_by("errands", "lane")
    assert counted == Counter(row.get("lane") or "" for row in documents)
    return counted


def test_documents_are_counted_as_they_come(errands):
    assert counts(errands) == {"a": 2, "b": 1, "": 2}


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda store: store.replace("errands", {"id": "e0", "lane": "c"}, 1), {"a": 1, "b": 1, "c": 1, "": 2}),
        (lambda store: store.set_fields("errands", "e0", {"lane": "b"}), {"a": 1, "b": 2, "": 2}),
        (lambda store: store.set_fields("errands", "e3", {"lane": "b"}), {"a": 2, "b": 2, "": 1}),
        (lambda store: store.set_fields("errands", "e0", {"lane": None}), {"a": 1, "b": 1, "": 3}),
        (lambda store: store.set_fields("errands", "e0", {"at.place": "วัด"}), {"a": 2, "b": 1, "": 2}),
        (lambda store: store.claim("errands", {"lane": "b"}, {"lane": "a"}), {"a": 3, "": 2}),
        (lambda store: store.increment("errands", "e0", {"n": 1}), {"a": 2, "b": 1, "": 2}),
        (lambda store: store.increment("errands", "new", {"n": 1}, create=True), {"a": 2, "b": 1, "": 3}),
        (lambda store: store.insert_many("errands", [{"id": "e2", "lane": "z"}, {"id": "e9", "lane": "b"}]), {"a": 2, "b": 2, "": 2}),
        (lambda store: store.delete("errands", "e2"), {"a": 2, "": 2}),
        (lambda store: store.delete_many("errands", {"lane": "a"}), {"b": 1, "": 2}),
    ],
)
def test_every_write_is_counted(errands, write, expected):
    write(errands)
    assert counts(errands) == expected


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (lambda store: store.insert("errands", {"id": "e0", "lane": "z"}), DuplicateKey),
        (lambda store: store.set_fields("errands", "e0", {"lane": "z", "email": "x@example.com"}), DuplicateKey),
        (lambda store: store.replace("errands", {"id": "e0", "lane": "z"}, 9), VersionConflict),
    ],
)
def test_a_write_that_is_refused_is_not_counted(errands, write, error):
    with pytest.raises(error):
        write(errands)
    assert counts(errands) == {"a": 2, "b": 1, "": 2}


def test_a_condition_is_counted_too(errands):
    assert errands.count_by("errands", "lane", {"at.place": "ตลาด"}) == {"a": 2, "b": 1, "": 1}


def test_documents_of_before_are_counted_when_the_field_becomes_a_counted_one(tmp_path):
    old = SqliteStore(tmp_path / "documents.db")
    old.ensure(Collection("errands"))
    for number in range(3):
        old.insert("errands", {"id": f"e{number}", "lane": "ab"[number % 2]})
    new = SqliteStore(tmp_path / "documents.db")
    new.ensure(ERRANDS)
    new.ensure(ERRANDS)
    old.insert("errands", {"id": "e3", "lane": "b"})  # a process of the version before still writes
    assert counts(new) == {"a": 2, "b": 2}
    old.close()
    new.close()
