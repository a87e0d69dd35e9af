"""One suite for how many jobs ended in which minute, over every embedded document store."""

import pytest

from backend.adapters.documents.end_counts import DocumentEndCounts
from backend.queues.records import JobState
from tests.support.document_stores import opened

DONE, FAILED = JobState.COMPLETED, JobState.FAILED
HOUR = 496_000
AT = HOUR * 60  # the first minute of an hour


@pytest.fixture(params=["memory", "sqlite", "mongomock"])
def store(request, tmp_path):
    with opened(request.param, tmp_path) as empty:
        DocumentEndCounts(empty).ensure()
        yield empty


@pytest.fixture
def counts(store):
    return DocumentEndCounts(store)


def test_what_several_processes_add_comes_together_by_queue_outcome_and_minute(counts, store):
    counts.add({("aiQc", DONE, AT): 2, ("aiQc", DONE, AT + 59): 1, ("aiQc", FAILED, AT): 4, ("email", DONE, AT): 8})
    DocumentEndCounts(store).add({("aiQc", DONE, AT): 1})
    assert counts.of("aiQc", DONE, AT) == {AT: 3, AT + 59: 1}
    assert counts.of("aiQc", FAILED, AT) == {AT: 4}
    assert counts.of("email", DONE, AT) == {AT: 8}
    assert counts.of("report", DONE, AT) == {}


def test_hours_lie_side_by_side_and_are_read_from_a_minute_on(counts):
    counts.add({("aiQc", DONE, AT + minute): minute for minute in (1, 59, 60, 121)})
    assert counts.of("aiQc", DONE, AT) == {AT + minute: minute for minute in (1, 59, 60, 121)}
    assert counts.of("aiQc", DONE, AT + 59) == {AT + minute: minute for minute in (59, 60, 121)}
    assert counts.of("aiQc", DONE, AT + 122) == {}


def test_one_hour_is_one_document_however_many_jobs_ended_in_it(counts, store):
    for minute in range(60):
        counts.add({("aiQc", DONE, AT + minute): 1_000, ("email", FAILED, AT + minute): 1})
    assert store.count("job_ends") == 1


def test_only_hours_that_are_over_are_forgotten(counts):
    counts.add({("aiQc", DONE, AT + minute): 1 for minute in (0, 59, 60, 120)})
    assert counts.forget(AT + 59) == 0
    assert counts.forget(AT + 61) == 1
    assert counts.of("aiQc", DONE, 0) == {AT + 60: 1, AT + 120: 1}
