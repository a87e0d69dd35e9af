"""Bull's scenarios of several processes at once: two who promote, two who look for stalled jobs, and clocks that disagree."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from backend.adapters.memory.queues import memory_platform
from backend.clock import FrozenClock
from backend.queues.leases import LEASE
from backend.queues.testing import drain, run_until_quiet
from tests.support.queues import NOON, Errands, run_errand


def add(desk, place, **options):
    return desk.service.submit(run_errand, {"place": place}, **options).job_id


def at_once(*acts):
    with ThreadPoolExecutor(len(acts)) as threads:
        return [each.result(30) for each in [threads.submit(act) for act in acts]]


def test_two_who_promote_at_once_put_each_job_into_line_once(desk):
    for number in range(60):
        add(desk, str(number), delay=1000)
    desk.clock.move(timedelta(seconds=1))
    now = desk.clock.now()
    assert sum(at_once(*[lambda: desk.broker.promote_due(now)] * 4)) == 60
    drain(desk.platform)
    assert desk.errands.done == [str(number) for number in range(60)]


def test_two_who_look_for_stalled_jobs_at_once_bring_each_back_once(desk):
    for number in range(10):
        add(desk, str(number))
        desk.take_and_vanish(f"w-{number}")
    desk.clock.move(LEASE + timedelta(seconds=1))
    assert sum(at_once(*[desk.recovery.reap_lost] * 3)) == 10
    drain(desk.platform)
    assert sorted(desk.errands.done, key=int) == [str(number) for number in range(10)]
    assert {job.lost_runs for job in desk.service.list(queue="aiQc").items} == {1}


@pytest.mark.parametrize("hours", [1, -1], ids=["ahead", "behind"])
def test_a_producer_whose_clock_is_wrong_has_its_job_run_now(desk, hours):
    errands = Errands()
    wrong = FrozenClock(NOON + timedelta(hours=hours))
    producer = memory_platform(run_errand, clock=wrong, broker=desk.broker, store=desk.store, services=errands)
    job_id = producer.service.submit(run_errand, {"place": "x"}).job_id
    assert [job.id for job in drain(desk.platform)] == [job_id]
    assert desk.errands.done == ["x"]


def test_a_delay_counts_by_the_clock_of_the_producer(desk):
    ahead = FrozenClock(NOON + timedelta(minutes=5))
    producer = memory_platform(run_errand, clock=ahead, broker=desk.broker, store=desk.store)
    producer.service.submit(run_errand, {"place": "x"}, delay=1000)
    desk.clock.move(timedelta(minutes=4))
    assert drain(desk.platform) == []
    run_until_quiet(desk.platform, desk.clock)
    assert desk.errands.done == ["x"]
