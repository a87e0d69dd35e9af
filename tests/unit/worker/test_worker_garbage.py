"""A worker looks for garbage seldom, and finds it all the same."""

import gc
import weakref

import pytest

from backend.adapters.rq.worker import garbage


class Knot:
    def __init__(self):
        self.itself = self


@pytest.fixture
def seldom():
    before = gc.get_threshold()
    garbage.look_seldom()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.usefixtures("seldom")
def test_what_was_there_at_the_start_is_looked_at_no_more():
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] == garbage.YOUNG


@pytest.mark.usefixtures("seldom")
def test_what_hangs_together_in_circles_is_found():
    gone = weakref.ref(Knot())

    kept = [[] for _ in range(2 * garbage.YOUNG)]

    assert gone() is None, len(kept)
