"""Redis as an administrator sees it, on a real server: memory, policy, workers, and within one deadline."""

import time

import pytest

from backend.adapters.redis.connection import open_redis
from backend.adapters.redis.sight import ServerSight
from backend.adapters.rq.roster import RqRoster
from backend.queues.errors import BrokerUnavailable
from tests.support.redis_server import RedisServer


@pytest.fixture
def server(tmp_path):
    server = RedisServer(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def sight(server):
    redis = open_redis(server.url, deadline_ms=250)
    sight = ServerSight(redis, RqRoster(redis), deadline_ms=250)
    yield sight
    sight.close()


def test_memory_is_of_what_it_may_take_and_the_policy_is_told(server, sight):
    found = sight.look()
    assert (found.up, found.policy) == (True, "noeviction")
    assert 0 < found.memory_percent < 80
    with open_redis(server.url, deadline_ms=2000) as redis:
        used = redis.info("memory")["used_memory"]
        redis.config_set("maxmemory", used * 4)
        redis.config_set("maxmemory-policy", "allkeys-lru")
    tight = sight.look()
    assert tight.policy == "allkeys-lru"
    assert 15 < tight.memory_percent < 60


def test_without_workers_nobody_is_seen(sight):
    assert list(sight.workers()) == []


def test_a_server_that_hangs_is_away_within_the_deadline(server, sight):
    sight.look()
    server.hang()
    began = time.monotonic()
    with pytest.raises(BrokerUnavailable):
        sight.look()
    assert time.monotonic() - began < 20  # else it would have hung for ever
    server.go_on()
    assert sight.look().up


def test_a_server_that_is_not_there_is_away(server, sight):
    server.stop()
    with pytest.raises(BrokerUnavailable):
        sight.look()
    with pytest.raises(BrokerUnavailable):
        sight.workers()
