"""Job ids sort as they were made, and are never what another part takes for something else."""

import re
from datetime import UTC, datetime, timedelta

from backend.queues.ids import JobIds
from backend.queues.options import JOB_ID_PATTERN

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)


def test_ids_of_one_moment_sort_in_the_order_in_which_they_were_made():
    ids = JobIds()
    made = [ids.new(NOW) for _ in range(70_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_a_clock_that_goes_back_does_not_disturb_the_order():
    ids = JobIds()
    made = [ids.new(NOW + timedelta(milliseconds=step)) for step in (0, 1, -5000, -4999, 2)]
    assert made == sorted(made)


def test_two_processes_make_different_ids_in_the_same_moment():
    assert JobIds().new(NOW) != JobIds().new(NOW)


def test_an_id_is_accepted_by_rq_and_is_never_a_bare_number():
    for _ in range(1000):
        made = JobIds().new(NOW)
        assert re.fullmatch(JOB_ID_PATTERN, made)
        assert len(made) == 32
        assert not made.isdigit()
