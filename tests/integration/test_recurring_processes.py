"""Recurring jobs with real processes: two schedulers, one of them killed, a Redis that goes away and comes back."""

import pytest

from backend.clock import from_millis
from backend.queues.ports import JobFilter
from backend.queues.records import JobState
from tests.support.queue_process import Work, platform_at, work
from tests.support.queue_runs import process, until
from tests.support.redis_server import RedisServer

pytestmark = [pytest.mark.servers, pytest.mark.slow]
EVERY_MS = 1_000


@pytest.fixture
def redis(tmp_path):
    folder = tmp_path / "valkey"
    folder.mkdir()
    server = RedisServer(folder)
    yield server
    server.kill()


def fired(platform):
    """The moments for which there is a job, earliest first; each job has run at most once."""
    jobs = platform.outside.ledger.page(JobFilter(type="work"), limit=200).items
    assert all(len(job.attempts) <= 1 for job in jobs)
    return sorted(int(job.id.removeprefix("tick-")) for job in jobs)


def completed(platform):
    return len(platform.outside.ledger.page(JobFilter(type="work", state=JobState.COMPLETED), limit=200).items)


def test_every_moment_makes_one_job_over_two_schedulers_a_kill_and_an_outage(redis, tmp_path):
    platform = platform_at(redis.url, tmp_path)
    platform.service.submit(work, Work(name="tick"), repeat={"key": "tick", "every": EVERY_MS})
    with process("worker", redis.url, tmp_path), process("scheduler", redis.url, tmp_path, "a") as first:
        assert until(lambda: completed(platform) >= 2)
        with process("scheduler", redis.url, tmp_path, "b"):
            assert until(lambda: completed(platform) >= 4)
            redis.kill()
            assert until(lambda: completed(platform) >= 6)
            redis.start()
            first.kill()
            before = len(fired(platform))
            assert until(lambda: len(fired(platform)) >= before + 3)
            assert until(lambda: completed(platform) == len(fired(platform)), 15)
    moments = fired(platform)
    assert len(set(moments)) == len(moments)
    assert all(moment % EVERY_MS == 0 for moment in moments)
    entry = platform.schedules.get("tick")
    assert entry.fired in (len(moments), len(moments) - 1)  # the last one may have been killed between its job and the book
    assert entry.last_due in [from_millis(moment) for moment in moments[-2:]]
