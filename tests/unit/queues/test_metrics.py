"""How many jobs ended by the minute: what Bull would show of them."""

from datetime import timedelta

import pytest

from backend.clock import to_millis
from backend.errors import InvalidInput, NotFound, TemporaryFailure
from backend.queues.testing import drain
from tests.support.queues import NOON, Desk, run_errand

MINUTE = timedelta(minutes=1)


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
