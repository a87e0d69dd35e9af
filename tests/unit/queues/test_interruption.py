"""A cancelled job that does not stop by itself is stopped: first by an exception, then with its process."""

import signal
import threading
import time
from datetime import timedelta

import pytest

from backend.adapters.rq.interruption import PATIENCE, CancelWatch, Interruption
from backend.queues.errors import JobCancelled, JobTimedOut
from tests.support.queues import Desk, run_errand


@pytest.fixture
def interruption():
    before = signal.getsignal(signal.SIGUSR1)
    made = Interruption()
    made.listen()
    yield made
    signal.signal(signal.SIGUSR1, before)


def sleep_carelessly():
    try:
        time.sleep(5)
    except Exception:
        time.sleep(5)


def test_a_sleeping_job_is_stopped_from_another_thread_even_where_it_swallows_exceptions(interruption):
    timer = threading.Timer(0.1, lambda: interruption.stop("u-1"))
    timer.start()
    began = time.monotonic()
    with pytest.raises(JobCancelled, match="cancelled by u-1"), interruption.limit(0):
        sleep_carelessly()
    assert time.monotonic() - began < 2
    timer.join()


def test_a_time_limit_still_ends_the_block(interruption):
    with pytest.raises(JobTimedOut), interruption.limit(50):
        time.sleep(5)


def test_outside_of_a_job_a_request_does_nothing_and_none_is_left_for_the_next_job(interruption):
    interruption.stop("u-1")
    signal.raise_signal(signal.SIGUSR1)
    with interruption.limit(0):
        signal.raise_signal(signal.SIGUSR1)
        time.sleep(0.01)


class Stopper:
    def __init__(self):
        self.asked = []

    def stop(self, by):
        self.asked.append(by)


@pytest.mark.parametrize(
    ("waited", "stopped", "left"),
    [
        (timedelta(0), [], []),
        (PATIENCE - timedelta(milliseconds=1), [], []),
        (PATIENCE, ["u-1"], []),
        (2 * PATIENCE - timedelta(milliseconds=1), ["u-1"], []),
        (2 * PATIENCE, [], [1]),
    ],
)
def test_patience_lasts_ten_seconds_and_then_ten_more(waited, stopped, left):
    desk, stopper, codes = Desk(), Stopper(), []
    watch = CancelWatch(desk.platform, stopper, codes.append)
    job_id = desk.service.submit(run_errand, {"place": "x"}).job_id
    desk.take_and_vanish()
    with desk.platform.keeper.holding(job_id, desk.service.get(job_id).lease.token):
        watch.look()
        desk.platform.job_control.cancel(job_id, by="u-1")
        desk.clock.move(waited)
        watch.look()
        desk.store.away = True
        watch.look()
        desk.store.away = False
    assert (stopper.asked, codes) == (stopped, left)
