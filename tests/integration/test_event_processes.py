"""Events between real processes over a real Redis, and what becomes of them while Redis refuses, hangs and comes back."""

import json
import time

import pytest
from redis import Redis

from backend.adapters.redis.events import CHANNEL_PREFIX, KEPT_AT_MOST, MESSAGE_LIMIT, RedisEvents, decode, encode
from backend.queues.errors import JobFailed
from backend.queues.events import EventName, JobEvent
from backend.queues.testing import hearing
from tests.support.queue_process import Work, platform_at, work, work_briefly
from tests.support.queue_runs import process, until
from tests.support.queues import NOON
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.servers


@pytest.fixture
def server(tmp_path):
    server = RedisServer(tmp_path / "valkey")
    yield server
    server.kill()


@pytest.fixture
def platform(server, tmp_path):
    # With the deadline of the product a loaded machine would run jobs in their caller, where no worker tells of them.
    platform = platform_at(server.url, tmp_path, deadline_ms=10_000)
    yield platform
    platform.events.close()


@pytest.fixture
def hasty(server, tmp_path):
    platform = platform_at(server.url, tmp_path, deadline_ms=250)
    yield platform
    platform.events.close()


def everywhere(platform, server):
    """Everything that is told from now on, here and in other processes."""
    heard = []
    platform.events.on("*", heard.append, everywhere=True)
    with Redis.from_url(server.url) as client:
        assert until(lambda: client.pubsub_numpat() == 1)
    return heard


def event(name=EventName.COMPLETED, **arguments):
    return JobEvent(name, "aiQc", NOON, "j-1", arguments)


def test_what_a_worker_does_is_heard_in_the_process_that_submitted(platform, server, tmp_path):
    heard = everywhere(platform, server)
    with process("worker", server.url, tmp_path):
        answer = platform.service.submit(work, Work(name="parcel"))
        assert until(lambda: "drained" in [each.name for each in heard])
    assert [each.name.value for each in heard] == ["waiting", "active", "completed", "drained"]
    assert {each.job_id for each in heard[:3]} == {answer.job_id}
    assert heard[2].arguments == {"result": {"attempt": 1}, "prev": "active"}


def test_a_listener_of_this_process_alone_does_not_hear_the_worker(platform, server, tmp_path):
    here = hearing(platform)
    heard = everywhere(platform, server)
    with process("worker", server.url, tmp_path):
        platform.service.submit(work, Work(name="parcel"))
        assert until(lambda: "completed" in [each.name for each in heard])
    assert [each.name.value for each in here] == ["waiting"]


def test_the_end_of_a_job_in_a_worker_is_waited_for(platform, server, tmp_path):
    with process("worker", server.url, tmp_path):
        good = platform.service.submit(work, Work(name="good", seconds=0.5), remove_on_complete=True)
        bad = platform.service.submit(work_briefly, Work(name="bad", seconds=20))
        assert platform.service.finished(good.job_id, 20) == {"attempt": 1}
        with pytest.raises(JobFailed, match="timed out after 300 milliseconds"):
            platform.service.finished(bad.job_id, 20)


def test_the_end_of_a_job_is_waited_for_while_redis_is_gone(platform, server, tmp_path):
    answer = platform.service.submit(work, Work(name="late"), delay=300)
    server.kill()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        platform.service.finished(answer.job_id, 0.5)
    assert time.monotonic() - began < 3.0
    assert platform.runner.run(answer.job_id, worker="here", inline_reason="Redis is away").finished
    assert platform.service.finished(answer.job_id, 5) == {"attempt": 1}


@pytest.mark.parametrize("outage", ["kill", "hang"])
def test_while_redis_is_away_nobody_waits_and_local_listeners_hear(hasty, server, outage):
    heard = hearing(hasty)
    hasty.events.publish(event())
    getattr(server, outage)()
    began = time.monotonic()
    for _ in range(2 * KEPT_AT_MOST):
        hasty.events.publish(event())
    assert time.monotonic() - began < 2.0
    assert len(heard) == 2 * KEPT_AT_MOST + 1
    began = time.monotonic()
    hasty.events.close()
    assert time.monotonic() - began < 5.0


def test_events_are_heard_again_after_redis_came_back(platform, server):
    other = RedisEvents.open(server.url, deadline_ms=250)
    heard = everywhere(platform, server)
    other.send(event(result={"n": 1}))
    assert until(lambda: heard)
    server.kill()
    other.send(event(result={"n": 2}))
    time.sleep(0.5)
    server.start()
    assert until(lambda: other.send(event(result={"n": 3})) or any(each.arguments["result"] == {"n": 3} for each in heard))
    other.close()


def test_messages_that_are_no_events_are_passed_over(platform, server):
    heard = everywhere(platform, server)
    with Redis.from_url(server.url) as client:
        for message in ("", "no json", "[]", "{}", '{"from": 1}', json.dumps({"from": "x", "name": "nonsense"}), b"\xff"):
            client.publish(f"{CHANNEL_PREFIX}aiQc", message)
        client.publish(f"{CHANNEL_PREFIX}aiQc", encode(event(), "elsewhere"))
    assert until(lambda: heard)
    assert heard == [event()]


def test_nothing_of_an_event_is_stored_in_redis(platform, server):
    heard = everywhere(platform, server)
    with Redis.from_url(server.url) as client:
        before = client.keys("*")
        client.publish(f"{CHANNEL_PREFIX}aiQc", encode(event(), "elsewhere"))
        platform.events.publish(event())
        assert until(lambda: len(heard) == 2)
        assert client.keys("*") == before


def test_error_texts_lose_personal_data_on_their_way():
    message = encode(event(EventName.FAILED, failedReason="refused for somchai@example.com, 1101700230708"), "here")
    assert decode(message.encode())[1].arguments == {"failedReason": "refused for [email], [national-id]"}


def test_arguments_that_are_too_long_are_left_out_and_it_is_said():
    fits, too_long = "ก" * (MESSAGE_LIMIT // 3 - 100), "ก" * (MESSAGE_LIMIT // 3 + 1)
    assert decode(encode(event(result={"text": fits}), "here").encode())[1].arguments == {"result": {"text": fits}}
    assert decode(encode(event(result={"text": too_long}), "here").encode())[1].arguments == {"omitted": True}


def test_what_is_not_plain_json_stays_in_its_process(platform):
    heard = hearing(platform)
    platform.events.publish(event(EventName.PROGRESS, progress={1, 2}))
    platform.events.publish(event(EventName.PROGRESS, progress=float("nan")))
    assert len(heard) == 2
