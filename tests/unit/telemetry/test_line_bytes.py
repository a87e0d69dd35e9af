"""A line has the very bytes that the standard library's `json` would write, however it is made."""

import json
from datetime import UTC, datetime, timedelta
from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import context
from backend.telemetry import logs

LOG = logs.logger("bytes")


class Grade(IntEnum):
    A = 1


def standard(line):
    return json.dumps(line, ensure_ascii=False, default=str)


DIFFICULT = [
    "สวัสดี น้ำพริก ๑๒๓",
    "".join(map(chr, range(0x20))),
    "\x7f\x80\x85\xa0\u200b\u2028\u2029\ufeff\uffff",
    'say "so"',
    "back\\slash / \\u0041",
    '{"a": [1, 2], "b": {}}',
    ",:,: [ ] { }",
    "🌿 \U0010ffff",
    "half of a pair \ud83c",
    "",
    True,
    None,
    0,
    -1,
    2**53 + 1,
    2**63,
    2**64,
    -(2**80),
    0.1,
    1e16,
    1e-7,
    -0.0,
    Grade.A,
    [],
    {},
    [1, "two", None, [True, {"ก": "\t"}]],
    {"a": {"b": 1e22}, "": []},
    (1, 2),
    datetime(2026, 11, 2, tzinfo=UTC),
]


@pytest.mark.parametrize("value", DIFFICULT, ids=ascii)
def test_a_difficult_value_is_written_as_the_standard_library_writes_it(value):
    for line in ({"value": value}, {"time": "t", "ชื่อ": "x", "value": value, "n": 1}):
        assert logs._to_json(None, "info", dict(line)) == standard(line)


TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=8))
def test_so_is_any_other_line(line):
    assert logs._to_json(None, "info", dict(line)) == standard(line)


def test_what_is_written_is_one_line_of_these_bytes(line, capsys):
    texts = {f"field{number}": text for number, text in enumerate(DIFFICULT) if isinstance(text, str) and text.isascii()}
    LOG.info("Said", thai="น้ำพริก", **texts)
    written = capsys.readouterr().err

    assert written == standard(json.loads(written)) + "\n"
    assert "น้ำพริก" in written


def test_the_time_of_a_line_is_that_of_its_writing(line):
    before = datetime.now(UTC)
    times = [line(lambda: LOG.info("Said"))["time"] for _ in range(3)]

    for time in times:
        assert len(time) == len("2026-11-30T02:14:43.120000Z")
        assert before <= datetime.fromisoformat(time) + timedelta(microseconds=1)
        assert datetime.fromisoformat(time) <= datetime.now(UTC)


def test_each_line_shows_what_is_bound_when_it_is_written(line):
    def said():
        written = line(lambda: LOG.info("Said"))
        return {name: written.get(name) for name in ("requestId", "userId")}

    with context.bind(requestId="req_1"):
        assert said() == {"requestId": "req_1", "userId": None}
        context.add(userId="u-1")
        assert said() == {"requestId": "req_1", "userId": "u-1"}
        with context.bind(requestId="req_2", userId=""):
            assert said() == {"requestId": "req_2", "userId": None}
        assert said() == {"requestId": "req_1", "userId": "u-1"}
    assert said() == {"requestId": None, "userId": None}
