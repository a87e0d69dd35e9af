"""What only the memory store has: an outage on demand."""

import pytest

from backend.adapters.documents.effects import DocumentEffects
from backend.adapters.documents.store import Collection, StoreUnavailable
from backend.adapters.memory.documents import MemoryStore
from backend.clock import SystemClock

CALLS = {
    "ensure": lambda store: store.ensure(Collection("things")),
    "insert": lambda store: store.insert("things", {"id": "b"}),
    "get": lambda store: store.get("things", "a"),
    "find": lambda store: store.find("things"),
    "count": lambda store: store.count("things"),
    "count_by": lambda store: store.count_by("things", "state"),
    "replace": lambda store: store.replace("things", {"id": "a"}, 1),
    "set_fields": lambda store: store.set_fields("things", "a", {"b": 1}),
    "increment": lambda store: store.increment("things", "a", {"b": 1}),
    "claim": lambda store: store.claim("things", {}, {"b": 1}),
    "delete": lambda store: store.delete("things", "a"),
    "delete_many": lambda store: store.delete_many("things", {}),
    "ping": lambda store: store.ping(),
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
