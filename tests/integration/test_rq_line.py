"""The line of waiting jobs in Redis: one order, and RQ's list beside it, whatever comes and goes."""

import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from backend.queues.ports import Lane, Settlement, Ticket

pytestmark = pytest.mark.servers
BYTES_PER_WAITING_JOB = 600


def ticket(name, priority=0, **more):
    return Ticket(job_id=name, type="run_errand", queue="aiQc", priority=priority, **more)


def taken(broker):
    found = []
    while delivery := broker.take(["aiQc"], 0):
        found.append(delivery.job_id)
    return found


def listed(redis):
    return set(Queue("aiQc", connection=redis).job_ids)


def position(redis, name):
    """Where in RQ's list a job is, as far as its hash and its score tell."""
    moved = redis.hget(b"rq:job:" + name, "at")
    return int(moved) if moved is not None else abs(int(redis.zscore("gacp:order:aiQc", name)) % 2**31 - 2**30)


def test_rq_s_list_holds_what_waits_whatever_the_order_of_the_takes(broker, redis):
    chance = random.Random(7)
    waiting = {}
    for number in range(400):
        if waiting and chance.random() < 0.45:
            delivery = broker.take(["aiQc"], 0)
            assert delivery.job_id == min(waiting, key=waiting.get)
            del waiting[delivery.job_id]
            broker.acknowledge(delivery)
        else:
            priority = chance.choice([1, 2, 5, 0])
            broker.hand_over([ticket(f"j{number}", priority)])
            waiting[f"j{number}"] = (priority or 9, number)
        assert listed(redis) == set(waiting)
    assert taken(broker) == sorted(waiting, key=waiting.get)
    assert listed(redis) == set()


def test_a_job_that_is_handed_over_twice_waits_once_at_its_new_place(broker, redis):
    broker.hand_over([ticket("a", 5), ticket("b", 5), ticket("a", 7)])
    assert Queue("aiQc", connection=redis).job_ids == ["b", "a"]
    assert taken(broker) == ["b", "a"]


def test_an_id_that_rq_s_own_tools_put_into_the_list_is_taken_when_it_comes_to_the_head(broker, redis):
    broker.hand_over([ticket("a", 1)])
    redis.rpush("rq:queue:aiQc", "stray")
    broker.hand_over([ticket("b", 1)])
    assert taken(broker) == ["a", "stray", "b"]


def test_an_id_that_rq_s_own_tools_took_out_of_the_list_disturbs_no_other(broker, redis):
    broker.hand_over([ticket(name, priority) for name, priority in (("a", 5), ("b", 5), ("c", 2), ("d", 5), ("e", 1))])
    redis.lrem("rq:queue:aiQc", 1, "b")
    assert [broker.take(["aiQc"], 0).job_id for _ in range(2)] == ["e", "c"]
    assert listed(redis) == {"a", "d"}
    assert taken(broker) == ["a", "b", "d"]


@pytest.mark.parametrize("before", [0, 7])
def test_what_was_put_to_the_front_uses_up_no_arrivals(broker, redis, before):
    broker.hand_over([ticket(f"before{number}") for number in range(before)])
    taken(broker)
    due = datetime.now(UTC) - timedelta(seconds=1)
    for rounds in range(3):
        broker.hand_over([ticket(f"front{rounds}-{number}", front=True, due_at=due) for number in range(5)])
        broker.promote_due(datetime.now(UTC))
        assert taken(broker) == [f"front{rounds}-{number}" for number in range(5)]
    broker.hand_over([ticket("n1"), ticket("n2"), ticket("l1", lifo=True), ticket("l2", lifo=True)])
    assert int(redis.hget("gacp:marks:aiQc", "arrivals")) >= 4
    assert taken(broker) == ["l2", "l1", "n1", "n2"]


@pytest.mark.parametrize("outcome", ["completed", "failed", "returned", "released"])
def test_the_end_of_a_run_that_was_forgotten_leaves_the_job_that_was_handed_over_since_in_its_place(broker, redis, outcome):
    broker.hand_over([ticket("again")])
    (first,) = broker.turn("me", [], [Lane("aiQc", 1, 1)], 1).deliveries
    broker.forget("aiQc", ["again"])
    assert [each.job_id for each in broker.in_flight()] == ["again"]
    broker.hand_over([ticket("other"), ticket("again")])
    broker.turn("me", [Settlement(first, outcome)], (), 0)
    assert broker.missing(["again"]) == set()
    assert taken(broker) == ["other", "again"]


def test_a_line_of_an_earlier_version_which_counted_from_its_head_is_taken_in_its_order(broker, redis):
    redis.hset("gacp:marks:aiQc", mapping={"arrivals": 900, "head": 700})
    for place, (name, priority) in enumerate((("a", 5), ("b", 2), ("c", 5), ("d", 1))):
        broker.hand_over([ticket(name, priority)])
        redis.hset(f"rq:job:{name}", "at", 700 + place)
    broker.hand_over([ticket("e", 1), ticket("f", 5)])
    assert listed(redis) == set("abcdef")
    for left, name in zip(("abcef", "abcf", "acf", "cf", "f", ""), "debacf", strict=True):
        assert broker.take(["aiQc"], 0).job_id == name
        assert listed(redis) == set(left)


def test_the_lowest_priority_and_none_are_told_apart_after_many_arrivals(broker, redis):
    broker.hand_over([ticket("first", 2_097_151)])
    redis.hset("gacp:marks:aiQc", "arrivals", 2**30 - 10)
    broker.hand_over([ticket("none-1"), ticket("none-2"), ticket("last", 2_097_151), ticket("before", 2_097_151, lifo=True)])
    assert taken(broker) == ["before", "first", "last", "none-1", "none-2"]


def test_a_waiting_job_costs_redis_at_most_its_goal(broker, redis):
    names = [f"{number:032x}" for number in range(5000)]
    broker.hand_over([ticket("warm-up", 1)])
    before = redis.info("memory")["used_memory"]
    broker.hand_over([ticket(name, 1 + place % 7, timeout_s=120) for place, name in enumerate(names)])
    assert (redis.info("memory")["used_memory"] - before) / len(names) <= BYTES_PER_WAITING_JOB


def test_what_was_shown_long_enough_goes_from_rq_s_lists_a_little_at_a_time(broker, redis):
    broker.hand_over([ticket(name) for name in ("dead", "done", "fresh")])
    for keep_s, end in ((10, broker.bury), (20, None), (9_000, broker.bury)):
        delivery = broker.take(["aiQc"], 0)
        end(delivery, "ValueError", keep_s=keep_s) if end else broker.acknowledge(delivery, keep_s=keep_s)
    later = datetime.now(UTC) + timedelta(seconds=60)
    assert broker.forget_expired(datetime.now(UTC), 10) == 0
    assert [broker.forget_expired(later, 1) for _ in range(2)] == [2, 0]
    assert Queue("aiQc", connection=redis).failed_job_registry.get_job_ids(cleanup=False) == ["fresh"]


@pytest.mark.parametrize("keep_s", [0, 60])
def test_what_rq_takes_for_lost_while_it_runs_is_not_left_among_the_failed(broker, redis, keep_s):
    broker.hand_over([ticket("runs")])
    queue = Queue("aiQc", connection=redis, serializer=JSONSerializer)
    (delivery,) = broker.turn("me", [], [Lane("aiQc", 1, 1)], 1).deliveries
    queue.started_job_registry.cleanup(time.time() + 3_600)
    assert queue.failed_job_registry.get_job_ids(cleanup=False) == ["runs"]

    for flight in (delivery, *broker.in_flight()):  # its own end comes too late, recovery settles what is left
        broker.acknowledge(flight, keep_s=keep_s)

    assert queue.failed_job_registry.get_job_ids(cleanup=False) == []
    assert queue.finished_job_registry.get_job_ids(cleanup=False) == ["runs"][: bool(keep_s)]
    assert broker.in_flight() == []


def test_what_is_handed_over_again_and_again_leaves_every_position_right(broker, redis):
    chance = random.Random(11)
    for _ in range(300):
        delay = {"due_at": datetime.now(UTC) + timedelta(hours=1)} if chance.random() < 0.1 else {}
        broker.hand_over(
            [ticket(f"j{chance.randrange(20)}", chance.choice([1, 5, 0]), front=chance.random() < 0.1, lifo=chance.random() < 0.1, **delay)]
        )
        if chance.random() < 0.2:
            broker.take(["aiQc"], 0)
        if chance.random() < 0.1:
            broker.forget("aiQc", [f"j{chance.randrange(20)}"])
        waiting = redis.lrange("rq:queue:aiQc", 0, -1)
        last = int(redis.hget("gacp:marks:aiQc", "arrivals") or 0)
        assert [position(redis, name) for name in waiting] == list(range(last - len(waiting) + 1, last + 1))
        assert set(waiting) == set(redis.zrange("gacp:order:aiQc", 0, -1))
        assert not set(waiting) & set(redis.zrange("rq:scheduled:aiQc", 0, -1))


@pytest.mark.parametrize("delay", [{}, {"due_at": datetime(2100, 1, 1, tzinfo=UTC)}], ids=["now", "later"])
def test_nothing_that_was_under_the_key_of_a_job_is_left_when_it_is_handed_over(broker, redis, delay):
    redis.set("rq:job:text", "somebody else's")
    redis.hset("rq:job:old", mapping={"status": "failed", "meta": '{"error": "ValueError"}', "over": 1})
    redis.zadd("rq:failed:aiQc", {"old": 9e9})
    broker.hand_over([ticket(name, **delay) for name in ("text", "old", "fresh")])
    fields = [set(redis.hgetall(f"rq:job:{name}")) for name in ("text", "old", "fresh")]
    assert fields[0] == fields[1] == fields[2]
    assert redis.zcard("rq:failed:aiQc") == 0
