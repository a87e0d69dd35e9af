"""A whole queue platform over each broker: what Bull promises holds in memory and in Redis alike."""

import pytest

from backend.adapters.rq.broker import RqBroker
from tests.support.queues import Desk


@pytest.fixture(params=["memory", "redis"])
def desk(request):
    if request.param == "memory":
        yield Desk()
        return
    broker = RqBroker.open(request.getfixturevalue("redis_url"), deadline_ms=2_000)
    yield Desk(broker=broker)
    broker.close()
