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
    with pytest.raises(InvalidInput, match="nested too deeply"):
        normalise_json(nested(21))
