"""How many jobs ended by the minute: what is counted, when it is written, and what Bull would show of it."""

from datetime import timedelta

import pytest

from backend.adapters.documents.end_counts import DocumentEndCounts
from backend.adapters.memory.documents import MemoryStore
from backend.clock import FrozenClock, to_millis
from backend.errors import InvalidInput, NotFound, TemporaryFailure, Unavailable
from backend.queues.metrics import KEPT_MINUTES, minute_of
from backend.queues.middleware.count_ends import EVERY_S, CountEnds
from backend.queues.records import JobState, altered
from backend.queues.testing import drain
from tests.support.queues import NOON, Desk, run_errand

MINUTE = timedelta(minutes=1)
NOW = minute_of(NOON)


def run(desk, good=0, bad=0):
    for outcome in [{"ok": True}] * good + [TemporaryFailure("busy")] * bad:
        desk.errands.outcomes = [outcome]
        desk.service.submit(run_errand, {"place": "x"}, attempts=1)
        drain(desk.platform)


def data(desk, state="completed", *where):
    return desk.control.metrics("aiQc", state, *where).data


def test_a_minute_is_shown_once_it_is_over_and_gaps_are_zeros():
    desk = Desk()
    run(desk, good=2, bad=1)
    assert (data(desk), desk.control.metrics("aiQc").running) == ([], 2)
    desk.clock.move(MINUTE)
    assert (data(desk), data(desk, "failed")) == ([2], [1])
    desk.clock.move(2 * MINUTE)
    run(desk, good=1)
    desk.clock.move(MINUTE)
    assert data(desk) == [1, 0, 0, 2]
    assert data(desk, "failed") == [0, 0, 0, 1]
    assert desk.control.metrics("email").data == []


def test_a_failure_that_is_tried_again_is_none():
    desk = Desk()
    desk.errands.outcomes = [TemporaryFailure("busy")]
    desk.service.submit(run_errand, {"place": "x"}, attempts=2, backoff=0)
    drain(desk.platform)
    desk.clock.move(MINUTE)
    assert (data(desk, "failed"), data(desk)) == ([], [1])


@pytest.mark.parametrize(
    ("start", "end", "shown"), [(0, -1, [3, 2, 1]), (0, 0, [3]), (1, -1, [2, 1]), (1, 1, [2]), (0, 99, [3, 2, 1]), (3, -1, [])]
)
def test_pages_are_chosen_as_in_bull(start, end, shown):
    desk = Desk()
    for number in (1, 2, 3):
        run(desk, good=number)
        desk.clock.move(MINUTE)
    found = desk.control.metrics("aiQc", "completed", start, end)
    assert found.data == shown
    assert found.to_bull() == {
        "meta": {"count": 6, "prevTS": to_millis(NOON + 2 * MINUTE), "prevCount": 6},
        "data": shown,
        "count": 3,
        "running": 0,
    }


@pytest.mark.parametrize(("queue", "state", "error"), [("aiqc", "completed", NotFound), ("aiQc", "waiting", InvalidInput)])
def test_other_queues_and_states_are_refused(queue, state, error):
    with pytest.raises(error):
        Desk().control.metrics(queue, state)


class Place:
    """Counting that writes to a store, and a time to write that the test chooses."""

    def __init__(self, store=None):
        self.store = store or MemoryStore()
        self.clock = FrozenClock(NOON)
        self.due = []
        self.counting = CountEnds(DocumentEndCounts(self.store), self.clock, later=lambda seconds, act: self.due.append((seconds, act)))

    def end(self, times=1, state=JobState.COMPLETED):
        desk = Desk()
        desk.service.submit(run_errand, {"place": "x"})
        [job] = drain(desk.platform)
        for _ in range(times):
            self.counting.ended(altered(job, state=state, finished_at=self.clock.now()))

    def kept(self, state=JobState.COMPLETED):
        return DocumentEndCounts(self.store).of("aiQc", state, 0)

    def time_passes(self):
        [(seconds, act)], self.due = self.due, []
        assert seconds == EVERY_S
        act()


def test_many_ends_are_one_write_after_a_while_and_silence_is_none():
    place = Place()
    place.end(1_000)
    assert place.kept() == {}
    place.time_passes()
    assert (place.kept(), place.due) == ({NOW: 1_000}, [])
    place.end(1, JobState.FAILED)
    place.time_passes()
    assert place.kept(JobState.FAILED) == {NOW: 1}


def test_another_process_sees_what_was_written_and_reading_writes_ones_own():
    here = Place()
    there = Place(here.store)
    here.end(3)
    assert here.counting.of("aiQc", JobState.COMPLETED) == {NOW: 3}
    there.end(2)
    assert there.counting.of("aiQc", JobState.COMPLETED) == {NOW: 5}


def test_while_the_store_is_away_nothing_is_lost_and_no_thread_dies():
    place = Place()
    place.end(2)
    place.store.away = True
    place.time_passes()
    with pytest.raises(Unavailable):
        place.counting.flush()
    place.store.away = False
    place.end()
    place.time_passes()
    assert place.kept() == {NOW: 3}


def test_what_is_older_than_two_days_goes():
    place = Place()
    place.end()
    place.time_passes()
    place.clock.move(timedelta(minutes=KEPT_MINUTES + 61))
    place.end()
    place.time_passes()
    assert list(place.kept()) == [minute_of(place.clock.now())]
