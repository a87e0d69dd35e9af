"""What the suites of the broker share: each runs against the double and against the real thing."""

import pytest

from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.rq.broker import RqBroker


@pytest.fixture(params=["memory", "rq"])
def broker(request):
    if request.param == "memory":
        yield MemoryBroker()
        return
    rq = RqBroker.open(request.getfixturevalue("redis_url"), deadline_ms=2000)
    yield rq
    rq.close()
