"""One suite for every broker: order, delays, flights, and what is missing."""

import threading
import time
from datetime import UTC, datetime, timedelta

from backend.queues.names import QUEUES
from backend.queues.ports import Ticket

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)


def ticket(job_id, priority=5, queue="aiQc", **more):
    return Ticket(job_id=job_id, type="run_errand", queue=queue, priority=priority, **more)


def take_all(broker, queues=QUEUES):
    taken = []
    while delivery := broker.take(queues, 0):
        taken.append(delivery.job_id)
    return taken


def test_equal_priorities_run_in_the_order_of_their_arrival(broker):
    for name in ("a", "b", "c"):
        broker.hand_over([ticket(name)])
    assert take_all(broker) == ["a", "b", "c"]


def test_one_goes_first_larger_numbers_later_and_none_last(broker):
    order = [("n1", 0), ("p2a", 2), ("n2", 0), ("p1a", 1), ("p2b", 2), ("p10", 10), ("p1b", 1), ("n3", 0)]
    broker.hand_over([ticket(name, priority) for name, priority in order])
    assert take_all(broker) == ["p1a", "p1b", "p2a", "p2b", "p10", "n1", "n2", "n3"]


def test_lifo_goes_before_its_equals_and_not_before_better_ones(broker):
    broker.hand_over([ticket("a", 5), ticket("b", 5), ticket("first", 1), ticket("later", 0)])
    broker.hand_over([ticket("lifo", 5, lifo=True), ticket("lifo-none", 0, lifo=True)])
    assert take_all(broker) == ["first", "lifo", "a", "b", "lifo-none", "later"]


def test_the_front_is_before_everything(broker):
    broker.hand_over([ticket("a", 1), ticket("b", 1)])
    broker.hand_over([ticket("recovered", 7, front=True)])
    assert take_all(broker) == ["recovered", "a", "b"]


def test_queues_are_looked_at_in_the_order_asked_for_and_no_other_is_touched(broker):
    broker.hand_over([ticket("q", queue="aiQc"), ticket("e", queue="email"), ticket("r", queue="report")])
    assert take_all(broker, ["report", "email"]) == ["r", "e"]
    assert take_all(broker, ["aiQc"]) == ["q"]
    assert broker.take([], 0) is None


def test_a_delayed_ticket_waits_and_comes_back_into_its_place(broker):
    broker.hand_over([ticket("late", 1, due_at=NOW + timedelta(seconds=5)), ticket("later", 2, due_at=NOW + timedelta(seconds=9))])
    broker.hand_over([ticket("now", 5)])
    assert broker.promote_due(NOW + timedelta(seconds=4.9)) == 0
    assert broker.promote_due(NOW + timedelta(seconds=5)) == 1
    assert take_all(broker) == ["late", "now"]
    assert broker.promote_due(NOW + timedelta(minutes=1)) == 1
    assert take_all(broker) == ["later"]


def test_what_was_taken_is_in_flight_until_it_is_settled(broker):
    broker.hand_over([ticket(name) for name in ("done", "dead", "released", "again")])
    flights = [broker.take(["aiQc"], 0) for _ in range(4)]
    assert list(broker.in_flight()) == flights
    broker.acknowledge(flights[0])
    broker.bury(flights[1], "ValueError", keep_s=60)
    broker.release(flights[2])
    broker.hand_over([ticket("again", due_at=NOW)])
    assert list(broker.in_flight()) == []


def test_what_is_put_back_is_taken_next_and_once(broker):
    broker.hand_over([ticket("a"), ticket("b", 1)])
    delivery = broker.take(["aiQc"], 0)
    broker.put_back(delivery)
    broker.put_back(delivery)
    assert list(broker.in_flight()) == []
    assert take_all(broker) == ["b", "a"]


def test_missing_are_those_that_neither_wait_nor_are_delayed_nor_in_flight(broker):
    names = ["waits", "delayed", "flies", "done", "dead", "never"]
    broker.hand_over([ticket("flies", 1), ticket("done", 2), ticket("dead", 3), ticket("waits", 9), ticket("delayed", due_at=NOW)])
    broker.take(["aiQc"], 0)
    broker.acknowledge(broker.take(["aiQc"], 0))
    broker.bury(broker.take(["aiQc"], 0), "ValueError", keep_s=60)
    assert set(broker.missing(names)) == {"done", "dead", "never"}
    assert set(broker.missing([])) == set()


def test_a_worker_that_waits_is_woken_by_the_hand_over_of_another(broker):
    taken = []
    waiter = threading.Thread(target=lambda: taken.append((broker.take(["email", "aiQc"], 5.0), time.monotonic())))
    waiter.start()
    time.sleep(0.2)
    handed = time.monotonic()
    broker.hand_over([ticket("a")])
    waiter.join(5)
    assert taken[0][0].job_id == "a"
    assert taken[0][1] - handed < 1.0


def test_an_empty_queue_is_waited_for_only_so_long(broker):
    assert broker.take(["aiQc"], 0.1) is None
    broker.ping()
