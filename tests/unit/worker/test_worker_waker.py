"""The waker rings at once for what comes after a long silence, and slows down only where it is rung for nothing."""

import threading
import time

import pytest

from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.rq.worker.waker import VAIN_FROM, Waker
from tests.support.workers import House, until


class Bell(MemoryBroker):
    """Nothing ever waits here; `wait` answers at once, always the same, and counts."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.answer, self.asked = answer, 0

    def wait(self, queues, wait_s):
        self.asked += 1
        time.sleep(0.001)
        return self.answer


@pytest.mark.parametrize("answer", [True, False])
def test_a_ring_of_the_broker_and_the_end_of_the_time_are_told_apart(answer):
    rung = threading.Event()
    waker = Waker(Bell(answer), rung.set)
    waker.watch(["email"])
    assert rung.wait(5)
    waker.end()
    assert waker.woken is answer


def test_it_pauses_before_it_asks_again_where_it_was_rung_for_nothing():
    rung, begin = threading.Event(), time.monotonic()
    waker = Waker(Bell(True), rung.set)
    waker.watch(["email"], vain=VAIN_FROM + 4)
    assert rung.wait(5)
    waker.end()
    assert time.monotonic() - begin >= 0.07


def test_a_silence_however_long_makes_it_no_slower_and_rings_for_nothing_do():
    silent, nervous = Bell(answer=False), Bell(answer=True)
    with House(broker=silent).worker(), House(broker=nervous).worker():
        assert until(lambda: silent.asked >= 60)
    assert nervous.asked < 30
