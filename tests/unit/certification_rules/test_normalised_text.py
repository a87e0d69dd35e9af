"""What farmers type, copy from chats and copy from PDFs becomes one form of text."""

import pytest

from backend.certification.normalise import normalise_json, normalise_text
from backend.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("๐๙๘-๐๐๐-๐๐๐๗", "098-000-0007"),
        ("๑๒๓๔๕๖๗๘๙๐", "1234567890"),
        ("นำ\u0e49า".replace("ำ", "\u0e4d"), "น\u0e49ำ"),
        ("ทํา", "ทำ"),
        ("น\u0e4d\u0e49\u0e32", "น\u0e49ำ"),
        ("สม\u200bชาย\u200c\u200d\u2060\ufeff\u00ad", "สมชาย"),
        ("  a \t  b\u00a0c\u3000d ", "a b c d"),
        ("cafe\u0301", "café"),
        ("one\r\ntwo\nthree", "one\ntwo\nthree"),
        ("half \ud83d surrogate", "half surrogate"),
        ("", ""),
    ],
)
def test_text_is_normalised(typed, meant):
    assert normalise_text(typed) == meant


def test_every_text_of_a_document_is_normalised_and_nothing_else_changes():
    assert normalise_json({"a": [" ๑ ", 2, None, True, {"b": "x  y"}]}) == {"a": ["1", 2, None, True, {"b": "x y"}]}


def test_normalising_twice_changes_nothing():
    once = normalise_text(" น\u0e4d\u0e32 ๕\u200b ")
    assert normalise_text(once) == once


def nested(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_twenty_levels_are_read():
    assert normalise_json(nested(20)) == nested(20)


def test_a_document_nested_beyond_any_form_is_refused():
    with pytest.raises(InvalidInput, match="nested too deeply") as refused:
        normalise_json({"farm": nested(20)})
    [error] = refused.value.errors
    assert error.field.startswith("farm.0.0.")


def test_a_thousand_items_are_read():
    assert len(normalise_json(["x"] * 1000)) == 1000


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"crops": [{}] * 1001}, "crops"),
        ({"farm": {"boundary": {str(number): 1 for number in range(1001)}}}, "farm.boundary"),
        ({"farm": {"boundary": {"coordinates": [1, 2**63]}}}, "farm.boundary.coordinates.1"),
        ({"notes": -(2**63)}, "notes"),
    ],
)
def test_what_no_form_and_no_store_holds_is_refused_with_its_place(sent, field):
    with pytest.raises(InvalidInput) as refused:
        normalise_json(sent)
    assert [error.field for error in refused.value.errors] == [field]


def test_the_largest_number_that_a_store_keeps_is_read():
    assert normalise_json([2**63 - 1, 1.5]) == [2**63 - 1, 1.5]


def test_keys_are_normalised_as_texts_are():
    assert normalise_json({"WATER\u200b": 1, "a\0b": 2, "\ud800x": 3}) == {"WATER": 1, "ab": 2, "x": 3}
