"""Forgetting what is old: a little at a time, within a time, also while Redis is away."""

from datetime import timedelta

import pytest

from backend.context import patience, somebody_waits
from backend.jobs.clean_jobs import HOURLY, CleanJobs, clean_jobs
from backend.queues.circuit import TRIAL_AFTER
from backend.queues.errors import BrokerUnavailable
from backend.queues.jobs import JobContext
from backend.queues.names import QUEUES
from backend.queues.ports import JobFilter
from backend.queues.retention import BREATH_S, CHUNK, Retention
from backend.queues.testing import drain
from tests.support.queues import Desk, run_errand, try_once

WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)


class Rounds:
    """A clock that goes on by a second with every breath."""

    def __init__(self, desk):
        self.desk = desk
        self.breaths = []

    def __call__(self, seconds):
        self.breaths.append(seconds)
        self.desk.clock.move(SECOND)


@pytest.fixture
def desk():
    desk = Desk()
    desk.errands.outcomes = [None, ValueError("broken")]
    desk.service.submit(run_errand, {"place": "a"})
    desk.service.submit(try_once, {"place": "b"})
    drain(desk.platform)
    return desk


def left(desk):
    return len(desk.ledger.page(JobFilter()).items)


def test_what_ended_within_the_week_stays_and_goes_after_it(desk):
    desk.clock.move(WEEK)
    assert sum(desk.control.clean().values()) == 0
    desk.clock.move(timedelta(milliseconds=1))
    assert desk.control.clean() == {"aiQc": 1, "email": 1, "calendar": 0, "report": 0}
    assert [(found.type, found.completed, found.failed) for found in desk.control.summaries()] == [
        ("run_errand", 1, 0),
        ("try_once", 0, 1),
    ]
    assert desk.control.summaries("email")[0].failed == 1


def test_a_long_history_goes_chunk_by_chunk_with_a_breath_after_each(desk):
    for _ in range(CHUNK):
        desk.service.submit(run_errand, {"place": "a"}, inline=True)
    desk.clock.move(2 * WEEK)
    rounds = Rounds(desk)
    removed = Retention(desk.platform.outside, circuit=desk.platform.circuit, sleep=rounds).sweep(QUEUES, desk.clock.now() - WEEK)
    assert removed["aiQc"] == CHUNK + 1
    assert rounds.breaths == [BREATH_S] * 3  # two for aiQc, one for email


def test_it_stops_when_its_time_is_over_and_the_next_does_the_rest(desk):
    for _ in range(2 * CHUNK):
        desk.service.submit(run_errand, {"place": "a"}, inline=True)
    desk.clock.move(2 * WEEK)
    before = desk.clock.now() - WEEK
    retention = Retention(desk.platform.outside, circuit=desk.platform.circuit, sleep=Rounds(desk))
    assert retention.sweep(QUEUES, before, within=2 * SECOND)["aiQc"] == 2 * CHUNK
    assert retention.sweep(QUEUES, before)["aiQc"] == 1
    assert left(desk) == 0


def test_redis_is_swept_until_nothing_is_left_in_it_and_not_at_all_while_it_is_away(desk):
    asked = []

    class Broker:
        def forget_expired(self, now, limit):
            asked.append((now, limit))
            return 5 - len(asked)

    desk.broker.forget_expired = Broker().forget_expired
    desk.control.clean()
    assert asked == [(desk.clock.now(), CHUNK)] * 5
    del desk.broker.forget_expired
    desk.broker.away = True
    desk.clock.move(2 * WEEK)
    assert desk.control.clean()["aiQc"] == 1


def test_nobody_who_cleans_waits_for_a_redis_that_is_known_to_be_away(desk):
    asked = []

    def forget_expired(now, limit):
        asked.append(now)
        raise BrokerUnavailable("Redis is away")

    desk.broker.forget_expired = forget_expired
    for _ in range(3):
        desk.control.clean()
    assert (len(asked), desk.platform.circuit.state) == (1, "open")
    desk.clock.move(TRIAL_AFTER)
    with somebody_waits(1):
        patience().waited(0.9)
        desk.control.clean()
    assert len(asked) == 1, "who has waited long enough leaves the trial to others"
    del desk.broker.forget_expired
    desk.control.clean()
    assert desk.platform.circuit.state == "closed"


def test_the_recurring_job_removes_what_is_older_than_its_days(desk):
    class Services:
        queue_control = desk.control

    context = JobContext("j", 1, 1, "report")
    desk.clock.move(timedelta(days=2))
    assert sum(clean_jobs(CleanJobs(), Services, context).values()) == 0
    assert clean_jobs(CleanJobs(days=1), Services, context)["aiQc"] == 1
    assert (HOURLY.repeat.every, dict(HOURLY.payload)) == (3_600_000, {})
