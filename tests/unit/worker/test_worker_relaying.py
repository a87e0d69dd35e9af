"""What Redis lost comes back without a scheduler: by one worker at a time, and without keeping its pulse waiting."""

import threading
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from backend.adapters.rq.worker.relaying import EVERY_S, LEASE, Relaying
from backend.queues.recovery import GRACE
from backend.queues.scheduling import LEASE_NAME as SCHEDULER
from tests.support.queue_runs import until
from tests.support.queues import Desk, run_errand
from tests.support.worker_control import NotedWorker


class Flushed(Desk):
    """Jobs wait, and Redis has lost all of them."""

    def __init__(self, jobs=3):
        super().__init__()
        self.leadership = self.platform.outside.leadership
        self.lose(jobs)

    def lose(self, jobs=1):
        self.ids = [self.service.submit(run_errand, {"place": "x"}).job_id for _ in range(jobs)]
        self.broker.clear()
        self.clock.move(GRACE)

    def relaying(self):
        return Relaying(self.recovery, self.leadership, self.clock)

    @property
    def lost(self):
        return len(self.broker.missing(self.ids))


@pytest.fixture
def desk():
    return Flushed()


def ended(desk, relaying, name="w-1"):
    """Whether a beat of that worker has brought back all that was lost."""
    relaying(NotedWorker(name=name))
    return until(lambda: not desk.lost, 2)


def test_a_worker_alone_brings_back_what_redis_lost(desk):
    assert ended(desk, desk.relaying())


def test_where_a_scheduler_leads_it_does_nothing(desk):
    now = desk.clock.now()
    desk.leadership.acquire(SCHEDULER, "s", now, now + timedelta(seconds=10))
    relaying = desk.relaying()
    relaying(NotedWorker())
    relaying.say_goodbye()
    assert desk.lost == 3
    desk.clock.move(timedelta(seconds=10))
    assert ended(desk, relaying), "once the scheduler is gone a worker does it"


def test_of_several_workers_one_does_it(desk):
    first, second = desk.relaying(), desk.relaying()
    assert ended(desk, first, "w-1")
    desk.lose()
    for _ in range(3):
        second(NotedWorker(name="w-2"))
        second.say_goodbye()
    assert desk.lost == 1
    assert ended(desk, first, "w-1"), "it goes on with it"


@pytest.mark.parametrize("way", ["ends", "is killed"])
def test_another_worker_follows_one_that_is_gone(desk, way):
    first, second = desk.relaying(), desk.relaying()
    assert ended(desk, first, "w-1")
    desk.lose()
    if way == "ends":
        first.say_goodbye()
    else:
        desk.clock.move(LEASE)
    assert ended(desk, second, "w-2")


def test_the_lease_outlives_the_time_between_two_looks(desk):
    assert timedelta(seconds=2 * EVERY_S) < LEASE


@pytest.mark.parametrize("change", [{"stopping": True}, {"outage": "BrokerUnavailable"}])
def test_a_worker_that_ends_or_has_no_server_leaves_it_to_others(desk, change):
    worker, relaying = NotedWorker(), desk.relaying()
    vars(worker).update(change)
    relaying(worker)
    relaying.say_goodbye()
    assert desk.lost == 3


class SlowRecovery:
    """A relay that takes until it is let go."""

    def __init__(self):
        self.begun, self.go_on = 0, threading.Event()

    def relay(self):
        self.begun += 1
        self.go_on.wait(10)
        return 0


def test_a_relay_that_takes_long_keeps_no_pulse_waiting_and_is_not_begun_twice(desk):
    slow = SlowRecovery()
    relaying = Relaying(slow, desk.leadership, desk.clock)
    for _ in range(3):
        relaying(NotedWorker())
    assert slow.begun == 1
    slow.go_on.set()
    relaying.say_goodbye()
    relaying(NotedWorker())
    assert until(lambda: slow.begun == 2, 2)


@pytest.mark.parametrize("part", ["broker", "store"])
def test_a_server_that_is_away_is_no_news_of_its_own(desk, part):
    relaying = desk.relaying()
    getattr(desk, part).away = True
    with capture_logs() as lines:
        relaying(NotedWorker())
        relaying.say_goodbye()
    assert {line["log_level"] for line in lines} <= {"debug"}
    getattr(desk, part).away = False
    assert ended(desk, relaying)
