"""Where jobs are long their ends are written in small groups, and what follows has a thread each at once."""

import pytest

from backend.adapters.rq.worker.bookkeeper import FEW, LONG_RUN_S
from tests.support.books import Books
from tests.support.workers import shape


def test_of_long_runs_that_end_together_the_first_are_written_before_the_others():
    books = Books()
    books.write_slowly()
    assert books.nine_together(took_s=60) == [FEW, 9 - FEW]
    assert books.slots.busy == 0


def test_short_runs_that_end_together_are_one_write():
    books = Books()
    books.write_slowly()
    assert books.nine_together(took_s=-60) == [9]


def test_where_no_write_waits_for_a_disk_all_ends_are_one_write():
    books = Books()
    books.write_quickly()
    assert books.nine_together(took_s=60) == [9]


@pytest.mark.parametrize("took_s", [-60, 60])
def test_what_follows_long_runs_begins_at_once_in_threads_of_its_own(took_s):
    books = Books()
    books.write_slowly()
    books.nine_together(took_s)
    books.house.submit(shape, 2)
    books.take(2)
    books.begun(12)
    assert books.crew.long == [False, took_s > LONG_RUN_S]
