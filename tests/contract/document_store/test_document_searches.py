"""What every document store promises of searches."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.documents.store import Sort
from backend.errors import InvalidInput
from backend.matching import EVERYTHING, Begins, Between, Either, Equals, Every, Says, Without

NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NEWEST, OLDEST, GREATEST = Sort("at", "desc"), Sort("at"), Sort("size", "desc")

THINGS = {
    "a1": {"state": "open", "owner": "somchai", "said": "Connection timed out after 5 s", "size": 5_000, "part": {"code": "3fa9"}},
    "a2": {"state": "done", "owner": "somchai", "said": "", "size": 120, "part": {"code": "3fb0"}},
    "a3": {"state": "done", "owner": "malee", "said": "หมดเวลาเชื่อมต่อกับเซิร์ฟเวอร์", "size": 5_000},
    "b1": {"state": "open", "owner": None, "said": "100% (quota)* exceeded [429]", "size": 0.5},
    "b2": {"state": None, "owner": "", "said": "connection REFUSED", "size": None},
    "b3": {"owner": "malee"},
}

SEARCHES = {
    "everything": (EVERYTHING, "a1 a2 a3 b1 b2 b3"),
    "nothing": (Either(()), ""),
    "a facet": (Equals("state", ("open",)), "a1 b1"),
    "one of two facets": (Equals("state", ("open", "done")), "a1 a2 a3 b1"),
    "no value of a facet": (Equals("state", (None,)), "b2 b3"),
    "a facet that nobody has": (Equals("state", ("lost",)), ""),
    "a key": (Equals("owner", ("malee",)), "a3 b3"),
    "an empty key": (Equals("owner", ("",)), "b2"),
    "no key": (Equals("owner", (None,)), "b1"),
    "the beginning of a key": (Begins("part.code", "3f"), "a1 a2"),
    "the whole of a key as its beginning": (Begins("owner", "malee"), "a3 b3"),
    "a beginning of nothing": (Begins("owner", "x"), ""),
    "an id": (Equals("id", ("a3",)), "a3"),
    "some ids": (Equals("id", ("a3", "b1", "z9")), "a3 b1"),
    "the beginning of an id": (Begins("id", "a"), "a1 a2 a3"),
    "a word": (Says("said", "timed"), "a1"),
    "a word in other letters": (Says("said", "CONNECTION"), "a1 b2"),
    "a part of a word": (Says("said", "fuse"), "b2"),
    "words with what is between them": (Says("said", "out after 5"), "a1"),
    "letters that occur apart from each other": (Says("said", "timed after"), ""),
    "a Thai word without spaces around it": (Says("said", "เชื่อมต่อ"), "a3"),
    "what a pattern would read otherwise": (Says("said", "(quota)*"), "b1"),
    "brackets": (Says("said", "[429]"), "b1"),
    "two letters": (Says("said", "ut"), "a1"),
    "the last two letters": (Says("said", " s"), "a1"),
    "one letter": (Says("said", "%"), "b1"),
    "a number from": (Between("size", gte=120), "a1 a2 a3"),
    "a number above": (Between("size", gt=120), "a1 a3"),
    "a number below": (Between("size", lt=120), "b1"),
    "a number between": (Between("size", gte=100, lte=130), "a2"),
    "a time from": (Between("at", gte=NOON + 4 * MINUTE), "b2 b3"),
    "a time between": (Between("at", gt=NOON, lte=NOON + 2 * MINUTE), "a2 a3"),
    "bounds the wrong way round": (Between("at", gte=NOON + MINUTE, lt=NOON), ""),
    "no bounds": (Between("size"), "a1 a2 a3 b1 b2 b3"),
    "all of some": (Every((Equals("state", ("done",)), Between("size", gt=200))), "a3"),
    "all of some that none has both of": (Every((Equals("state", ("done",)), Says("said", "timed"))), ""),
    "either": (Either((Says("said", "timed"), Equals("owner", ("malee",)))), "a1 a3 b3"),
    "without a facet": (Without(Equals("state", ("done",))), "a1 b1 b2 b3"),
    "without a word": (Without(Says("said", "connection")), "a2 a3 b1 b3"),
    "without a key": (Without(Equals("owner", ("malee",))), "a1 a2 b1 b2"),
    "without a number": (Without(Between("size", gte=100)), "b1 b2 b3"),
    "without either": (Without(Either((Equals("state", ("open",)), Equals("owner", ("malee",))))), "a2 b2"),
    "a field that is not declared": (Equals("version", (1,)), "a1 a2 a3 b1 b2 b3"),
    "a word in a field that is not declared": (Says("state", "PEN"), "a1 b1"),
}


@pytest.fixture(params=["as it was written", "as the index has it"])
def things(request, store):
    """One minute lies between each and the next."""
    for place, (name, fields) in enumerate(THINGS.items()):
        store.insert("things", {"id": name, "at": NOON + place * MINUTE, **fields})
    if request.param == "as the index has it":
        assert store.catch_up(10) == 0
    return store


def ids(documents):
    return [document["id"] for document in documents]


def every_page(store, wanted, sort, limit):
    pages, after = [], None
    while True:
        found = store.search("things", wanted, sort=sort, after=after, limit=limit)
        pages.append(ids(found.documents))
        if found.next is None:
            return pages
        after = found.next


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_finds_what_is_asked_for(name, things):
    wanted, expected = SEARCHES[name]

    found = things.search("things", wanted, sort=OLDEST)

    assert ids(found.documents) == expected.split()
    assert found.next is None
    assert (found.at_least, found.at_most) == (len(expected.split()),) * 2


def test_the_newest_come_first_where_that_is_asked(things):
    assert ids(things.search("things", Equals("state", ("open", "done")), sort=NEWEST).documents) == ["b1", "a3", "a2", "a1"]


def test_the_greatest_come_first_and_what_has_no_value_does_not_come(things):
    found = ids(things.search("things", EVERYTHING, sort=GREATEST).documents)

    assert set(found[:2]) == {"a1", "a3"}
    assert found[2:] == ["a2", "b1"]


@pytest.mark.parametrize("sort", [NEWEST, OLDEST, GREATEST])
@pytest.mark.parametrize("wanted", [EVERYTHING, Says("said", "connection"), Without(Equals("owner", ("malee",)))])
def test_pages_show_each_document_once_and_in_order(things, sort, wanted):
    whole = every_page(things, wanted, sort, 50)[0]

    pages = every_page(things, wanted, sort, 2)

    assert [name for page in pages for name in page] == whole
    assert all(len(page) == 2 for page in pages[:-1])


@pytest.mark.parametrize(("sort", "rest"), [(NEWEST, ["a3", "a2", "a1"]), (OLDEST, ["b1", "b2", "b3", "c1"])])
def test_a_cursor_holds_while_documents_come_and_go(things, sort, rest):
    first = things.search("things", EVERYTHING, sort=sort, limit=3)
    things.delete("things", first.documents[-1]["id"])
    things.insert("things", {"id": "c1", "at": NOON + 9 * MINUTE})

    assert ids(things.search("things", EVERYTHING, sort=sort, after=first.next).documents) == rest


def test_a_search_sees_every_write_at_once(things):
    things.set_fields("things", "a1", {"state": "done", "said": "all is well", "size": 7})
    things.delete("things", "a2")
    things.insert("things", {"id": "c1", "at": NOON + 9 * MINUTE, "state": "done", "said": "well done"})

    def found(wanted):
        return ids(things.search("things", wanted, sort=OLDEST).documents)

    for _ in range(2):
        assert found(Equals("state", ("done",))) == ["a1", "a3", "c1"]
        assert found(Says("said", "timed")) == []
        assert found(Says("said", "well")) == ["a1", "c1"]
        assert found(Without(Equals("state", ("done",)))) == ["b1", "b2", "b3"]
        assert found(Between("size", lt=10)) == ["a1", "b1"]
        assert ids(things.search("things", EVERYTHING, sort=GREATEST).documents) == ["a3", "a1", "b1"]
        things.catch_up(10)


def test_a_search_of_an_empty_collection_finds_nothing(store):
    assert store.search("things", EVERYTHING, sort=NEWEST).documents == []


def test_a_cursor_of_another_order_is_refused(things):
    after = things.search("things", EVERYTHING, sort=NEWEST, limit=1).next

    with pytest.raises(InvalidInput, match="cursor"):
        things.search("things", EVERYTHING, sort=OLDEST, after=after)


@pytest.mark.parametrize("after", ["x", "bm8", "WzFd", "é"])
def test_what_is_no_cursor_is_refused(things, after):
    with pytest.raises(InvalidInput, match="cursor"):
        things.search("things", EVERYTHING, sort=NEWEST, after=after)


def test_a_collection_that_is_not_declared_as_searched_is_refused(store):
    with pytest.raises(ValueError, match="not searched"):
        store.search("others", EVERYTHING, sort=NEWEST)


@pytest.mark.parametrize("sort", [Sort("said"), Sort("size"), Sort("id")])
def test_an_order_that_is_not_declared_is_refused(store, sort):
    with pytest.raises(ValueError, match="by `at`"):
        store.search("things", EVERYTHING, sort=sort)


@pytest.mark.parametrize("field", ["a b", "", "x'"])
def test_a_name_that_is_no_path_is_refused(store, field):
    with pytest.raises(ValueError, match="not a path"):
        store.search("things", Equals(field, (1,)), sort=NEWEST)
