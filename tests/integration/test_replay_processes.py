"""Dead letters run again with real processes: two at once, and one that is killed half-way."""

import subprocess
import sys

import pytest

from backend.queues.causes import cause_of
from backend.queues.records import JobState
from backend.queues.service import Submission
from tests.support.queue_process import Work, noted, platform_at, work
from tests.support.queue_runs import process, until

pytestmark = [pytest.mark.servers, pytest.mark.slow]
COUNT = 14


@pytest.fixture
def platform(redis_url, tmp_path):
    return platform_at(redis_url, tmp_path)


def kill(platform, redis_url, folder):
    """The cause of many jobs that a worker gave up."""
    pieces = [Submission(work, Work(name=f"n{number}", fail=1), options={"attempts": 1}) for number in range(COUNT)]
    sent = platform.service.submit_many(pieces)
    with process("worker", redis_url, folder, "25", "4"):
        assert until(lambda: sum(cause.count for cause in platform.dead.causes.page().items) == COUNT, 60)
    return cause_of(platform.dead.control.get(sent[0].job_id)).id


def other(kind, redis_url, folder, cause):
    command = [sys.executable, "-m", "tests.support.replay_process", kind, redis_url, str(folder), cause]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def go(*processes):
    for each in processes:
        each.stdin.write("go\n")
        each.stdin.flush()


def completed(platform):
    return platform.outside.ledger.counts().get(("aiQc", JobState.COMPLETED), 0)


def names():
    return sorted(f"n{number}" for number in range(COUNT))


def test_two_processes_that_run_the_same_cause_again_at_once_run_nothing_twice(platform, redis_url, tmp_path):
    cause = kill(platform, redis_url, tmp_path)
    both = [other("retry", redis_url, tmp_path, cause) for _ in range(2)]
    go(*both)
    told = [each.communicate(timeout=60) for each in both]
    assert [errors for _, errors in told if "Traceback" in errors] == []
    assert sum(int(line.split()[-1]) for line, _ in told) == COUNT
    with process("worker", redis_url, tmp_path, "25", "4"):
        assert until(lambda: completed(platform) == COUNT, 60)
    assert sorted(noted(tmp_path, "done")) == names()
    assert len(noted(tmp_path, "started")) == 2 * COUNT, "once to give up, once to be done"


def test_a_replay_whose_process_is_killed_goes_on_with_the_scheduler(platform, redis_url, tmp_path):
    cause = kill(platform, redis_url, tmp_path)
    first, second = (other(kind, redis_url, tmp_path, cause) for kind in ("somchai", "somsri"))
    go(first)
    replay_id = first.stdout.readline().strip()
    go(second)
    assert "has not ended" in second.communicate(timeout=60)[0]
    assert until(lambda: platform.dead.replaying.get(replay_id).sum("started") == 1, 60)
    first.kill()
    first.communicate()

    with process("worker", redis_url, tmp_path, "25", "4"), process("scheduler", redis_url, tmp_path, "a"):
        assert until(lambda: platform.dead.replaying.get(replay_id).ended, 60)

    replay = platform.dead.replaying.get(replay_id)
    assert (replay.state, replay.sum("completed")) == ("done", COUNT)
    assert sorted(noted(tmp_path, "done")) == names()
    assert platform.dead.causes.get(cause).count == COUNT
