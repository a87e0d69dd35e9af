"""The room of a worker is divided by weight, and no queue starves."""

from collections import Counter

import pytest

from backend.adapters.rq.worker.shares import LaneRule, Shares

HEAVY, LIGHT = LaneRule("heavy", weight=4), LaneRule("light", weight=1)


def serve(shares, rules, waiting, room, busy=None):
    """One turn against queues that hold so many jobs, served as a broker does."""
    lanes = shares.lanes(rules, room, busy or {})
    taken = Counter()
    for limit in ("share", "room"):
        for lane in lanes:
            count = min(getattr(lane, limit) - taken[lane.queue], waiting[lane.queue] - taken[lane.queue], room - taken.total())
            taken[lane.queue] += max(0, count)
    taken = +taken
    waiting.subtract(taken)
    shares.served(rules, taken)
    return taken


@pytest.mark.parametrize("room", [1, 3, 10, 50])
def test_over_many_turns_each_queue_gets_its_part(room):
    shares, waiting, served = Shares(), Counter(heavy=10_000, light=10_000), Counter()
    while served.total() < 5_000:
        served += serve(shares, [HEAVY, LIGHT], waiting, room)
    assert served["heavy"] / served["light"] == pytest.approx(4, rel=0.05)


def test_with_one_place_a_light_queue_waits_no_more_than_its_weight_asks():
    shares, waiting = Shares(), Counter(heavy=1_000, light=1_000)
    order = "".join(next(iter(serve(shares, [HEAVY, LIGHT], waiting, 1)))[0] for _ in range(50))
    assert "hhhhhh" not in order
    assert "ll" not in order


def test_a_queue_that_was_empty_for_long_has_saved_up_nothing():
    shares, waiting = Shares(), Counter(heavy=1_000, light=0)
    for _ in range(100):
        serve(shares, [HEAVY, LIGHT], waiting, 1)
    waiting["light"] = 1_000
    served = sum((serve(shares, [HEAVY, LIGHT], waiting, 1) for _ in range(50)), Counter())
    assert served["light"] <= 12


def test_what_one_queue_leaves_the_others_take():
    assert serve(Shares(), [HEAVY, LIGHT], Counter(heavy=0, light=100), 10) == {"light": 10}


@pytest.mark.parametrize(("busy", "rooms"), [({}, [2]), ({"report": 1}, [1]), ({"report": 2}, []), ({"report": 3}, [])])
def test_a_queue_with_places_of_its_own_gets_no_more_of_the_worker(busy, rooms):
    lanes = Shares().lanes([LaneRule("report", slots=2)], 10, busy)
    assert [lane.room for lane in lanes] == rooms


def test_limits_over_all_workers_are_passed_on():
    (lane,) = Shares().lanes([LaneRule("q", max_active=3, rate_max=60, rate_duration_ms=1000)], 5, {})
    assert (lane.max_active, lane.rate_max, lane.rate_duration_ms) == (3, 60, 1000)
