"""What only the memory store has: an outage on demand."""

import pytest

from backend.adapters.documents.effects import DocumentEffects
from backend.adapters.documents.store import StoreUnavailable
from backend.adapters.memory.documents import MemoryStore
from backend.clock import SystemClock
from tests.support.document_stores import EVERY_CALL

CALLS = {
    **EVERY_CALL,
    "an effect": lambda store: DocumentEffects(store, SystemClock()).begin("key", "letter"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_call_fails_during_an_outage_and_what_was_written_comes_back_after_it(call):
    store = MemoryStore()
    store.insert("things", {"id": "a"})

    store.away = True
    with pytest.raises(StoreUnavailable):
        call(store)

    store.away = False
    assert store.find("things") == [{"id": "a", "version": 1}]
