"""MongoDB looks at one stretch of documents per call: pages may be short, and nothing is left out."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.documents.store import Collection, Index, Searched, Sort
from backend.adapters.mongo.indexes import indexes
from backend.adapters.mongo.queries import kept
from backend.adapters.mongo.searching import search
from backend.matching import EVERYTHING, Equals, Every, Says, Without
from tests.support.mongo_double import mongo_client

BEGAN = datetime(2026, 11, 2, 5, tzinfo=UTC)
SEARCHED = Searched("at", facets=("state",), keys=("owner",), texts=("said",), ranges=("at", "size"), orders=("size",))


@pytest.fixture
def documents():
    collection = mongo_client()["gacp"]["things"]
    for number in range(25):
        at = BEGAN + timedelta(minutes=number)
        fields = {
            "id": f"{number:02}",
            "at": at,
            "state": "odd" if number % 2 else "even",
            "said": "timed out" if number == 3 else "",
            "size": number,
        }
        collection.insert_one(kept(fields))
    return collection


def pages(documents, wanted, sort, limit=5, at_once=4):
    after, found = None, []
    while True:
        page = search(documents, SEARCHED, wanted, sort=sort, after=after, limit=limit, at_once=at_once)
        found.append([document["id"] for document in page.documents])
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("sort", [Sort("at", "desc"), Sort("at"), Sort("size", "desc")])
@pytest.mark.parametrize("wanted", [EVERYTHING, Says("said", "TIMED"), Without(Equals("state", ("odd",))), Says("said", "nothing")])
def test_stretch_by_stretch_nothing_is_left_out(documents, wanted, sort):
    [whole] = pages(documents, wanted, sort, limit=100, at_once=1_000)

    some = pages(documents, wanted, sort)

    assert [id_ for page in some for id_ in page] == whole
    assert len(some) >= 25 // 5


def test_a_condition_with_an_index_makes_the_stretch_reach_further(documents):
    wanted = Every((Equals("state", ("odd",)), Says("said", "timed")))

    assert len(pages(documents, wanted, Sort("at", "desc"))) < len(pages(documents, Says("said", "timed"), Sort("at", "desc")))


def test_a_searched_collection_has_an_index_for_each_way_to_walk():
    collection = Collection("things", (Index(("at",)),), searched=SEARCHED)

    assert [[name for name, _ in index.keys] for index in indexes(collection)] == [
        ["at", "_id"],
        ["owner", "at", "_id"],
        ["state", "at", "_id"],
        ["size", "_id"],
    ]
