"""A running job that was cancelled, or told to stop, or that hangs, is ended; and no other is."""

import json
import threading
import time
from datetime import timedelta

import pytest
from redis import Redis
from structlog.testing import capture_logs

from backend.adapters.rq.worker.cancelling import PATIENCE, CancelWatch, HungRuns, LostRuns
from backend.adapters.rq.worker.commands import Commands
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.overseer import REPLACE
from backend.queues import transitions
from backend.queues.errors import JobCancelled, JobStopped, JobTimedOut
from backend.queues.leases import LEASE
from backend.queues.ledger import change
from tests.support.queues import Desk
from tests.support.worker_control import InThread, NotedWorker, claimed, spin


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def limits():
    return Limits(grace_s=0.1)


@pytest.mark.parametrize(("waited", "ends"), [(timedelta(0), False), (PATIENCE - timedelta(milliseconds=1), False), (PATIENCE, True)])
def test_a_cancelled_job_that_goes_on_is_stopped_after_ten_seconds(desk, limits, waited, ends):
    run = claimed(desk)
    watch = CancelWatch(desk.platform.outside.ledger, desk.clock, limits)
    job = InThread(run, limits, lambda: spin(0.3))
    desk.platform.job_control.cancel(run.job.id, by="u-1")
    desk.clock.move(waited)
    desk.platform.outside.ledger.renew_many({run.job.id: run.token}, desk.clock.now() + LEASE)  # as often happens meanwhile
    watch(NotedWorker(run))
    assert isinstance(job.join(), JobCancelled) is ends


def test_what_was_not_cancelled_goes_on_and_a_ledger_that_is_away_stops_nothing(desk, limits):
    run = claimed(desk)
    watch = CancelWatch(desk.platform.outside.ledger, desk.clock, limits)
    job = InThread(run, limits, lambda: spin(0.3))
    watch(NotedWorker(run))
    desk.platform.job_control.cancel(run.job.id, by="u-1")
    desk.clock.move(PATIENCE)
    desk.store.away = True
    watch(NotedWorker(run))
    desk.store.away = False
    assert job.join() is None


def test_a_run_that_waits_for_its_thread_is_left_for_later(desk, limits):
    run = claimed(desk)
    desk.platform.job_control.cancel(run.job.id, by="u-1")
    desk.clock.move(PATIENCE)
    CancelWatch(desk.platform.outside.ledger, desk.clock, limits)(NotedWorker(run))


def test_a_thread_that_has_gone_on_to_another_job_is_not_stopped_for_the_old_one(desk, limits):
    old, new = claimed(desk), claimed(desk, "y")
    job = InThread(new, limits, lambda: spin(0.3))
    old.thread, old.since = new.thread, new.since - 1
    desk.platform.job_control.cancel(old.job.id, by="u-1")
    desk.clock.move(PATIENCE)
    CancelWatch(desk.platform.outside.ledger, desk.clock, limits)(NotedWorker(old, new))
    assert job.join() is None


def test_a_run_whose_lease_was_lost_is_interrupted_and_no_other(desk, limits):
    lost, kept = claimed(desk), claimed(desk, "y")
    keeper, watch, worker = desk.platform.keeper, LostRuns(desk.platform.keeper, limits), NotedWorker(lost, kept)
    for run in (lost, kept):
        keeper.hold(run.job.id, run.token)
    jobs = [InThread(run, limits, lambda: spin(1)) for run in (lost, kept)]
    watch(worker)
    desk.clock.move(LEASE)
    change(desk.ledger, lost.job.id, lambda job: transitions.lose(job, desk.clock.now(), on_dead=False))
    assert keeper.renew_all() == 1
    with capture_logs() as lines:
        watch(worker)
        watch(worker)
    assert [line["job_id"] for line in lines] == [lost.job.id]
    assert isinstance(jobs[0].join(), JobStopped)
    assert jobs[1].join() is None


def test_a_lost_run_that_waits_for_its_thread_or_has_left_it_interrupts_nobody(desk, limits):
    waiting, old, new = claimed(desk), claimed(desk, "y"), claimed(desk, "z")
    job = InThread(new, limits, lambda: spin(0.3))
    old.thread, old.since = new.thread, new.since - 1
    with desk.platform.keeper.holding(new.job.id, new.token):
        LostRuns(desk.platform.keeper, limits)(NotedWorker(waiting, old, new))
        assert job.join() is None


def test_a_job_that_no_exception_reaches_is_written_as_timed_out_and_the_worker_replaced(desk, limits):
    run, other = claimed(desk), claimed(desk, "y")
    worker = NotedWorker(run, other)
    job = InThread(run, limits, lambda: time.sleep(0.8), milliseconds=50)
    watch = HungRuns(limits)
    watch(worker)
    assert worker.asked == []
    time.sleep(0.4)
    watch(worker)
    assert worker.asked == [("end", run.job.id, str(JobTimedOut(50))), ("leave", REPLACE)]
    job.join()


def test_what_ends_within_the_grace_costs_the_worker_nothing(desk, limits):
    run = claimed(desk)
    worker = NotedWorker(run)
    assert isinstance(InThread(run, limits, lambda: spin(2), milliseconds=50).join(), JobTimedOut)
    time.sleep(0.2)
    HungRuns(limits)(worker)
    assert worker.asked == []


def commands(desk, limits):
    return Commands(None, limits, desk.platform.job_control)


@pytest.mark.parametrize("command", [{"command": "stop-job"}, {"command": "stop-execution", "execution_id": "r-1"}])
def test_rqs_stop_ends_a_job_at_once_for_good_in_its_name(desk, limits, command):
    run = claimed(desk)
    job = InThread(run, limits, spin)
    began = time.monotonic()
    commands(desk, limits).obey(NotedWorker(run), command | {"job_id": run.job.id})
    assert str(job.join()) == "cancelled by rq"
    assert time.monotonic() - began < 1
    assert desk.service.get(run.job.id).cancel_by == "rq"


@pytest.mark.parametrize("command", [{"command": "stop-job", "job_id": "another"}, {"command": "stop-execution", "execution_id": "r-9"}])
def test_a_stop_for_what_does_not_run_here_stops_nothing(desk, limits, command):
    run = claimed(desk)
    job = InThread(run, limits, lambda: spin(0.2))
    commands(desk, limits).obey(NotedWorker(run), command)
    assert job.join() is None
    assert desk.service.get(run.job.id).cancel_at is None


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        ({"command": "shutdown"}, [("dismiss", None)]),
        ({"command": "shutdown", "now": True}, [("dismiss", 0.0)]),
        ({"command": "kill-horse"}, []),
        ({"command": "dance"}, []),
        ({}, []),
    ],
    ids=json.dumps,
)
def test_the_other_commands(desk, limits, command, asked):
    worker = NotedWorker()
    commands(desk, limits).obey(worker, command)
    assert worker.asked == asked


def test_a_worker_takes_nothing_while_it_is_told_to_pause(desk, limits):
    worker, heard = NotedWorker(), commands(desk, limits)
    heard.obey(worker, {"command": "pause"})
    assert worker.paused
    heard.obey(worker, {"command": "resume"})
    assert not worker.paused


def test_commands_are_heard_over_redis_also_after_nonsense_and_an_outage(desk, limits, redis_url):
    redis, worker = Redis.from_url(redis_url), NotedWorker()
    before = threading.active_count()
    listening = Commands(Redis.from_url(redis_url), limits, desk.platform.job_control)
    listening(worker)
    channel = f"rq:pubsub:{worker.name}"

    def tell(text):
        end = time.monotonic() + 5
        while not redis.publish(channel, text) and time.monotonic() < end:
            time.sleep(0.05)

    tell(b"no json")
    tell(b"[1]")
    redis.client_kill_filter(_type="pubsub")
    tell(json.dumps({"command": "pause"}).encode())
    end = time.monotonic() + 5
    while not worker.paused and time.monotonic() < end:
        time.sleep(0.02)
    listening.say_goodbye()
    assert worker.paused
    assert threading.active_count() <= before + 1
