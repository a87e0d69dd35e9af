"""Copies of frozen records: equal to those of the standard library, and unlike the original only in what was named."""

from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime

import pytest

from backend.queues.options import JobOptions
from backend.queues.records import Attempt, Job, JobState, altered

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
JOB = Job("j", "t", "aiQc", {"n": 1}, JobOptions(), NOW, NOW, attempts=(Attempt(1, "w", NOW),))


@pytest.mark.parametrize("changes", [{}, {"state": JobState.ACTIVE}, {"version": 7, "attempts": (), "result": {"n": 1}}])
def test_an_altered_record_is_what_replace_makes_of_it(changes):
    copy = altered(JOB, **changes)
    assert copy == replace(JOB, **changes)
    assert hash(altered(JOB.attempts[0], number=2)) == hash(replace(JOB.attempts[0], number=2))
    assert repr(copy) == repr(replace(JOB, **changes))


def test_the_original_stays_as_it_was_and_the_copy_is_frozen_too():
    before = {field.name: getattr(JOB, field.name) for field in fields(JOB)}
    copy = altered(JOB, state=JobState.ACTIVE)
    with pytest.raises(FrozenInstanceError):
        copy.state = JobState.FAILED
    assert {field.name: getattr(JOB, field.name) for field in fields(JOB)} == before


def test_a_misspelt_field_is_refused_by_name():
    with pytest.raises(TypeError, match="a Job has no field stat, zzz"):
        altered(JOB, stat=JobState.ACTIVE, version=2, zzz=1)
