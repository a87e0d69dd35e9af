"""Records: a copy is unlike the original only in what was named, a misspelt field is refused, and nothing can be changed in place."""

import copy
import pickle
from datetime import UTC, datetime

import pytest
from msgspec.structs import asdict, replace

from backend.queues.jobs import JobContext
from backend.queues.options import JobOptions
from backend.queues.records import Attempt, Job, JobState

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
JOB = Job("j", "t", "aiQc", {"n": 1}, JobOptions(), NOW, NOW, attempts=(Attempt(1, "w", NOW),))


@pytest.mark.parametrize("changes", [{}, {"state": JobState.ACTIVE}, {"version": 7, "attempts": (), "result": {"n": 1}}])
def test_a_copy_is_unlike_the_original_only_in_what_was_named(changes):
    made = replace(JOB, **changes)
    assert asdict(made) == asdict(JOB) | changes
    assert (made == JOB) is not bool(changes)


def test_equal_records_have_equal_hashes_and_the_same_text():
    attempt = replace(JOB.attempts[0], number=2)
    assert attempt == Attempt(2, "w", NOW)
    assert hash(attempt) == hash(Attempt(2, "w", NOW))
    assert repr(attempt) == repr(Attempt(2, "w", NOW))


def test_the_original_stays_as_it_was_and_the_copy_is_frozen_too():
    before = asdict(JOB)
    made = replace(JOB, state=JobState.ACTIVE)
    with pytest.raises(AttributeError):
        made.state = JobState.FAILED
    assert asdict(JOB) == before


def test_a_misspelt_field_is_refused_by_name():
    with pytest.raises(TypeError, match="has no field 'stat'"):
        replace(JOB, stat=JobState.ACTIVE, version=2)


def test_a_job_can_be_copied_and_sent_to_another_process():
    assert copy.deepcopy(JOB) == pickle.loads(pickle.dumps(JOB)) == JOB


def test_contexts_of_the_same_run_are_equal_whoever_is_told():
    one, other = (JobContext("j", 1, 3, "aiQc", reporter=object()) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != JobContext("j", 2, 3, "aiQc")
    assert one != "j"
