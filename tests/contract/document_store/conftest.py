"""The one suite of the document port runs over every provider."""

import pytest

from backend.adapters.documents.store import Collection, Index, Searched
from tests.support.document_stores import PROVIDERS, opened

THINGS = Collection(
    "things",
    (
        Index(("state", "rank")),
        Index(("email",), unique=True),
        Index(("day", "slot"), unique=True),
        Index(("box",), unique=True, where={"open": True}),
    ),
    searched=Searched(
        by="at",
        facets=("state",),
        keys=("owner", "part.code"),
        texts=("said",),
        ranges=("at", "size"),
        orders=("size",),
    ),
)


@pytest.fixture(params=PROVIDERS)
def provider(request):
    return request.param


@pytest.fixture
def store(provider, tmp_path):
    """An empty store with the collection `things`."""
    with opened(provider, tmp_path) as empty:
        empty.ensure(THINGS)
        yield empty
