"""The first question after a long silence is answered from an old look: what it says is about that moment, not an alarm."""

import threading
from datetime import timedelta

import pytest

from backend.clock import FrozenClock
from backend.queues.checkup import Checkup
from backend.queues.checkup.bodies import health_body
from backend.queues.checkup.looking import QueueSeen, RedisSeen
from backend.queues.checkup.thresholds import thresholds
from backend.queues.names import QUEUES
from backend.queues.numbers import Window
from backend.queues.roster import WorkerSeen
from backend.settings import load
from tests.support.queue_runs import until
from tests.support.queues import NOON

STATS = {"waiting": 1, "active": 0, "completed": 0, "failed": 0, "delayed": 0, "paused": 0}
NUMBERS = dict.fromkeys(("pid", "completed", "failed", "retried"), 0) | {"concurrency": 10, "memory_mib": 1.0}
FLAGS = {"paused": False, "stopping": False, "outage": "", "versions": {}, "jobs": (), "host": "h", "name": "w-1"}


class SlowLooks:
    """A worker that was heard this moment and a job that has waited as long, for whoever looks; every look takes until `go_on`."""

    is_cut_off = False

    def __init__(self, clock):
        self.clock = clock
        self.free = threading.Event()
        self.free.set()

    def redis(self):
        assert self.free.wait(60)
        now = self.clock.now()
        return RedisSeen("up", 1.0, None, (WorkerSeen(**NUMBERS, **FLAGS, since=now, last_heartbeat=now, queues=tuple(QUEUES)),))

    def queues(self):
        assert self.free.wait(60)
        now = self.clock.now()
        return {
            queue: QueueSeen(STATS, is_paused=False, stale=0, waiting_since=now, window=Window(queue, now, now), ever=0) for queue in QUEUES
        }


@pytest.fixture
def looks():
    looks = SlowLooks(FrozenClock(NOON))
    yield looks
    looks.free.set()


def test_workers_and_waiting_jobs_of_an_old_look_are_not_held_to_be_silent_or_late(looks):
    seconds = [0.0]
    checkup = Checkup(lambda: None, looks, thresholds(load()), looks.clock, inline=8, monotonic=lambda: seconds[0])
    assert until(lambda: checkup.report().queues_age_s is not None and checkup.report().redis_age_s is not None)
    assert not health_body(checkup.report())["observed"]["stale"]
    looks.free.clear()
    seconds[0] += 3600
    looks.clock.move(timedelta(hours=1))
    old = checkup.report()
    assert (old.redis_age_s, old.queues_age_s) == (3600, 3600)
    assert (old.verdict.status, [each.is_served for each in old.queues]) == ("healthy", [True] * len(QUEUES))
    assert health_body(old)["observed"]["stale"]
    checkup.close()
