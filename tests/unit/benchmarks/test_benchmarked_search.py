"""The benchmark of searches asks what can be asked, of a ledger in which it can be found."""

import pytest

from backend.adapters.documents import applications, users
from backend.adapters.documents.ledger import DocumentLedger
from backend.adapters.documents.people import DocumentPeople
from backend.clock import FrozenClock
from backend.queues.search import JobSearch
from benchmarks.search import QUERIES
from benchmarks.search_ground import LAST, filled

FOUND = (
    "every job",
    "a state",
    "a queue and a state",
    "a rare text",
    "a frequent text",
    "a frequent text in Thai",
    "failed in the last 24 hours",
)


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    store = filled(tmp_path_factory.mktemp("searched"), 1_500)
    store.ensure(*applications.COLLECTIONS, users.USERS)
    yield JobSearch(DocumentLedger(store), FrozenClock(LAST), DocumentPeople(store))
    store.close()


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_of_the_benchmark_is_answered(name, search):
    answer = search.find(QUERIES[name])

    assert answer.took_ms > 0
    if name in FOUND:
        assert answer.found.items
    if "none" in name:
        assert not answer.found.items
