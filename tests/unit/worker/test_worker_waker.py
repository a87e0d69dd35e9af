"""The waker takes at once what comes after a long silence, and slows down only where it is rung for nothing."""

import threading
import time

import pytest

from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.rq.worker.waker import VAIN_FROM, Waker, Watch
from backend.queues.ports import Lane, Ticket, Turn
from tests.support.workers import House, until

LANES = [Lane("email", 5, 5)]


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
    """What the waker tells, and what it passes on."""

    def __init__(self, broker, *, takes=True):
        self.told, self.taken, self.takes = [], [], takes
        self.heard = threading.Event()
        self.waker = Waker(broker, "w", took=self.took, tell=self.tell)

    def took(self, deliveries):
        self.taken += deliveries
        return self.takes

    def tell(self, watched):
        self.told.append(watched)
        self.heard.set()


@pytest.mark.parametrize("answer", [True, False])
def test_a_ring_of_the_broker_and_the_end_of_the_time_are_told_apart(answer):
    listener = Listener(Bell(answer))
    listener.waker.watch(Watch(LANES, 5))
    assert listener.heard.wait(10)
    listener.waker.end()
    assert [watched.rung for watched in listener.told] == [answer]


@pytest.mark.parametrize("takes", [True, False])
def test_what_comes_is_passed_on_before_it_is_told_and_whether_it_was_welcome_is_told(takes):
    broker = MemoryBroker()
    listener = Listener(broker, takes=takes)
    listener.waker.watch(Watch(LANES, 5))
    broker.hand_over([Ticket("a", "work", "email")])
    assert listener.heard.wait(10)
    listener.waker.end()
    [watched] = listener.told
    assert [delivery.job_id for delivery in listener.taken] == ["a"]
    assert (list(watched.turn.deliveries), watched.begun, watched.rung) == (listener.taken, takes, True)


def test_a_broker_that_is_away_is_told_as_such():
    broker = MemoryBroker()
    broker.away = True
    listener = Listener(broker)
    listener.waker.watch(Watch(LANES, 5))
    assert listener.heard.wait(10)
    listener.waker.end()
    assert listener.told[0].turn is None


def test_a_watch_that_is_hurried_ends_and_was_not_rung():
    broker, began = MemoryBroker(), time.monotonic()
    listener = Listener(broker)
    listener.waker.watch(Watch(LANES, 5))
    listener.waker.hurry()
    assert listener.heard.wait(10)
    listener.waker.end()
    assert (listener.told[0].rung, list(listener.told[0].turn.deliveries)) == (False, [])
    assert time.monotonic() - began < 10


def test_it_pauses_before_it_asks_again_where_it_was_rung_for_nothing():
    listener, begin = Listener(Bell(True)), time.monotonic()
    listener.waker.watch(Watch(LANES, 5, vain=VAIN_FROM + 4))
    assert listener.heard.wait(5)
    listener.waker.end()
    assert time.monotonic() - begin >= 0.07


def test_a_silence_however_long_makes_it_no_slower_and_rings_for_nothing_do():
    silent, nervous = Bell(answer=False), Bell(answer=True)
    with House(broker=silent).worker(), House(broker=nervous).worker():
        assert until(lambda: silent.asked >= 60)
    assert nervous.asked < 30
