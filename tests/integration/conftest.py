"""What the tests of Redis' contents share: a client of RQ's kind, and our broker on the same server."""

import pytest
from redis import Redis

from backend.adapters.rq.broker import RqBroker


@pytest.fixture
def redis(redis_url):
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def broker(redis_url):
    opened = RqBroker.open(redis_url, deadline_ms=2000)
    yield opened
    opened.close()
