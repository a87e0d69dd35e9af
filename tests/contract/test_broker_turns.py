"""One suite for every broker: the turn of a worker, which settles and takes at once, and the wait between two turns."""

import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.rq.broker import RqBroker
from backend.queues.ports import Lane, Settlement, Ticket, Turn
from tests.support.queue_runs import until

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)


@pytest.fixture
def another(broker, request):
    """A second process's door to the same queues."""
    if isinstance(broker, MemoryBroker):
        yield broker
        return
    rq = RqBroker.open(request.getfixturevalue("redis_url"), deadline_ms=2000)
    yield rq
    rq.close()


def ticket(job_id, priority=5, queue="aiQc", **more):
    return Ticket(job_id=job_id, type="run_errand", queue=queue, priority=priority, **more)


def hand_over(broker, *job_ids, **more):
    broker.hand_over([ticket(job_id, **more) for job_id in job_ids])


def lane(queue="aiQc", share=100, room=100, **limits):
    return Lane(queue, share, room, **limits)


def ids(turn):
    return [delivery.job_id for delivery in turn.deliveries]


def take(broker, *lanes, room=100, settlements=()):
    return broker.turn("w", settlements, lanes or [lane()], room)


def settle(broker, *settlements):
    broker.turn("w", settlements, (), 0)


def test_a_turn_takes_as_many_as_there_is_room_for_in_the_order_of_the_line(broker):
    broker.hand_over([ticket("a"), ticket("last", 9), ticket("first", 1), ticket("b")])
    assert ids(take(broker, room=3)) == ["first", "a", "b"]
    assert ids(take(broker, lane(room=0))) == []
    assert ids(take(broker)) == ["last"]
    assert ids(take(broker)) == []


def test_a_turn_settles_and_takes_at_once(broker):
    hand_over(broker, "a", "b", "c")
    first = take(broker, room=2).deliveries
    second = take(broker, room=2, settlements=[Settlement(each, "completed") for each in first])
    assert ids(second) == ["c"]
    assert list(broker.in_flight()) == list(second.deliveries)


def test_a_turn_that_was_begun_is_the_same_and_its_answer_is_read_later_by_any_thread(broker):
    hand_over(broker, "a", "b", "c")
    first = take(broker, room=2).deliveries
    under_way = broker.begin_turn("w", [Settlement(each, "completed") for each in first], [lane()], 2)
    assert until(under_way.is_answered)
    assert until(lambda: len(broker.in_flight()) == 1), "it happens, whether or not its answer is read"
    hand_over(broker, "d")
    assert ids(take(broker)) == ["d"], "others have turns of their own meanwhile"
    answers = []
    reader = threading.Thread(target=lambda: answers.append(under_way.answer()))
    reader.start()
    reader.join(10)
    assert [ids(answer) for answer in answers] == [["c"]]
    assert ids(take(broker)) == []


def test_turns_may_be_begun_one_after_the_other_for_ever(broker):
    hand_over(broker, *(f"j{number}" for number in range(20)))
    taken = []
    for _ in range(20):
        taken += ids(broker.begin_turn("w", (), [lane()], 1).answer())
    assert taken == [f"j{number}" for number in range(20)]


def test_every_flight_has_a_run_of_its_own(broker):
    hand_over(broker, "a", "b")
    flights = [*take(broker).deliveries]
    settle(broker, *(Settlement(each, "returned") for each in flights))
    flights += take(broker).deliveries
    assert len({flight.run for flight in flights}) == 4
    assert all(flight.run for flight in flights)


@pytest.mark.parametrize(
    ("outcome", "waits"),
    [("completed", []), ("failed", []), ("released", []), ("unknown", []), ("returned", ["a", "b", "c"]), ("resubmitted", ["c", "a", "b"])],
)
@pytest.mark.parametrize("keep_s", [0, 60])
def test_what_a_settlement_leaves_of_the_flights(broker, outcome, waits, keep_s):
    hand_over(broker, "a", "b", "c")
    taken = take(broker, room=2 if waits else 3).deliveries
    again = {each.job_id: ticket(each.job_id) for each in taken} if outcome == "resubmitted" else {}
    settle(broker, *(Settlement(each, outcome, keep_s=keep_s, ticket=again.get(each.job_id)) for each in taken))
    assert list(broker.in_flight()) == []
    assert ids(take(broker)) == waits


def test_a_retry_that_is_to_wait_is_among_the_delayed_and_comes_at_its_time(broker):
    hand_over(broker, "a")
    [flight] = take(broker).deliveries
    assert ids(take(broker, settlements=[Settlement(flight, "resubmitted", ticket=ticket("a", due_at=NOW))])) == []
    assert list(broker.in_flight()) == []
    assert broker.promote_due(NOW) == 1
    assert ids(take(broker)) == ["a"]


@pytest.mark.parametrize("outcome", ["completed", "failed", "released", "unknown", "returned", "resubmitted"])
def test_a_flight_that_is_over_settles_nothing_of_the_next_one(broker, outcome):
    hand_over(broker, "a")
    [old] = take(broker).deliveries
    hand_over(broker, "a", front=True)  # its worker was taken for lost
    [new] = take(broker).deliveries
    settle(broker, Settlement(old, outcome, keep_s=60, ticket=ticket("a") if outcome == "resubmitted" else None))
    assert list(broker.in_flight()) == [new]
    assert ids(take(broker)) == []
    settle(broker, Settlement(new, "completed"))
    assert list(broker.in_flight()) == []


@pytest.mark.parametrize("first", [0, 1], ids=["the one that ran it", "the other"])
@pytest.mark.parametrize("outcome", ["completed", "failed"])
def test_of_a_job_that_had_two_flights_nothing_unfinished_is_left_whichever_is_settled_first(broker, outcome, first):
    hand_over(broker, "a")
    [old] = take(broker).deliveries
    hand_over(broker, "a", front=True)  # its worker was slow to claim it, and did so before the next one
    [new] = take(broker).deliveries
    ends = [Settlement(old, outcome), Settlement(new, "released")]
    for end in (ends[first], ends[1 - first]):
        settle(broker, end)
    assert list(broker.in_flight()) == []
    assert list(broker.census()) == []


def test_a_job_that_runs_without_a_flight_is_not_shown_for_ever_once_it_was_delivered_in_vain(broker):
    hand_over(broker, "a")  # it runs from the ledger, where Redis was away
    settle(broker, *(Settlement(each, "released") for each in take(broker).deliveries))
    assert (list(broker.census()), broker.seen("a")) == ([], None)


def test_a_settlement_that_is_told_twice_counts_once(broker):
    hand_over(broker, "a", "b")
    flights = take(broker).deliveries
    told = [Settlement(flights[0], "returned"), Settlement(flights[1], "resubmitted", ticket=ticket("b"))]
    settle(broker, *told)
    settle(broker, *told)
    assert ids(take(broker)) == ["a", "b"]
    settle(broker, *told)
    assert len(broker.in_flight()) == 2


@pytest.mark.parametrize("lost", [(), (0,), (2,), (1, 4), (0, 1, 2, 3, 4)], ids=str)
def test_of_those_that_end_together_only_what_recovery_took_back_goes_on(broker, lost):
    hand_over(broker, *"abcdefg")
    flights = list(take(broker).deliveries)
    settle(broker, *(Settlement(flights[at], "returned") for at in lost))
    order = [4, 1, 0, 3, 2]
    settle(broker, *(Settlement(flights[at], "completed") for at in order))
    assert {each.job_id for each in broker.in_flight()} == {"f", "g"}
    assert sorted(ids(take(broker))) == sorted(flights[at].job_id for at in lost)


def test_a_retry_of_a_flight_that_was_forgotten_is_not_lost(broker):
    hand_over(broker, "a")
    [flight] = take(broker).deliveries
    broker.release(flight)
    broker.forget("aiQc", ["a"])
    settle(broker, Settlement(flight, "resubmitted", ticket=ticket("a")))
    assert ids(take(broker)) == ["a"]


def test_shares_come_first_and_what_they_leave_is_filled_in_the_order_of_the_lanes(broker):
    for queue in ("aiQc", "email", "report"):
        hand_over(broker, *(f"{queue}{number}" for number in range(9)), queue=queue)
    turn = take(broker, lane("aiQc", 2), lane("email", 1), lane("report", 1, 1), room=6)
    assert Counter(each.queue for each in turn.deliveries) == {"aiQc": 4, "email": 1, "report": 1}
    assert ids(take(broker, lane("report", 0), lane("email", 1), room=2)) == ["email1", "report1"]


def test_no_queue_starves_behind_another_that_never_ends(broker):
    hand_over(broker, *(f"a{number}" for number in range(100)))
    hand_over(broker, "e", queue="email")
    assert "e" in ids(take(broker, lane("aiQc", 9), lane("email", 1), room=10))


def test_a_lane_takes_no_more_than_its_own_room(broker):
    hand_over(broker, *(f"a{number}" for number in range(9)))
    assert len(ids(take(broker, lane(room=3), room=50))) == 3


def test_places_in_flight_are_counted_over_all_workers(broker, another):
    hand_over(broker, *(f"a{number}" for number in range(9)))
    limited = lane(max_active=3)
    first = broker.turn("one", (), [limited], 2)
    second = another.turn("two", (), [limited], 5)
    assert (len(first.deliveries), len(second.deliveries)) == (2, 1)
    assert second.held_back_ms == 0
    third = broker.turn("one", [Settlement(each, "completed") for each in first.deliveries], [limited], 5)
    assert len(third.deliveries) == 2


def test_the_end_of_a_flight_wakes_whoever_waits_for_its_place(broker, another):
    hand_over(broker, "a", "b")
    [flight] = take(broker, lane(max_active=1)).deliveries
    assert ids(another.turn("two", (), [lane(max_active=1)], 5)) == []
    assert another.wait(["aiQc"], 0.05) is False
    settle(broker, Settlement(flight, "completed"))
    assert another.wait(["aiQc"], 5) is True


def test_no_stretch_of_time_has_more_starts_than_the_rate_whoever_takes_them(broker, another):
    hand_over(broker, *(f"a{number}" for number in range(40)))
    limited, starts = lane(rate_max=5, rate_duration_ms=200), []
    end = time.monotonic() + 1.1
    while time.monotonic() < end:
        for worker, through in (("one", broker), ("two", another)):
            before = time.monotonic()
            turn = through.turn(worker, (), [limited], 3)
            starts += [before] * len(turn.deliveries)
            if turn.held_back_ms:
                time.sleep(min(turn.held_back_ms / 1000, 0.02))
    # Each start lay between the call and the answer: measured from the calls a stretch may seem a little shorter.
    assert all(later - start >= 0.19 for start, later in zip(starts, starts[5:], strict=False))
    assert len(starts) >= 20


def test_a_rate_says_for_how_long_it_holds_back_and_only_while_something_waits(broker):
    hand_over(broker, "a", "b")
    limited = lane(rate_max=1, rate_duration_ms=60_000)
    first = take(broker, limited)
    assert ids(first) == ["a"]
    assert 59_000 < first.held_back_ms <= 60_000
    assert take(broker, limited, lane("email")).held_back_ms > 59_000
    assert take(broker, lane(rate_max=2, rate_duration_ms=60_000)).deliveries[0].job_id == "b"
    assert take(broker, limited).held_back_ms == 0


def test_what_was_put_off_before_it_began_does_not_count_towards_the_rate(broker):
    hand_over(broker, "a", "b", "c")
    limited = lane(rate_max=1, rate_duration_ms=60_000)
    [flight] = take(broker, limited).deliveries
    later = Settlement(flight, "resubmitted", ticket=ticket("a", front=True, due_at=NOW))
    assert ids(take(broker, limited, settlements=[later])) == ["b"]
    assert ids(take(broker, limited, settlements=[later])) == [], "its flight was over"
    assert broker.promote_due(NOW) == 1
    assert ids(take(broker)) == ["a", "c"]


def test_what_is_put_off_late_takes_no_start_of_another_off_the_rate(broker):
    hand_over(broker, "a", "b", "c")
    limited = lane(rate_max=1, rate_duration_ms=300)
    [flight] = take(broker, limited).deliveries
    assert until(lambda: ids(take(broker, limited)) == ["b"], seconds=5)
    later = Settlement(flight, "resubmitted", ticket=ticket("a", front=True, due_at=NOW))
    assert ids(take(broker, limited, settlements=[later])) == []


def test_a_retry_that_is_to_wait_has_begun_and_counts(broker):
    hand_over(broker, "a", "b")
    limited = lane(rate_max=1, rate_duration_ms=60_000)
    [flight] = take(broker, limited).deliveries
    assert ids(take(broker, limited, settlements=[Settlement(flight, "resubmitted", ticket=ticket("a", due_at=NOW))])) == []


def test_what_is_to_be_at_the_front_later_comes_before_all_others_in_the_order_in_which_it_was_put_off(broker):
    hand_over(broker, "a", "b", "c", "other")
    flights = take(broker, room=3).deliveries
    settle(broker, *(Settlement(each, "resubmitted", ticket=ticket(each.job_id, front=True, due_at=NOW)) for each in flights))
    hand_over(broker, "first of all", priority=1)
    assert broker.promote_due(NOW) == 3
    assert ids(take(broker)) == ["a", "b", "c", "first of all", "other"]


def test_what_is_handed_over_after_an_empty_turn_and_before_the_wait_is_heard(broker):
    assert ids(take(broker)) == []
    hand_over(broker, "a")
    began = time.monotonic()
    assert broker.wait(["email", "aiQc"], 5) is True
    assert time.monotonic() - began < 1


def test_a_wait_ends_when_another_hands_over_and_only_for_its_own_queues(broker, another):
    heard = []
    waiter = threading.Thread(target=lambda: heard.append((broker.wait(["email"], 5), time.monotonic())))
    waiter.start()
    hand_over(another, "a", queue="aiQc")
    time.sleep(0.2)
    handed = time.monotonic()
    hand_over(another, "e", queue="email")
    waiter.join(5)
    assert heard[0][0] is True
    assert 0 <= heard[0][1] - handed < 1


@pytest.mark.parametrize("limits", [{}, {"rate_max": 1, "rate_duration_ms": 60_000}, {"max_active": 1}])
def test_nobody_is_woken_for_what_he_may_not_take(broker, limits):
    hand_over(broker, *(f"a{number}" for number in range(20)))
    while take(broker, lane(**limits)).deliveries:
        pass
    began = time.monotonic()
    assert broker.wait(["aiQc"], 0.2) is False
    assert time.monotonic() - began >= 0.19


def test_a_worker_without_room_leaves_the_wake_up_to_others(broker, another):
    hand_over(broker, "a", "b")
    assert ids(take(broker, lane(room=0), room=5)) == []
    assert ids(take(broker, room=1)) == ["a"]
    assert another.wait(["aiQc"], 5) is True
    assert ids(take(another)) == ["b"]


def test_a_turn_that_waits_is_made_as_soon_as_something_comes(broker, another):
    waited = []
    waiter = threading.Thread(target=lambda: waited.append(broker.turn_when_rung("one", [lane()], 5, 10)))
    waiter.start()
    time.sleep(0.1)
    hand_over(another, "a")
    waiter.join(9)
    [(rung, turn)] = waited
    assert (rung, ids(turn)) == (True, ["a"])
    assert [flight.job_id for flight in broker.in_flight()] == ["a"]
    settle(broker, Settlement(turn.deliveries[0], "completed"))
    assert broker.in_flight() == []


def test_a_turn_that_waits_is_made_unrung_when_the_time_is_over(broker):
    hand_over(broker, "a", "b")
    assert ids(take(broker, room=1)) == ["a"]
    while broker.wait(["aiQc"], 0.01):
        pass
    rung, turn = broker.turn_when_rung("one", [lane()], 5, 0.05)
    assert (rung, ids(turn)) == (False, ["b"])


def test_a_turn_that_waits_can_be_hurried_also_before_it_waits_and_wakes_nobody_else(broker, another):
    broker.hurry("one")
    began = time.monotonic()
    assert broker.turn_when_rung("one", [lane()], 5, 300) == (False, Turn([]))
    assert time.monotonic() - began < 60
    another.hurry("two")
    assert broker.turn_when_rung("one", [lane()], 5, 0.05) == (False, Turn([]))


def test_a_turn_that_waited_takes_no_more_than_its_room_and_its_limits(broker):
    hand_over(broker, *(f"a{number}" for number in range(9)))
    rung, turn = broker.turn_when_rung("one", [lane(max_active=3)], 5, 10)
    assert (rung, len(turn.deliveries)) == (True, 3)
