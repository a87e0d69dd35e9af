"""The quick way through a document gives what the careful way gives, or leaves it to that one."""

import json
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import given

from backend.adapters.documents.copying import MAX_DEPTH, Unusual, copied
from backend.adapters.documents.tagging import TAG, original, plain, plain_document
from backend.adapters.documents.values import checked, checked_document
from backend.errors import InvalidInput
from tests.support.document_values import values

AT = datetime(2026, 11, 2, 5, 0, 0, 123456, UTC)
BANGKOK = timezone(timedelta(hours=7))


class Colour(StrEnum):
    GREEN = "green"


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


ODD = {
    "naive time": datetime(2026, 11, 2),
    "NUL": "a\x00b",
    "half a character": "\ud800",
    "too large": 2**63,
    "too small": -(2**63) - 1,
    "not a number": float("nan"),
    "endless": float("inf"),
    "dotted key": {"a.b": 1},
    "operator": {"$set": 1},
    "empty key": {"": 1},
    "number as key": {1: 1},
    "NUL in a key": {"a\x00": 1},
    "list as key": {(1, 2): 1},
    "too deep": nested(MAX_DEPTH + 1),
    "bytes": b"x",
    "set": {1},
}
CARRIED = {
    "another zone": AT.astimezone(BANGKOK),
    "microseconds": AT,
    "a text with a name": Colour.GREEN,
    "a tuple": (1, (True, None)),
    "the tag itself": TAG,
    "a tagged text": TAG + "b1",
    "Thai": "ขมิ้นชัน",
    "deep": nested(MAX_DEPTH - 1),
    "an odd key": {"é-_ก": {"~": -0.0}},
}


def outcome(way):
    """What it gives, or the words in which it refuses."""
    try:
        return way()
    except InvalidInput as error:
        return str(error)


@given(values)
def test_both_ways_give_the_same_or_refuse_in_the_same_words(value):
    document = {"id": "a", "content": value}
    careful = outcome(lambda: {"id": "a", "content": checked(value, "content")})
    assert outcome(lambda: checked_document(document)) == careful
    tagged = outcome(lambda: plain_document(document))
    assert tagged == (careful if isinstance(careful, str) else plain(careful))
    assert original(json.loads(json.dumps(tagged))) == careful


@pytest.mark.parametrize("value", CARRIED.values(), ids=CARRIED)
def test_what_looks_odd_and_can_be_kept_is_kept(value):
    document = {"id": "a", "part": [value], "other": value}
    assert checked_document(document) == {"id": "a", "part": [checked(value)], "other": checked(value)}
    assert plain_document(document) == plain(checked_document(document))


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_what_cannot_be_kept_is_left_to_the_careful_way_which_names_it(value):
    with pytest.raises((Unusual, TypeError)):
        copied([value])
    for way in (checked_document, plain_document):
        with pytest.raises((InvalidInput, ValueError, TypeError)) as refused:
            way({"id": "a", "outer": {"inner": value}})
        assert "outer.inner" in str(refused.value) or "zone" in str(refused.value)


@pytest.mark.parametrize("value", [True, 1, 1.0, "1", None, False, 0])
def test_values_that_are_equal_keep_their_types(value):
    for way in (checked_document, lambda document: original(plain_document(document))):
        kept = way({"id": "a", "x": value, "y": [value]})
        assert [type(kept["x"]), type(kept["y"][0])] == [type(value)] * 2


def test_a_copy_shares_nothing_that_can_change():
    inner = {"list": [{}]}
    copy = copied({"id": "a", "inner": inner})
    assert copy == {"id": "a", "inner": inner}
    assert copy["inner"] is not inner
    assert copy["inner"]["list"] is not inner["list"]
    assert copy["inner"]["list"][0] is not inner["list"][0]


def test_a_time_before_the_year_1000_and_one_in_another_zone_are_tagged_as_utc():
    early = datetime(999, 1, 2, tzinfo=UTC)
    assert plain_document({"id": "a", "at": early})["at"].endswith("0999-01-02T00:00:00.000Z")
    assert plain_document({"id": "a", "at": AT.astimezone(BANGKOK)})["at"].endswith("2026-11-02T05:00:00.123Z")
