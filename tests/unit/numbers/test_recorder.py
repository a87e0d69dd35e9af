"""When numbers are written, and what becomes of them while the document store is away."""

from datetime import timedelta
from threading import Thread

import pytest
from structlog.testing import capture_logs

from backend.adapters.documents.numbers import DocumentNumbers
from backend.adapters.memory.documents import MemoryStore
from backend.clock import FrozenClock
from backend.errors import Unavailable
from backend.queues.numbers.grains import minute_of
from backend.queues.numbers.kept import SYSTEM
from backend.queues.numbers.recorder import EVERY_S, NumbersRecorder, in_a_thread
from tests.support.queue_runs import until
from tests.support.queues import NOON


class Place:
    """A recorder that writes to a store, and a time to write that the test chooses."""

    def __init__(self, store=None):
        self.store = store or MemoryStore()
        self.clock = FrozenClock(NOON)
        self.due = []
        self.kept = DocumentNumbers(self.store)
        self.recorder = NumbersRecorder(self.kept, self.clock, later=lambda seconds, act: self.due.append((seconds, act)))

    def count(self, number=1):
        self.recorder.count("aiQc", minute_of(self.clock.now()), [("n", number)])

    def total(self, scope="aiQc", name="n"):
        total = self.kept.totals([scope]).get(scope)
        return total.counts.get(name, 0) if total else 0

    def time_passes(self):
        [(seconds, act)], self.due = self.due, []
        assert seconds == EVERY_S
        act()


def test_much_is_one_write_after_a_while_and_silence_is_none():
    place = Place()
    for _ in range(1_000):
        place.count()
    assert (place.total(), len(place.due)) == (0, 1)
    place.time_passes()
    assert (place.total(), place.due) == (1_000, [])
    place.recorder.flush()
    assert place.store.get("numbers", "total.aiQc")["version"] == 1
    place.count(2)
    place.time_passes()
    assert place.total() == 1_002


def test_processes_come_together():
    here = Place()
    there = Place(here.store)
    here.count(3)
    there.count(2)
    here.recorder.flush()
    there.recorder.flush()
    assert here.total() == there.total() == 5


def test_while_the_store_is_away_nothing_is_lost_and_it_is_tried_again():
    place = Place()
    place.count(2)
    place.store.away = True
    place.time_passes()
    assert len(place.due) == 1
    with pytest.raises(Unavailable):
        place.recorder.flush()
    place.count()
    place.clock.move(timedelta(minutes=1))
    place.count()
    place.time_passes()
    place.store.away = False
    place.time_passes()
    assert (place.total(), place.due) == (4, [])
    place.recorder.flush()
    assert place.total() == 4


def test_that_the_store_is_away_is_for_others_to_say():
    place = Place()
    place.count()
    place.store.away = True
    with capture_logs() as lines:
        for _ in range(3):
            place.time_passes()
        place.store.away = False
        place.time_passes()
    assert (lines, place.total()) == ([], 1)


def test_a_recorder_that_nobody_has_any_more_writes_no_more():
    place = Place()
    place.count()
    place.store.away = True
    [(_, act)] = place.due
    place.recorder = None
    act()
    assert len(place.due) == 1


def test_what_no_store_can_keep_is_said_and_stops_nothing():
    place = Place()
    place.recorder.count("aiQc", 1, [("no such path!", 1)])
    place.time_passes()
    place.count()
    place.time_passes()
    assert place.total() == 1


def test_what_a_source_gained_is_counted_once():
    place, seen = Place(), {"circuit-failures": 3}
    place.recorder.watch(lambda: seen)
    place.recorder.flush()
    place.recorder.flush()
    assert place.total(SYSTEM, "circuit-failures") == 3
    seen = {"circuit-failures": 4, "circuit-openings": 1}
    place.recorder.flush()
    assert (place.total(SYSTEM, "circuit-failures"), place.total(SYSTEM, "circuit-openings")) == (4, 1)


def test_what_is_counted_for_the_system_has_its_time():
    place = Place()
    place.recorder.count_now("effects", "letter", "done")
    place.recorder.count_now("credits", "pose", amount=30)
    place.time_passes()
    assert place.total(SYSTEM, "effects-letter-done") == 1
    assert place.total(SYSTEM, "credits-pose") == 30
    assert place.kept.totals([SYSTEM])[SYSTEM].last["credits-pose"] == NOON.timestamp() * 1_000


def test_threads_that_count_while_it_is_written_lose_nothing():
    place = Place()

    def busy():
        for _ in range(300):
            place.count()
            place.recorder.flush()

    threads = [Thread(target=busy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    place.recorder.flush()
    assert place.total() == 1_200


def test_a_timer_of_its_own_writes_in_a_running_process():
    done = []
    in_a_thread(0.01, lambda: done.append(True))
    assert until(lambda: done)
