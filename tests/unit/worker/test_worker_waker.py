"""Whoever waits takes what comes and runs the first of it; only bells that ring for nothing make it slower."""

import threading
import time

import pytest

from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.rq.worker.waker import VAIN_FROM, Waker, Watch
from backend.queues.ports import Lane, Ticket, Turn
from tests.support.workers import House, until

LANES = [Lane("email", 5, 5)]
RUN = object()


class Bell(MemoryBroker):
    """Nothing ever waits here; a wait ends at once, always the same, and is counted."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.answer, self.asked = answer, 0

    def turn_when_rung(self, worker, lanes, room, wait_s):
        self.asked += 1
        time.sleep(0.001)
        return self.answer, Turn(())


class Listener:
    """What was told, and what was begun."""

    def __init__(self, broker, *, takes=True):
        self.told, self.taken = [], []
        self.has_run = None
        self.waker = Waker(broker, "w", taking=lambda: takes, begin=self.begin, tell=self.tell)

    def tell(self, watched, has_run):
        self.told.append(watched)
        self.has_run = has_run

    def begin(self, deliveries):
        assert not self.told  # nobody is woken before the job begins
        self.taken += deliveries
        return RUN


@pytest.mark.parametrize("answer", [True, False])
def test_a_ring_of_the_broker_and_the_end_of_the_time_are_told_apart(answer):
    listener = Listener(Bell(answer))
    assert listener.waker.keep(Watch(LANES, 5)) is None
    assert [watched.rung for watched in listener.told] == [answer]


def test_what_comes_is_begun_in_this_thread():
    broker = MemoryBroker()
    listener = Listener(broker)
    threading.Timer(0.05, lambda: broker.hand_over([Ticket("a", "work", "email")])).start()
    assert listener.waker.keep(Watch(LANES, 5)) is RUN
    [watched] = listener.told
    assert [delivery.job_id for delivery in listener.taken] == ["a"]
    assert (list(watched.turn.deliveries), watched.begun, watched.rung, listener.has_run) == (listener.taken, True, True, True)


def test_what_comes_when_the_worker_takes_nothing_any_more_is_told_and_not_begun():
    broker = MemoryBroker()
    broker.hand_over([Ticket("a", "work", "email")])
    listener = Listener(broker, takes=False)
    assert listener.waker.keep(Watch(LANES, 5)) is None
    [watched] = listener.told
    assert ([delivery.job_id for delivery in watched.turn.deliveries], watched.begun, listener.taken) == (["a"], False, [])
    assert listener.has_run is False


def test_a_broker_that_is_away_is_told_as_such():
    broker = MemoryBroker()
    broker.away = True
    listener = Listener(broker)
    assert listener.waker.keep(Watch(LANES, 5)) is None
    assert listener.told[0].turn is None
    listener.waker.hurry()  # costs nobody anything


def test_it_pauses_before_it_asks_again_where_it_was_rung_for_nothing():
    listener, begin = Listener(Bell(True)), time.monotonic()
    listener.waker.keep(Watch(LANES, 5, vain=VAIN_FROM + 4))
    assert time.monotonic() - begin >= 0.07


def test_a_silence_however_long_makes_it_no_slower_and_rings_for_nothing_do():
    silent, nervous = Bell(answer=False), Bell(answer=True)
    with House(broker=silent).worker(), House(broker=nervous).worker():
        assert until(lambda: silent.asked >= 60)
    assert nervous.asked < 30
