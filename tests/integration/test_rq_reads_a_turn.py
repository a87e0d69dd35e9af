"""What a turn leaves in Redis, read with RQ's own classes: running jobs, ended ones, and the worker."""

import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from click.testing import CliRunner
from rq import Queue
from rq.cli import main as rq_command
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.results import Result
from rq.serializers import JSONSerializer
from rq.suspension import resume, suspend
from rq.worker import BaseWorker, SimpleWorker

from backend.queues.ports import Delivery, Lane, Settlement, Ticket, Turn

pytestmark = pytest.mark.servers
WORKER = "host-7-abc"
LANES = [Lane("aiQc", 1_000, 1_000), Lane("email", 1_000, 1_000)]


@pytest.fixture
def registered(redis):
    """The worker as RQ registers it; a turn changes what RQ's own worker would."""
    worker = SimpleWorker([Queue(each.queue, connection=redis) for each in LANES], name=WORKER, connection=redis, serializer=JSONSerializer)
    worker.register_birth()
    return worker


def hand_over(broker, *job_ids, queue="aiQc", **more):
    broker.hand_over([Ticket(job_id, "run_errand", queue, 5, timeout_s=60, **more) for job_id in job_ids])


def take(broker, room=100):
    return broker.turn(WORKER, (), LANES, room).deliveries


def settle(broker, *settlements):
    broker.turn(WORKER, settlements, (), 0)


def fetched(redis, job_id):
    return Job.fetch(job_id, connection=redis, serializer=JSONSerializer)


def the_worker(redis):
    [worker] = BaseWorker.all(connection=redis, serializer=JSONSerializer)
    return worker


def recent(moment):
    return abs(datetime.now(UTC) - moment) < timedelta(seconds=10)


def info(redis_url, *more):
    return CliRunner().invoke(rq_command, ["info", "--url", redis_url, "--raw", *more]).output


def test_a_running_job_is_started_by_its_worker_and_in_the_registry_of_running_ones(broker, redis, registered):
    hand_over(broker, "a", "b")
    flights = take(broker)
    job = fetched(redis, "a")
    assert (job.get_status(), job.worker_name, job.origin, job.timeout) == (JobStatus.STARTED, WORKER, "aiQc", 60)
    assert recent(job.started_at)
    assert recent(job.last_heartbeat)
    queue = Queue("aiQc", connection=redis)
    assert queue.job_ids == []
    assert queue.started_job_registry.get_job_and_execution_ids() == [(each.job_id, each.run) for each in flights]
    assert redis.lrange(queue.intermediate_queue_key, 0, -1) == [b"a", b"b"]


def test_every_run_is_an_execution_of_its_job_and_of_its_worker(broker, redis, registered):
    hand_over(broker, "a", "b")
    flights = take(broker)
    assert {(each.job_id, each.id) for each in the_worker(redis).get_current_executions()} == {(each.job_id, each.run) for each in flights}
    [execution] = fetched(redis, "b").get_executions()
    assert (execution.id, execution.worker_name) == (flights[1].run, WORKER)
    assert recent(execution.created_at)
    assert Execution.fetch(flights[0].run, "a", redis).job_id == "a"
    assert the_worker(redis).get_current_job_id() in ("a", "b")


def test_the_worker_is_busy_while_anything_runs_and_counts_what_ended(broker, redis, registered):
    hand_over(broker, "a", "b", "c")
    one, two, three = take(broker)
    assert the_worker(redis).get_state() == "busy"
    settle(broker, Settlement(one, "completed"), Settlement(two, "failed", keep_s=60, error_class="ValueError"))
    worker = the_worker(redis)
    assert (worker.get_state(), worker.successful_job_count, worker.failed_job_count) == ("busy", 1, 1)
    assert 0 <= worker.total_working_time < 10
    settle(broker, Settlement(three, "released"))
    settle(broker, Settlement(three, "released"))
    assert (the_worker(redis).get_state(), the_worker(redis).current_execution_count) == ("idle", 0)


def test_a_worker_that_redis_forgot_is_not_half_made_again(broker, redis):
    hand_over(broker, "a")
    settle(broker, *(Settlement(each, "completed") for each in take(broker)))
    assert redis.keys("rq:worker:*") == []


def test_a_worker_that_is_always_full_is_rung_for_no_more_often_than_it_takes_to_wake_all(broker, redis):
    for number in range(100):
        hand_over(broker, f"job-{number}")
        assert len(take(broker, room=1)) == 1
    assert redis.llen("gacp:wake:aiQc") == 64


def test_who_takes_all_that_waits_leaves_nothing_that_would_wake_another(broker, redis):
    hand_over(broker, "a", "b", "c")
    assert len(take(broker)) == 3
    assert redis.exists("gacp:wake:aiQc", "gacp:order:aiQc", "rq:queue:aiQc") == 0
    hand_over(broker, "d")
    assert (redis.lrange("rq:queue:aiQc", 0, -1), redis.llen("gacp:wake:aiQc")) == ([b"d"], 1)
    assert [flight.job_id for flight in take(broker)] == ["d"]


@pytest.mark.parametrize("outcome", ["completed", "failed"])
def test_nothing_of_an_ended_job_stays_where_it_is_not_to_be_shown(broker, redis, outcome):
    hand_over(broker, "a")
    settle(broker, *(Settlement(each, outcome) for each in take(broker)))
    assert [key for key in redis.keys("*") if not key.startswith((b"gacp:marks", b"rq:queues", b"gacp:wake"))] == []


def test_a_completed_job_is_shown_as_finished_without_what_it_returned(broker, redis, registered):
    hand_over(broker, "a")
    [flight] = take(broker)
    settle(broker, Settlement(flight, "completed", keep_s=60))
    job, latest = fetched(redis, "a"), fetched(redis, "a").latest_result()
    assert (job.get_status(), job.worker_name) == (JobStatus.FINISHED, WORKER)
    assert recent(job.ended_at)
    assert (latest.type, latest.return_value, latest.execution_id, latest.worker_name) == (Result.Type.SUCCESSFUL, None, flight.run, WORKER)
    queue = Queue("aiQc", connection=redis)
    assert (queue.finished_job_registry.get_job_ids(), queue.started_job_registry.count) == (["a"], 0)
    assert (job.get_executions(), redis.lrange(queue.intermediate_queue_key, 0, -1)) == ([], [])
    assert 0 < redis.ttl("rq:job:a") <= 60
    assert 0 < redis.ttl("rq:results:a") <= 60


def test_a_failed_job_shows_the_class_of_its_error_and_no_more(broker, redis, registered):
    hand_over(broker, "a")
    settle(broker, *(Settlement(each, "failed", keep_s=60, error_class="ProviderError") for each in take(broker)))
    job, latest = fetched(redis, "a"), fetched(redis, "a").latest_result()
    assert (job.get_status(), job.meta, latest.type, latest.exc_string) == (
        JobStatus.FAILED,
        {"error": "ProviderError"},
        Result.Type.FAILED,
        "ProviderError",
    )
    assert Queue("aiQc", connection=redis).failed_job_registry.get_job_ids() == ["a"]


@pytest.mark.parametrize("outcome", ["completed", "failed"])
def test_so_many_ended_jobs_are_shown_with_their_results_the_newest(broker, redis, outcome):
    hand_over(broker, "a", "b", "c")
    for seconds, flight in zip((60, 61, 62), take(broker), strict=True):
        settle(broker, Settlement(flight, outcome, keep_s=seconds, keep_count=2))
    assert sorted(redis.keys("rq:job:*") + redis.keys("rq:results:*")) == [b"rq:job:b", b"rq:job:c", b"rq:results:b", b"rq:results:c"]


def test_a_job_that_is_tried_again_is_no_longer_among_the_failed(broker, redis):
    hand_over(broker, "a")
    settle(broker, *(Settlement(each, "failed", keep_s=60) for each in take(broker)))
    hand_over(broker, "a")
    queue = Queue("aiQc", connection=redis)
    assert (queue.failed_job_registry.get_job_ids(), queue.job_ids) == ([], ["a"])
    assert fetched(redis, "a").get_status() == JobStatus.QUEUED


def test_a_returned_job_is_queued_again_without_a_run(broker, redis, registered):
    hand_over(broker, "a", "b")
    settle(broker, *(Settlement(each, "returned") for each in take(broker)))
    queue = Queue("aiQc", connection=redis)
    assert (queue.job_ids, queue.started_job_registry.count) == (["a", "b"], 0)
    assert (fetched(redis, "a").get_status(), fetched(redis, "a").get_executions()) == (JobStatus.QUEUED, [])
    assert the_worker(redis).current_execution_count == 0


def test_a_flight_that_is_handed_over_again_leaves_no_run_behind(broker, redis):
    hand_over(broker, "a")
    take(broker)
    hand_over(broker, "a", front=True)
    assert Queue("aiQc", connection=redis).started_job_registry.count == 0
    assert redis.keys("rq:execution*") == []


def test_an_id_without_a_job_is_taken_and_no_job_is_made_of_it(broker, redis):
    redis.rpush("rq:queue:aiQc", "stray")
    [flight] = take(broker)
    assert (flight.job_id, redis.exists("rq:job:stray")) == ("stray", 0)
    settle(broker, Settlement(flight, "completed"))
    assert list(broker.in_flight()) == []


def test_an_id_that_is_in_the_list_twice_is_two_flights(broker, redis):
    hand_over(broker, "a")
    redis.rpush("rq:queue:aiQc", "a")
    first, second = take(broker)
    settle(broker, Settlement(second, "released"))
    settle(broker, Settlement(first, "completed"))
    assert list(broker.in_flight()) == []
    assert redis.keys("rq:job:*") + redis.keys("rq:execution*") == []


def test_nothing_is_taken_and_nobody_woken_while_rq_is_suspended(broker, redis):
    hand_over(broker, "a", "b")
    [flight] = take(broker, room=1)
    suspend(redis)
    assert broker.turn(WORKER, [Settlement(flight, "completed")], LANES, 9).deliveries == []
    assert broker.wait(["aiQc"], 0.1) is False
    assert list(broker.in_flight()) == []
    resume(redis)
    assert [each.job_id for each in take(broker)] == ["b"]


@pytest.mark.parametrize("accident", [lambda redis: redis.script_flush(), lambda redis: redis.flushall()])
def test_a_server_that_has_forgotten_the_scripts_is_told_them_again(broker, redis, accident):
    for _ in range(2):
        hand_over(broker, "a")
        [flight] = take(broker)
        accident(redis)
        settle(broker, Settlement(flight, "completed"))
        accident(redis)
    hand_over(broker, "b", "c")
    assert [each.job_id for each in take(broker)] == ["b", "c"]


def test_a_thousand_settlements_are_one_turn(broker, redis):
    names = [f"j{number}" for number in range(1_200)]
    hand_over(broker, *names)
    flights = [flight for _ in range(3) for flight in take(broker, room=400)]
    assert [each.job_id for each in flights] == names
    hand_over(broker, "next")
    turn = broker.turn(WORKER, [Settlement(each, "completed") for each in flights], LANES, 1_000)
    assert [each.job_id for each in turn.deliveries] == ["next"]
    assert list(broker.in_flight()) == list(turn.deliveries)


def test_rq_s_own_command_counts_what_waits_runs_and_failed(broker, redis, redis_url, registered):
    hand_over(broker, "a", "b", "c", "d")
    one, *_ = take(broker, room=2)
    settle(broker, Settlement(one, "failed", keep_s=60, error_class="ValueError"))
    assert re.search(r"queue aiQc 2, 1 executing, 0 finished, 1 failed", info(redis_url)), info(redis_url)
    assert re.search(rf"worker {WORKER} .*busy.*", info(redis_url)), info(redis_url)


def test_what_is_in_flight_says_which_run_it_is(broker, redis):
    hand_over(broker, "a")
    [flight] = take(broker)
    redis.rpush("rq:queue:aiQc:intermediate", "taken-by-another-tool")
    assert list(broker.in_flight()) == [flight, Delivery("taken-by-another-tool", "aiQc")]


def test_a_turn_that_waited_begins_its_jobs_when_they_came_and_not_when_it_was_asked(broker, redis, registered):
    asked = datetime.now(UTC)
    assert broker.turn_when_rung(WORKER, LANES, 5, 0.3) == (False, Turn([]))
    hand_over(broker, "a")
    handed = datetime.now(UTC)
    rung, turn = broker.turn_when_rung(WORKER, LANES, 5, 10)
    [flight], now = turn.deliveries, datetime.now(UTC)
    job = fetched(redis, "a")
    assert rung
    assert asked + timedelta(seconds=0.2) < job.started_at
    assert handed - timedelta(seconds=1) < job.started_at <= now + timedelta(seconds=1)
    assert (job.get_status(), job.worker_name) == (JobStatus.STARTED, WORKER)
    assert [each.id for each in job.get_executions()] == [flight.run]
    settle(broker, Settlement(flight, "completed"))
    assert the_worker(redis).total_working_time < 5
    assert the_worker(redis).successful_job_count == 1


@pytest.mark.parametrize(
    "seconds", [0, 951782399, 951782400, 951868800, 1709164800, 1709251199, 1709251200, 1735689599, 1764468123, 4107542400, 253402300799]
)
def test_the_scripts_write_a_time_as_rq_does(redis, seconds):
    text = (files("backend.adapters.rq") / "scripts" / "moment.lua").read_text("utf-8")
    written = redis.eval(f"{text}\nreturn moment(ARGV[1], ARGV[2])", 0, seconds, 42)
    assert written.decode() == datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000042Z")
