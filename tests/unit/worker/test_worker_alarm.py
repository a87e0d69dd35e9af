"""The alarm of the foreman: the system's own timer, and what stands in for it where there is none."""

import gc
import resource
import threading
import time
from pathlib import Path

import pytest

from backend.adapters.rq.worker import alarm
from backend.adapters.rq.worker.alarm import Alarm, SleeperAlarm, TimerAlarm

AFTER_S = 0.05


@pytest.fixture(params=[TimerAlarm, SleeperAlarm])
def clock(request) -> Alarm:
    if request.param is TimerAlarm and not isinstance(alarm.alarm(AFTER_S), TimerAlarm):
        pytest.skip("this system has no timer that can be waited for: Linux has")
    return request.param(AFTER_S)


class Sleeper(threading.Thread):
    """Waits once, and notes when it was rung."""

    def __init__(self, clock: Alarm) -> None:
        super().__init__(daemon=True)
        self._clock = clock
        self.rung_at = 0.0
        self.start()

    def run(self) -> None:
        self._clock.wait()
        self.rung_at = time.monotonic()


def test_it_rings_after_its_time_and_not_before(clock):
    sleeper = Sleeper(clock)
    began = time.monotonic()
    clock.set()
    sleeper.join(5)
    assert sleeper.rung_at - began >= AFTER_S * 0.99


def test_it_is_set_before_anybody_waits(clock):
    clock.set()
    time.sleep(2 * AFTER_S)
    sleeper = Sleeper(clock)
    sleeper.join(5)
    assert sleeper.rung_at


def test_one_that_is_not_set_does_not_ring(clock):
    sleeper = Sleeper(clock)
    sleeper.join(3 * AFTER_S)
    assert not sleeper.rung_at
    clock.set()  # and the thread ends


def test_to_set_it_again_puts_it_off(clock):
    sleeper = Sleeper(clock)
    for _ in range(5):
        clock.set()
        last = time.monotonic()
        time.sleep(AFTER_S / 10)
    sleeper.join(5)
    assert sleeper.rung_at - last >= AFTER_S * 0.99


def test_it_rings_once_for_each_time_that_it_is_set(clock):
    for _ in range(3):
        clock.set()
        Sleeper(clock).join(5)
    sleeper = Sleeper(clock)
    sleeper.join(3 * AFTER_S)
    assert not sleeper.rung_at
    clock.set()


def test_where_the_system_gives_no_timer_a_sleeper_stands_in():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, most[1]))
    try:
        given = alarm.alarm(AFTER_S)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
    assert isinstance(given, SleeperAlarm)


def test_a_timer_that_nobody_uses_any_more_is_given_back():
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(20):
        alarm.alarm(AFTER_S)
    gc.collect()
    assert len(list(Path("/dev/fd").iterdir())) < before + 20
