"""A worker comes to its end: in time, whatever is away or hangs, and after no more jobs than it may take."""

import threading

import pytest

from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.rq.worker.overseer import REPLACE
from backend.adapters.rq.worker.recycling import Recycling
from backend.adapters.rq.worker.worker import HAND_BACK_S, INTERRUPT_S, LAST_S
from tests.support.workers import House, shape, until, wait


class HangingBroker(MemoryBroker):
    """`hangs`: every call takes as long as the test does."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs, self.over = False, threading.Event()

    def begin_turn(self, *arguments):
        self._answer()
        return super().begin_turn(*arguments)

    def turn_when_rung(self, *arguments):
        self._answer()
        return super().turn_when_rung(*arguments)

    def _answer(self) -> None:
        if self.hangs:
            self.over.wait(30)


def test_who_stops_while_the_broker_is_away_does_not_wait_for_it_once_the_ledger_has_all():
    house = House()
    ids = house.submit(wait, 3)
    with house.worker() as worker:
        assert until(lambda: len(house.workshop.begun) == 3)
        house.broker.away = True
        worker.stop()
        assert worker.ended(0.5) == []
        house.workshop.go_on.set()
        assert worker.ended(2.0) == [0]
    assert house.states(ids) == ["completed"] * 3
    house.broker.away = False
    assert len(house.broker.in_flight()) == 3, "the next worker that looks tells it of them"
    house.platform.recovery.reap_in_flight()
    with house.worker():
        assert until(lambda: not house.broker.in_flight())
    assert sorted(house.workshop.done) == ["n0", "n1", "n2"]


def test_whatever_hangs_the_process_is_gone_in_time():
    left = []
    house = House(broker=HangingBroker())
    with house.worker(stop_deadline_s=0.2, leave=left.append) as worker:
        house.submit(wait)
        assert until(lambda: house.workshop.begun)
        house.broker.hangs = True
        worker.stop()
        house.workshop.go_on.set()
        assert until(lambda: left, HAND_BACK_S + INTERRUPT_S + LAST_S + 0.5)
        assert (left, worker.ended(0)) == ([0], [])
        house.broker.over.set()


@pytest.mark.parametrize("most", [1, 17])
def test_a_worker_takes_no_more_jobs_than_it_may(most):
    house = House()
    ids = house.submit(shape, 60, seconds=0.002)
    with house.worker(concurrency=8, max_jobs=most, duties=[Recycling()]) as worker:
        assert worker.ended() == [REPLACE]
        assert worker.tally.completed == most
    assert house.states(ids).count("completed") == most
    assert house.states(ids).count("waiting") == 60 - most


def test_the_last_jobs_of_a_worker_may_take_longer_than_a_stop_would_give_them():
    house = House()
    ids = house.submit(shape, 2, seconds=1.0)
    with house.worker(concurrency=2, max_jobs=2, duties=[Recycling()], stop_deadline_s=0.2) as worker:
        assert worker.ended() == [REPLACE]
    assert house.states(ids) == ["completed"] * 2


def test_a_worker_that_gives_way_is_replaced_also_where_a_job_does_not_come_back():
    left = []
    house = House()
    house.submit(wait)
    with house.worker(stop_deadline_s=0.2, leave=left.append) as worker:
        assert until(lambda: house.workshop.begun)
        worker.give_way()
        assert worker.ended() == [REPLACE]
    assert left == [REPLACE]
