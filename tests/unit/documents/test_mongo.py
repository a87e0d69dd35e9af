"""What only the MongoDB store has: a server that may be away, errors of the driver, and the shape of its queries."""

import os
import time

import mongomock
import pytest
from pymongo import errors

from backend.adapters.documents.cursors import Place
from backend.adapters.documents.store import Collection, DuplicateKey, Index, Sort, StoreUnavailable
from backend.adapters.mongo.errors import translated
from backend.adapters.mongo.indexes import indexes
from backend.adapters.mongo.queries import behind
from backend.adapters.mongo.store import MongoStore
from backend.errors import InvalidInput, Misconfigured
from tests.support.document_stores import EVERY_CALL

NOBODY_LISTENS = "mongodb://someone:secret-word@127.0.0.1:1/?authSource=admin"

TRANSLATIONS = {
    "a duplicate": (errors.DuplicateKeyError("E11000 { email: 'someone@example.org' }", 11000), DuplicateKey),
    "a lost connection": (errors.AutoReconnect("reset"), StoreUnavailable),
    "no server": (errors.ServerSelectionTimeoutError("timeout"), StoreUnavailable),
    "a slow network": (errors.NetworkTimeout("timeout"), StoreUnavailable),
    "a stepped-down primary": (errors.NotPrimaryError("not primary"), StoreUnavailable),
    "an exhausted pool": (errors.WaitQueueTimeoutError("timeout"), StoreUnavailable),
    "a write that no majority confirmed": (errors.WTimeoutError("waiting for replication timed out", 64), StoreUnavailable),
    "a slow operation": (errors.ExecutionTimeout("exceeded time limit", 50), StoreUnavailable),
    "too large a document": (errors.DocumentTooLarge("17 MB"), InvalidInput),
    "a step that is no dict": (errors.WriteError("Cannot create field 'b' in element {a: null}", 28), TypeError),
    "an increment of text": (errors.WriteError("Cannot apply $inc to a value of non-numeric type", 14), TypeError),
    "a wrong password": (errors.OperationFailure("Authentication failed.", 18), Misconfigured),
    "a missing right": (errors.OperationFailure("not authorized on gacp", 13), Misconfigured),
    "a fault of ours": (errors.OperationFailure("unknown operator", 2), errors.OperationFailure),
}


@pytest.fixture
def absent():
    store = MongoStore(NOBODY_LISTENS, "gacp", timeout=0.2)
    yield store
    store.close()


@pytest.mark.parametrize(("raised", "expected"), TRANSLATIONS.values(), ids=TRANSLATIONS)
def test_an_error_of_the_driver_becomes_one_of_the_port_without_values(raised, expected):
    with pytest.raises(expected) as caught, translated("things"):
        raise raised

    assert type(caught.value) is expected
    assert "someone@example.org" not in str(caught.value)


@pytest.mark.parametrize("uri", ["mongodb://", "mongodb://host:99999", "mongodb://some@one:secret-word@host"])
def test_an_address_that_cannot_be_read_is_named_without_its_password(uri):
    with pytest.raises(Misconfigured, match="MONGODB_URI") as caught:
        MongoStore(uri, "gacp").ping()

    assert "secret-word" not in str(caught.value)


@pytest.mark.parametrize("call", EVERY_CALL.values(), ids=EVERY_CALL)
def test_every_call_says_soon_that_the_server_is_away(absent, call):
    began = time.monotonic()

    with pytest.raises(StoreUnavailable) as refusal:
        call(absent)

    assert time.monotonic() - began < 1.5
    assert "secret-word" not in str(refusal.value)


def test_nothing_connects_before_the_first_use():
    MongoStore("this is no address", "gacp").close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_connects_anew():
    made = []
    store = MongoStore("", "gacp")
    store._connect = lambda: made.append(mongomock.MongoClient(tz_aware=True)) or made[-1]
    store.insert("things", {"id": "a"})
    store.insert("things", {"id": "b"})

    child = os.fork()
    if child == 0:
        store.count("things")
        os._exit(len(made))

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    assert len(made) == 1


def test_the_pages_behind_a_value_name_the_types_that_follow_it():
    assert behind(Place("x", "a"), Sort("f")) == {
        "$or": [
            {"f": {"$eq": "x"}, "_id": {"$gt": "a"}},
            {"f": {"$gt": "x"}},
            {"f": {"$type": "bool"}},
            {"f": {"$type": "date"}},
        ]
    }
    assert behind(Place("x", "a"), Sort("f", "desc")) == {
        "$or": [
            {"f": {"$eq": "x"}, "_id": {"$lt": "a"}},
            {"f": {"$lt": "x"}},
            {"f": {"$type": "number"}},
            {"f": {"$eq": None}},
        ]
    }


def test_a_unique_index_leaves_out_null_and_has_a_plain_one_for_queries_beside_it():
    (plain, unique) = indexes(Collection("things", (Index(("id", "a.b"), unique=True, where={"open": True}),)))

    assert plain.keys == [("_id", 1), ("a.b", 1)]
    assert "unique" not in plain.options
    assert unique.keys == [("_id", 1), ("a.b", 1)]
    assert unique.options["unique"] is True
    assert unique.options["name"] != plain.options["name"]
    present = unique.options["partialFilterExpression"]
    assert present["open"] == {"$eq": True}
    assert {"a.b": {"$type": "string"}} in present["$and"][1]["$or"]
    assert len(present["$and"][1]["$or"]) == 4
