"""Answers of Redis are read whole, however their bytes arrive."""

import pytest
from redis.exceptions import InvalidResponse, NoScriptError, ResponseError

from backend.adapters.redis.line import Answers

RAW = b"+OK\r\n:-7\r\n$5\r\na\r\nb!\r\n$0\r\n\r\n$-1\r\n*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n$2\r\n\r\n\r\n*-1\r\n*0\r\n"
MEANT = [b"OK", -7, b"a\r\nb!", b"", None, [1, [b"x", None], b"\r\n"], None, []]


def arriving(*pieces):
    return Answers(iter(pieces).__next__)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, len(RAW)])
def test_every_kind_of_answer_is_read_in_pieces_of_any_size(size):
    answers = arriving(*(RAW[at : at + size] for at in range(0, len(RAW), size)))
    assert [answers.next() for _ in MEANT] == MEANT


def test_an_error_is_an_answer_also_inside_of_a_list():
    answers = arriving(b"-NOSCRIPT No matching script.\r\n*2\r\n:1\r\n-ERR wrong\r\n")
    assert isinstance(answers.next(), NoScriptError)
    [number, error] = answers.next()
    assert (number, type(error)) == (1, ResponseError)
    assert "wrong" in str(error)


def test_what_is_no_answer_is_refused():
    with pytest.raises(InvalidResponse):
        arriving(b"HTTP/1.1 400 Bad Request\r\n").next()
