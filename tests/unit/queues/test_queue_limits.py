"""Limits of a queue: what can be one, how a rate is written, and that everybody sees what was set."""

import pytest

from backend.adapters.documents.limits import DocumentLimits
from backend.errors import InvalidInput, NotFound
from backend.queues.limits import QueueLimits, read_rate, write_rate
from tests.support.queues import Desk

RATED = QueueLimits("email", rate_max=60, rate_duration_ms=60_000)
NARROW = QueueLimits("aiQc", concurrency=2)


@pytest.fixture
def desk():
    return Desk()


@pytest.mark.parametrize(
    ("text", "rate", "written"),
    [
        ("60/1m", (60, 60_000), "60/1m"),
        ("5/s", (5, 1_000), "5/1s"),
        ("1/500ms", (1, 500), "1/500ms"),
        ("120/60s", (120, 60_000), "120/1m"),
        ("1000/1d", (1_000, 86_400_000), "1000/1d"),
        ("9/90m", (9, 5_400_000), "9/90m"),
    ],
)
def test_a_rate_is_so_many_per_length_of_time(text, rate, written):
    assert read_rate(text) == rate
    assert write_rate(QueueLimits("aiQc", None, *rate)) == written


@pytest.mark.parametrize("text", ["", "60", "60/", "/1m", "60/1w", "60 / 1m", "-1/1m", "1.5/1m"])
def test_what_is_no_rate_is_refused_with_an_example(text):
    with pytest.raises(InvalidInput, match="60/1m") as caught:
        read_rate(text)
    assert [each.field for each in caught.value.errors] == ["rate"]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("concurrency", {"concurrency": 0}),
        ("concurrency", {"concurrency": 10_001}),
        ("rate_max", {"rate_max": 0, "rate_duration_ms": 1_000}),
        ("rate_max", {"rate_max": 100_001, "rate_duration_ms": 1_000}),
        ("rate_duration_ms", {"rate_max": 5}),
        ("rate_duration_ms", {"rate_max": 5, "rate_duration_ms": 86_400_001}),
    ],
)
def test_what_can_be_no_limit_is_refused_by_its_field(field, values):
    with pytest.raises(InvalidInput, match="from 1 to") as caught:
        QueueLimits("aiQc", **values)
    assert [each.field for each in caught.value.errors] == [field]


def test_limits_without_a_rate_write_none():
    assert write_rate(NARROW) == ""
    assert (NARROW.any, RATED.any, QueueLimits("report").any) == (True, True, False)


def test_what_was_set_is_seen_by_every_process_until_it_is_lifted(desk):
    assert desk.control.limits() == {}
    desk.control.limit(NARROW)
    assert desk.control.limit(RATED) == {"aiQc": NARROW, "email": RATED}
    assert DocumentLimits(desk.store).all() == {"aiQc": NARROW, "email": RATED}
    assert desk.control.limit(QueueLimits("aiQc")) == {"email": RATED}
    assert desk.platform.outside.limits.all() == {"email": RATED}


def test_an_unknown_queue_has_no_limits(desk):
    with pytest.raises(NotFound, match="did you mean 'aiQc'"):
        desk.control.limit(QueueLimits("aiqc", concurrency=1))
