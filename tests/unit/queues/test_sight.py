"""Whether a process may take leases back: only after a while in which the ledger took writes and the process was there."""

from datetime import timedelta

import pytest

from backend.clock import FrozenClock
from backend.queues.sight import Sight
from tests.support.queues import NOON

GAP_S = 7.5


class Times:
    """Two clocks that go on together, or one alone."""

    def __init__(self) -> None:
        self.wall = FrozenClock(NOON)
        self.steady_s = 1_000.0
        self.sight = Sight(self.wall, gap=timedelta(seconds=GAP_S), monotonic=lambda: self.steady_s)

    def pass_by(self, seconds, *, steady=True, wall=True):
        self.steady_s += seconds if steady else 0
        self.wall.move(timedelta(seconds=seconds if wall else 0))

    def write(self, takes_s=0.0):
        began = self.sight.moment()
        self.pass_by(takes_s)
        self.sight.wrote(began)
        return self.sight.is_clear

    def settled(self):
        while not self.write():
            self.pass_by(1)
        return self


def test_nothing_is_seen_before_the_first_write_and_little_at_it():
    times = Times()
    assert not times.sight.is_clear
    assert not times.write()


def test_it_is_clear_once_writes_have_come_for_as_long_as_a_gap_may_be():
    times = Times()
    seen = [times.write(takes_s=0) or times.pass_by(2.5) for _ in range(4)]
    assert seen == [None, None, None, True]


@pytest.mark.parametrize("clocks", [{}, {"steady": False}, {"wall": False}], ids=["away", "the machine slept", "the clock was set back"])
@pytest.mark.parametrize(("away_s", "clear"), [(GAP_S, True), (GAP_S + 0.1, False)])
def test_after_a_gap_on_either_clock_all_begins_anew(away_s, clear, clocks):
    times = Times().settled()
    times.pass_by(away_s, **clocks)
    assert times.write() is clear
    times.settled()


def test_a_write_that_waited_for_long_was_taken_at_a_time_that_nobody_knows():
    times = Times().settled()
    assert not times.write(takes_s=GAP_S + 0.1)
    assert not times.write()


def test_a_process_that_sleeps_after_its_write_sees_nothing():
    times = Times().settled()
    times.pass_by(GAP_S + 0.1)
    assert not times.sight.is_clear


def test_two_who_write_help_each_other():
    times = Times()
    first = times.sight.moment()
    times.pass_by(5)
    times.write()
    times.sight.wrote(first)  # it had to wait behind the other
    times.pass_by(5)
    assert not times.write()
    times.pass_by(5)
    assert times.write()
