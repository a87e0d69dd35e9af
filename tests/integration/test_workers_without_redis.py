"""Redis goes away with jobs in it: workers find them in the ledger, and nothing runs again when it is back."""

import pytest

from backend.queues.records import JobState
from backend.queues.recovery import GRACE
from tests.support.queue_process import Work, noted, platform_at, work, work_briefly
from tests.support.queue_runs import process, until
from tests.support.redis_server import RedisServer

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.fixture
def server(tmp_path):
    server = RedisServer(tmp_path / "valkey")
    yield server
    server.kill()


@pytest.mark.parametrize("how", ["kill", "hang"])
def test_what_waits_in_a_redis_that_goes_away_is_worked_off_from_the_ledger_and_once(server, tmp_path, how):
    platform = platform_at(server.url, tmp_path)
    waiting = [platform.service.submit(work, Work(name=f"n{number}")).job_id for number in range(3)]
    too_slow = platform.service.submit(work_briefly, Work(name="slow", seconds=9)).job_id
    getattr(server, how)()
    with process("worker", server.url, tmp_path):
        assert until(lambda: all(platform.service.get(job_id).finished for job_id in (*waiting, too_slow)), GRACE.total_seconds() + 30)
        assert platform.service.get(too_slow).attempts[-1].outcome == "timedOut", "the time limit holds here as well"
        server.go_on() if how == "hang" else server.start()
        platform.circuit.succeeded()
        after = platform.service.submit(work, Work(name="after"))
        assert until(lambda: platform.service.get(after.job_id).finished)
    assert sorted(noted(tmp_path, "done")) == ["after", "n0", "n1", "n2"]
    assert {platform.service.get(job_id).state for job_id in waiting} == {JobState.COMPLETED}
