"""One suite for every broker: what control asks of it, and what it keeps of finished jobs."""

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from rq import Queue

from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.rq import names
from backend.adapters.rq.broker import RqBroker
from backend.queues.names import QUEUES
from backend.queues.ports import Ticket
from backend.queues.records import JobState

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)


@pytest.fixture
def rq(redis_url):
    opened = RqBroker.open(redis_url, deadline_ms=2000)
    yield opened
    opened.close()


@pytest.fixture(params=["memory", "rq"])
def broker(request):
    return MemoryBroker() if request.param == "memory" else request.getfixturevalue("rq")


def ticket(job_id, priority=5, **more):
    return Ticket(job_id=job_id, type="run_errand", queue="aiQc", priority=priority, **more)


def take_all(broker):
    taken = []
    while delivery := broker.take(QUEUES, 0):
        taken.append(delivery.job_id)
    return taken


def test_what_is_forgotten_is_neither_taken_nor_promoted_and_the_others_keep_their_order(broker):
    later = NOW + timedelta(seconds=1)
    broker.hand_over([ticket("a"), ticket("b", 1), ticket("c"), ticket("d"), ticket("late", due_at=later), ticket("later", due_at=later)])
    broker.forget("aiQc", ["c", "b", "late", "never-there"])
    broker.promote_due(later)
    assert take_all(broker) == ["a", "d", "later"]
    assert set(broker.missing(["c", "late"])) == {"c", "late"}


def test_what_is_in_flight_stays_so_when_it_is_forgotten(broker):
    broker.hand_over([ticket("a")])
    flight = broker.take(["aiQc"], 0)
    broker.forget("aiQc", ["a"])
    assert list(broker.in_flight()) == [flight]


def test_a_forgotten_id_can_come_again(broker):
    broker.hand_over([ticket("a")])
    broker.forget("aiQc", ["a"])
    broker.hand_over([ticket("b"), ticket("a")])
    assert take_all(broker) == ["b", "a"]


def test_a_job_handed_over_twice_waits_once(broker):
    broker.hand_over([ticket("a")])
    broker.hand_over([ticket("a", 1)])
    broker.hand_over([ticket("a", due_at=NOW)])
    assert take_all(broker) == []
    broker.promote_due(NOW)
    assert take_all(broker) == ["a"]


@pytest.mark.parametrize("names", [[f"j{number}" for number in range(12)], [f"j{number}" for number in reversed(range(12))]])
def test_jobs_that_are_due_in_the_same_moment_run_in_the_order_of_their_arrival(broker, names):
    due = NOW + timedelta(milliseconds=7)
    broker.hand_over([ticket("before", due_at=due - timedelta(milliseconds=1)), *(ticket(name, due_at=due) for name in names)])
    broker.hand_over([ticket("after", due_at=due + timedelta(milliseconds=1))])
    assert broker.promote_due(due) == 13
    assert take_all(broker) == ["before", *names]


def test_it_is_seen_where_a_job_stands_and_that_it_is_not_there(broker):
    broker.hand_over([ticket("waits"), ticket("late", due_at=NOW + timedelta(hours=1)), ticket("runs", priority=1)])
    taken = broker.take(QUEUES, 0)
    assert {name: broker.seen(name) for name in ("waits", "late", "runs", "absent")} == {
        "waits": JobState.WAITING,
        "late": JobState.DELAYED,
        "runs": JobState.ACTIVE,
        "absent": None,
    }
    broker.bury(taken, "ValueError", keep_s=60)
    assert broker.seen("runs") is JobState.FAILED


def test_what_is_no_job_is_not_seen(rq, redis_url):
    rq.redis.set(f"{names.JOB_PREFIX}odd", "no hash")
    assert rq.seen("odd") is None


def test_nothing_of_a_forgotten_job_is_left_in_redis(rq, redis_url):
    connection = Redis.from_url(redis_url)
    rq.hand_over([ticket("a"), ticket("b"), ticket("dead")])
    rq.take(["aiQc"], 0)
    rq.forget("aiQc", ["b"])
    [dead] = [rq.take(["aiQc"], 0)]
    rq.bury(dead, "ValueError", keep_s=60)
    rq.forget("aiQc", ["dead"])
    assert connection.keys("*b") == connection.keys("*dead") == []
    assert Queue("aiQc", connection=connection).failed_job_registry.count == 0
    assert Queue("aiQc", connection=connection).count == 0


@pytest.mark.parametrize(("count", "kept"), [(None, ["j0", "j1", "j2"]), (2, ["j1", "j2"]), (1, ["j2"]), (9, ["j0", "j1", "j2"])])
@pytest.mark.parametrize("end", ["acknowledge", "bury"])
def test_redis_shows_so_many_finished_jobs_of_the_queue_the_newest(rq, redis_url, end, count, kept):
    queue = Queue("aiQc", connection=Redis.from_url(redis_url))
    rq.hand_over([ticket(f"j{number}") for number in range(3)])
    for seconds in (60, 61, 62):  # ends in this order
        delivery = rq.take(["aiQc"], 0)
        if end == "bury":
            rq.bury(delivery, "ValueError", keep_s=seconds, keep_count=count)
        else:
            rq.acknowledge(delivery, keep_s=seconds, keep_count=count)
    registry = queue.failed_job_registry if end == "bury" else queue.finished_job_registry
    assert registry.get_job_ids() == kept
    assert sorted(key.decode()[7:] for key in queue.connection.keys("rq:job:*")) == kept


def test_what_waits_is_counted_by_priority(broker):
    assert dict(broker.waiting_by_priority("aiQc")) == {}
    broker.hand_over([ticket(f"p{priority}-{number}", priority) for priority in (1, 5, 7, 2_097_151) for number in range(priority % 5 + 1)])
    broker.hand_over([ticket("none", 0), ticket("lifo", 5, lifo=True), ticket("front", 7, front=True)])
    broker.hand_over([ticket("late", 1, due_at=NOW), Ticket("elsewhere", "run_errand", "email", priority=1)])
    assert dict(broker.waiting_by_priority("aiQc")) == {0: 2, 1: 2, 5: 2, 7: 3, 2_097_151: 2}
    for _ in range(3):
        broker.take(["aiQc"], 0)
    assert dict(broker.waiting_by_priority("aiQc")) == {0: 1, 5: 2, 7: 3, 2_097_151: 2}
    assert dict(broker.waiting_by_priority("email")) == {1: 1}


def test_with_very_many_priorities_the_first_are_counted(rq):
    rq.hand_over([ticket(f"j{priority}", priority) for priority in range(1_500, 0, -1)])
    assert dict(rq.waiting_by_priority("aiQc")) == dict.fromkeys(range(1, 1_001), 1)
