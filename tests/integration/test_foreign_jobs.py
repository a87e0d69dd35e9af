"""What somebody puts into one of our queues with RQ itself, on a real Redis: it is not run, and shown as failed with the reason."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from rq import Queue
from rq.cli import main as rq_command
from rq.job import Job, JobStatus
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.window import RqWindow
from backend.queues.policies import RETENTION_DAYS
from backend.queues.ports import Lane, Settlement
from backend.queues.settling import unknown
from tests.support.workers import House, shape, until

pytestmark = pytest.mark.servers
WEEK_S = RETENTION_DAYS * 86_400


@pytest.fixture
def queue(redis):
    return Queue("aiQc", connection=redis)


@pytest.fixture
def house(broker):
    return House(broker=broker)


def failed(queue, *jobs):
    return until(lambda: {*queue.failed_job_registry.get_job_ids(cleanup=False)} == {job.id for job in jobs}, 20)


def take(broker):
    [flight] = broker.turn("w", (), [Lane("aiQc", 1, 1)], 1).deliveries
    return flight


def test_it_is_shown_as_failed_with_the_reason_and_ours_run_around_it(house, queue, redis):
    before = house.submit(shape, 2)
    job = queue.enqueue("operator.add", 2, 3, meta={"asked by": "somchai"}, description="two and three")
    after = house.submit(shape, 2)
    with house.worker(concurrency=2):
        assert failed(queue, job)
        assert until(lambda: set(house.states(before + after)) == {"completed"})
    seen = Job.fetch(job.id, connection=redis)
    reason = seen.latest_result().exc_string
    assert reason.startswith("UnknownJob: it was not run.")
    assert "job.origin = 'NAME'" in reason
    assert (seen.get_status(), seen.func_name, seen.args, seen.meta) == (JobStatus.FAILED, "operator.add", (2, 3), {"asked by": "somchai"})
    assert (seen.description, seen.origin, seen.return_value()) == ("two and three", "aiQc", None)
    assert WEEK_S - 60 < redis.ttl(job.key) <= WEEK_S
    assert WEEK_S - 60 < redis.zscore(queue.failed_job_registry.key, job.id) - time.time() <= WEEK_S
    [shown] = RqWindow(redis).jobs("aiQc", "failed", 0, 10).jobs
    assert (shown.id, shown.type, shown.status, shown.error) == (job.id, "two and three", "failed", "UnknownJob")


@pytest.mark.parametrize("serializer", [None, JSONSerializer], ids=["pickle", "json"])
def test_rq_s_requeue_lets_a_stock_worker_of_another_queue_run_it(house, redis, redis_url, serializer):
    queue, other = (Queue(name, connection=redis, serializer=serializer) for name in ("aiQc", "theirs"))
    job = queue.enqueue("operator.add", 2, 3)
    with house.worker():
        assert failed(queue, job)
    job.refresh()
    job.origin = other.name
    job.save()
    more = [] if serializer is None else ["-S", "rq.serializers.JSONSerializer"]
    done = CliRunner().invoke(rq_command, ["requeue", "--url", redis_url, *more, "--queue", "aiQc", job.id], catch_exceptions=False)
    assert (done.exit_code, other.job_ids, queue.failed_job_registry.count) == (0, [job.id], 0)
    SimpleWorker([other], connection=redis, serializer=serializer).work(burst=True)
    job.refresh()
    assert (job.get_status(), job.return_value()) == (JobStatus.FINISHED, 5)


def test_requeued_into_our_queue_it_fails_once_more_and_is_not_turned_over_and_over(house, queue):
    job = queue.enqueue("operator.add", 2, 3)
    with house.worker():
        for times in (1, 2):
            assert failed(queue, job)
            assert until(lambda: not house.broker.in_flight())
            time.sleep(1.2)  # longer than a worker waits before it looks by itself
            assert len(job.results()) == times
            if times == 1:
                queue.failed_job_registry.requeue(job.id)
                assert until(lambda: len(job.results()) == 2, 20)
    assert (queue.job_ids, queue.started_job_registry.count) == ([], 0)


def test_one_that_rq_scheduled_for_later_comes_to_the_same_end(house, queue):
    job = queue.enqueue_in(timedelta(hours=1), "operator.add", 2, 3)
    with house.worker():
        assert house.broker.promote_due(datetime.now(UTC) + timedelta(hours=2)) == 1
        assert failed(queue, job)
    assert ScheduledJobRegistry(queue=queue).count == 0


def test_one_that_went_back_to_the_front_meanwhile_is_no_less_somebody_else_s(broker, queue, redis):
    job = queue.enqueue("operator.add", 2, 3)
    broker.turn("w", [Settlement(take(broker), "returned")], (), 0)
    broker.turn("w", [unknown(take(broker))], (), 0)
    assert (Job.fetch(job.id, connection=redis).get_status(), queue.failed_job_registry.get_job_ids()) == (JobStatus.FAILED, [job.id])


def test_one_whose_worker_died_is_found_by_recovery(house, queue):
    job = queue.enqueue("operator.add", 2, 3)
    assert take(house.broker).job_id == job.id
    with house.worker():
        assert failed(queue, job)


@pytest.mark.parametrize("keep", ["ours", "gone", "no job"])
def test_what_was_ours_is_forgotten_as_before_and_so_is_what_is_no_job(house, queue, redis, keep):
    [job_id] = house.submit(shape)
    house.ledger.remove([house.service.get(job_id)])
    if keep == "gone":
        redis.delete(f"rq:job:{job_id}")
    elif keep == "no job":
        redis.hdel(f"rq:job:{job_id}", "data")
    with house.worker():
        assert until(lambda: not (queue.job_ids or house.broker.in_flight()), 20)
    assert redis.keys("rq:job:*") + redis.keys("rq:results:*") == []
    assert queue.failed_job_registry.count == 0


def test_without_a_worker_of_rq_s_kind_nothing_is_deleted_either(redis_url, queue):
    broker = RqBroker.open(redis_url, deadline_ms=2000)
    job = queue.enqueue("operator.add", 2, 3)
    delivery = broker.take(["aiQc"], 0)
    broker.turn("", [unknown(delivery)], (), 0)
    broker.close()
    assert queue.failed_job_registry.get_job_ids() == [job.id]
