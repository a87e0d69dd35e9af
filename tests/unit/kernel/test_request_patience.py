"""One piece of work waits for servers only so long, over all its calls."""

import pytest

from backend import context
from backend.context import Patience, somebody_waits


@pytest.mark.parametrize(("waits", "left", "lost"), [([], 1.0, False), ([0.1], 0.5, False), ([0.06, 0.05], 0.45, True), ([0.3], 0.0, True)])
def test_with_less_than_half_of_it_left_it_is_lost(waits, left, lost):
    patience = Patience(0.2)
    for seconds in waits:
        patience.waited(seconds)
    assert (patience.share_left, patience.lost) == (pytest.approx(left), lost)


def test_it_is_of_the_work_of_one_thread_and_ends_with_it():
    assert (context.patience(), context.has_waited()) == (None, False)
    with somebody_waits(0.2):
        context.patience().waited(0.2)
        assert context.has_waited()
    assert (context.patience(), context.has_waited()) == (None, False)


def test_work_inside_of_work_has_no_patience_of_its_own():
    with somebody_waits(0.2):
        outer = context.patience()
        with somebody_waits(0.2):
            assert context.patience() is outer
        assert context.patience() is outer
