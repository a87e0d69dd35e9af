"""What every document store promises of conditions, orders, counts and cursors."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.documents.store import In, Range, Sort
from backend.errors import InvalidInput

NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)

# In the order in which they sort: `none` and `null` alike, then by type.
MIXED = [
    ("null", None),
    ("minus", -1.5),
    ("one", 1),
    ("two and a half", 2.5),
    ("ten", 10),
    ("empty", ""),
    ("ASCII", "A"),
    ("Thai", "ก"),
    ("highest", "\U0010ffff"),
    ("false", False),
    ("true", True),
    ("before", NOON - HOUR),
    ("noon", NOON),
]

CONDITIONS = {
    "an equal number": (1, ["one"]),
    "an equal whole float": (10.0, ["ten"]),
    "equal text": ("ก", ["Thai"]),
    "empty text": ("", ["empty"]),
    "false": (False, ["false"]),
    "true": (True, ["true"]),
    "a time": (NOON, ["noon"]),
    "a time that is finer than what is kept": (NOON + MICROSECOND, ["noon"]),
    "null or missing": (None, ["missing", "null"]),
    "nothing like it": ("a", []),
    "one of some": (In((1, "A", NOON)), ["ASCII", "noon", "one"]),
    "one of some or nothing": (In((1, None)), ["missing", "null", "one"]),
    "only nothing": (In((None,)), ["missing", "null"]),
    "one of none": (In(()), []),
    "numbers from": (Range(gte=1), ["one", "ten", "two and a half"]),
    "numbers above": (Range(gt=1), ["ten", "two and a half"]),
    "numbers up to": (Range(lte=1), ["minus", "one"]),
    "numbers below": (Range(lt=1), ["minus"]),
    "numbers between": (Range(gt=1, lte=2.5), ["two and a half"]),
    "text from": (Range(gte="A"), ["ASCII", "Thai", "highest"]),
    "text below": (Range(lt="ก"), ["ASCII", "empty"]),
    "all text": (Range(gte=""), ["ASCII", "Thai", "empty", "highest"]),
    "flags from": (Range(gte=False), ["false", "true"]),
    "flags below": (Range(lt=True), ["false"]),
    "times from": (Range(gte=NOON), ["noon"]),
    "times below": (Range(lt=NOON), ["before"]),
    "times up to": (Range(lte=NOON + HOUR), ["before", "noon"]),
    "bounds of two types": (Range(gte=1, lt="z"), []),
    "bounds the wrong way round": (Range(gte=10, lte=1), []),
    "no bounds": (Range(), sorted(["missing", *(name for name, _ in MIXED)])),
}

MONGOMOCK_TAKES_TRUE_FOR_1 = {"an equal number", "true", "false", "one of some", "one of some or nothing"}


@pytest.fixture
def mixed(store):
    """One document per value, inserted out of order, one of them without the field."""
    for name, value in reversed(MIXED):
        store.insert("things", {"id": name, "part": {"value": value}})
    store.insert("things", {"id": "missing"})
    return store


def ids(documents):
    return [document["id"] for document in documents]


def pages(store, limit, **options):
    """All ids, page by page."""
    after, seen = None, []
    while page := store.find("things", after=after, limit=limit, **options):
        seen += ids(page)
        assert len(seen) < 100, "the pages go round in circles"
        after = store.cursor(page[-1], options.get("sort"))
    return seen


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_finds_counts_and_deletes_the_same(mixed, provider, name):
    condition, expected = CONDITIONS[name]
    if provider == "mongomock" and name in MONGOMOCK_TAKES_TRUE_FOR_1:
        pytest.skip("mongomock takes True for 1; MongoDB does not")
    where = {"part.value": condition}

    assert sorted(ids(mixed.find("things", where))) == expected
    assert mixed.count("things", where) == len(expected)
    assert mixed.delete_many("things", where) == len(expected)
    assert mixed.count("things") == len(MIXED) + 1 - len(expected)


def test_all_conditions_have_to_hold(store):
    store.insert("things", {"id": "a", "state": "done", "rank": 1})
    store.insert("things", {"id": "b", "state": "done", "rank": 2})
    store.insert("things", {"id": "c", "state": "waiting", "rank": 2})

    assert ids(store.find("things", {"state": "done", "rank": Range(gte=2)})) == ["b"]
    assert ids(store.find("things", {"id": In(("a", "c", "x")), "state": "done"})) == ["a"]
    assert ids(store.find("things", {"id": Range(gt="a")})) == ["b", "c"]
    assert ids(store.find("things", {"version": 1, "rank": 1})) == ["a"]


def test_a_path_does_not_reach_through_what_is_not_a_dict(store, provider):
    if provider == "mongomock":
        pytest.skip("mongomock finds no null behind text; MongoDB does")
    store.insert("things", {"id": "a", "part": "text"})
    store.insert("things", {"id": "b", "part": {"deep": {"er": "x"}}})

    assert ids(store.find("things", {"part.deep.er": "x"})) == ["b"]
    assert ids(store.find("things", {"part.deep.er": None})) == ["a"]


@pytest.mark.parametrize("path", ["a b", "a'b", 'a"', "a..b", ".a", "a.", "", "$where", "a;--", "ก", "a\n"])
def test_a_name_that_is_no_path_is_a_fault_and_never_part_of_a_query(store, path):
    with pytest.raises(ValueError, match="path"):
        store.find("things", {path: 1})
    with pytest.raises(ValueError, match="path"):
        store.find("things", sort=Sort(path))
    with pytest.raises(ValueError, match="path"):
        store.count_by("things", path)


@pytest.mark.parametrize("value", [{"$ne": None}, ["x"], In(({"$gt": ""},)), Range(gt={"$type": 2})])
def test_a_list_or_dict_is_never_a_condition(store, value):
    store.insert("things", {"id": "a", "email": "x"})

    with pytest.raises(TypeError):
        store.find("things", {"email": value})


def test_without_an_order_documents_come_by_id(store):
    for name in ["b", "ก", "a", "B"]:
        store.insert("things", {"id": name})

    assert ids(store.find("things")) == ["B", "a", "b", "ก"]


@pytest.mark.parametrize("limit", [-1, 0, 1, 2])
def test_a_limit_is_never_exceeded(store, limit):
    for name in "abc":
        store.insert("things", {"id": name})

    assert ids(store.find("things", limit=limit)) == ["a", "b", "c"][: max(limit, 0)]


def test_values_of_all_types_have_one_order(mixed):
    names = ["missing", *(name for name, _ in MIXED)]

    assert ids(mixed.find("things", sort=Sort("part.value"))) == names
    # Missing and null are equal, so that their ids decide.
    assert ids(mixed.find("things", sort=Sort("part.value", "desc"))) == [*names[:1:-1], "null", "missing"]


def test_equal_values_are_ordered_by_id_in_the_same_direction(store):
    for name, rank in [("b", 1), ("a", 1), ("c", 0)]:
        store.insert("things", {"id": name, "rank": rank})

    assert ids(store.find("things", sort=Sort("rank"))) == ["c", "a", "b"]
    assert ids(store.find("things", sort=Sort("rank", "desc"))) == ["b", "a", "c"]


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("field", ["part.value", "id", "version", "rank"])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_follow_one_another_without_gap_or_overlap(mixed, field, direction, limit):
    for n in range(5):
        mixed.insert("things", {"id": f"more {n}", "rank": n // 2})
    sort = Sort(field, direction)

    assert pages(mixed, limit, sort=sort) == ids(mixed.find("things", sort=sort))


def test_pages_keep_to_the_condition(store):
    for n in range(6):
        store.insert("things", {"id": f"a{n}", "state": "done" if n % 2 else "waiting", "rank": -n})

    assert pages(store, 2, where={"state": "done"}, sort=Sort("rank")) == ["a5", "a3", "a1"]
    assert pages(store, 1, where={"state": "done"}) == ["a1", "a3", "a5"]


def test_a_page_stands_still_when_its_last_document_is_deleted(store):
    for n in range(4):
        store.insert("things", {"id": f"a{n}", "at": NOON + n * HOUR})
    newest_first = Sort("at", "desc")
    first = store.find("things", sort=newest_first, limit=2)
    store.delete("things", first[-1]["id"])
    store.insert("things", {"id": "newer", "at": NOON + 9 * HOUR})

    assert ids(store.find("things", sort=newest_first, after=store.cursor(first[-1], newest_first))) == ["a1", "a0"]


def test_a_cursor_can_travel_in_a_url(store):
    cursor = store.cursor({"id": "ก/?&=\U0010ffff", "name": "???>>>~~~"}, Sort("name"))

    assert cursor.isascii()
    assert cursor.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("cursor", ["x", "!!", "AAAA", "W10", "ก", "bnVsbA", "W1tbW1tb", "eyJhIjoxfQ"])
def test_a_cursor_that_is_none_is_refused(store, cursor):
    with pytest.raises(InvalidInput) as refusal:
        store.find("things", after=cursor)

    assert [error.field for error in refusal.value.errors] == ["cursor"]


@pytest.mark.parametrize("sort", [None, Sort("rank"), Sort("name", "desc"), Sort("id", "desc")])
def test_a_cursor_of_another_order_is_refused(store, sort):
    cursor = store.cursor({"id": "a", "name": "x"}, Sort("name"))

    with pytest.raises(InvalidInput, match="cursor"):
        store.find("things", sort=sort, after=cursor)


@pytest.mark.parametrize("value", [{"$ne": "x"}, {"name": "x"}, ["x"]])
def test_a_cursor_never_carries_a_list_or_dict_into_a_query(store, value):
    cursor = store.cursor({"id": "a", "name": value}, Sort("name"))

    with pytest.raises(InvalidInput, match="cursor"):
        store.find("things", sort=Sort("name"), after=cursor)


def test_a_direction_that_is_none_is_a_fault(store):
    with pytest.raises(ValueError, match="direction"):
        store.find("things", sort=Sort("name", "sideways"))


def test_count_by_counts_every_value_as_text(store):
    for n, state in enumerate(["done", "done", "waiting", None, True, 7, NOON]):
        store.insert("things", {"id": f"a{n}", "part": {"state": state}})
    store.insert("things", {"id": "b"})

    counts = store.count_by("things", "part.state")

    assert counts == {"done": 2, "waiting": 1, "": 2, "true": 1, "7": 1, "2026-11-02T05:00:00+00:00": 1}


def test_count_by_keeps_to_the_condition(store):
    for n, state in enumerate(["done", "done", "waiting"]):
        store.insert("things", {"id": f"a{n}", "state": state, "rank": n})

    assert store.count_by("things", "state", {"rank": Range(gte=1)}) == {"done": 1, "waiting": 1}
    assert store.count_by("things", "state", {"rank": 9}) == {}
    assert store.count_by("things", "id", {"rank": 0}) == {"a0": 1}
