"""The scheduler's loop: intervals, one leader, and duties that may fail."""

import threading
from datetime import timedelta

from structlog.testing import capture_logs

from backend.errors import Unavailable
from backend.queues.scheduling import Duty, SchedulerLoop
from tests.support.queues import Desk


class Bench:
    def __init__(self):
        self.desk = Desk()
        self.clock = self.desk.clock
        self.done = []
        self.leadership = self.desk.platform.outside.leadership

    def loop(self, owner, *duties):
        return SchedulerLoop(duties, self.leadership, self.clock, owner=owner)

    def duty(self, name, seconds, run=None):
        return Duty(name, timedelta(seconds=seconds), run or (lambda: self.done.append(name)))


def test_each_duty_is_done_at_its_own_interval():
    bench = Bench()
    loop = bench.loop("a", bench.duty("often", 1), bench.duty("rarely", 3))
    turns = []
    for _ in range(7):
        turns.append(loop.turn())
        bench.clock.move(timedelta(milliseconds=500))
    assert turns == [["often", "rarely"], [], ["often"], [], ["often"], [], ["often", "rarely"]]
    assert bench.done == ["often", "rarely", "often", "often", "often", "rarely"]


def test_only_one_of_two_works_and_the_other_takes_over_when_its_lease_runs_out():
    bench = Bench()
    first, second = bench.loop("a", bench.duty("x", 1)), bench.loop("b", bench.duty("y", 1))
    assert (first.turn(), second.turn()) == (["x"], [])
    bench.clock.move(timedelta(seconds=9))
    assert second.turn() == []
    bench.clock.move(timedelta(seconds=3))
    assert second.turn() == ["y"]
    assert first.turn() == []


def test_a_leader_that_goes_on_keeps_its_lease():
    bench = Bench()
    first, second = bench.loop("a", bench.duty("x", 1)), bench.loop("b", bench.duty("y", 1))
    for _ in range(20):
        first.turn()
        assert second.turn() == []
        bench.clock.move(timedelta(seconds=2))


def test_a_leader_that_stops_gives_its_lease_up_at_once():
    bench = Bench()
    stop = threading.Event()
    bench.loop("a", bench.duty("x", 1, stop.set)).run(stop, tick_s=0)
    assert bench.loop("b", bench.duty("y", 1)).turn() == ["y"]


def test_a_duty_that_fails_is_said_once_and_stops_nothing():
    bench = Bench()
    outcomes = [Unavailable("Redis is away"), Unavailable("Redis is away"), None, ValueError("a bug"), None]

    def stumble():
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    loop = bench.loop("a", bench.duty("stumbles", 1, stumble), bench.duty("walks", 1))
    with capture_logs() as lines:
        for _ in range(5):
            loop.turn()
            bench.clock.move(timedelta(seconds=1))
    assert bench.done == ["walks"] * 5
    said = [line["event"] for line in lines if line.get("duty")]
    assert said == ["A duty failed and will be tried again", "A duty works again"] * 2


def test_a_ledger_that_is_away_is_said_once_and_the_leader_stands_still_when_its_lease_has_run_out():
    bench = Bench()
    loop = bench.loop("a", bench.duty("x", 1))
    loop.turn()
    bench.desk.store.away = True
    with capture_logs() as lines:
        for _ in range(8):
            bench.clock.move(timedelta(seconds=2))
            loop.turn()
    assert bench.done == ["x"] * 5
    assert sum(line.get("duty") == "lease" for line in lines) == 1
    bench.desk.store.away = False
    bench.clock.move(timedelta(seconds=3))
    assert loop.turn() == ["x"]


def test_a_lease_that_cannot_be_given_up_does_not_keep_the_process():
    bench = Bench()
    stop = threading.Event()

    def then_away():
        bench.desk.store.away = True
        stop.set()

    bench.loop("a", bench.duty("x", 1, then_away)).run(stop, tick_s=0)
    assert stop.is_set()
