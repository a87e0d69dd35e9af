"""A worker that runs many jobs at once, as RQ's own tools see it and command it, on the same Redis."""

from random import Random

import pytest
from click.testing import CliRunner
from redis import Redis
from rq.cli import main as rq
from rq.command import send_shutdown_command, send_stop_job_command
from rq.job import Job, JobStatus
from rq.registry import FailedJobRegistry, FinishedJobRegistry, StartedJobRegistry
from rq.results import Result
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from backend.adapters.rq.window import RqWindow
from backend.queues.records import JobState
from tests.chaos.workers import job_types as types
from tests.chaos.workers.workshop import Workshop
from tests.support.queue_runs import until

pytestmark = [pytest.mark.servers, pytest.mark.slow]
AT_ONCE = 5


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    # With a deadline that a busy machine meets: no job is to run in this process instead.
    workshop = Workshop(tmp_path_factory.mktemp("workshop"), workers=1, concurrency=(AT_ONCE,), deadline_ms=5_000, random=Random(1))
    try:
        yield workshop
    finally:
        workshop.leave()


@pytest.fixture
def redis(workshop):
    workshop.everything_runs()
    with Redis.from_url(workshop.redis.url) as redis:
        yield redis


def submit(workshop, job_type, size=0, **options):
    return workshop.platform.service.submit(job_type, types.Errand(size=size), **options).job_id


def ended(workshop, *job_ids):
    return until(lambda: all(workshop.platform.service.get(id_).finished for id_ in job_ids))


def fetched(redis, job_id):
    return Job.fetch(job_id, connection=redis, serializer=JSONSerializer)


def the_worker(redis):
    def all_of_them():
        return BaseWorker.all(connection=redis, serializer=JSONSerializer)

    assert until(lambda: len(all_of_them()) == 1)
    return all_of_them()[0]


def running(redis, queue="email"):
    return set(StartedJobRegistry(queue, connection=redis, serializer=JSONSerializer).get_job_ids(cleanup=False))


def info(workshop):
    return CliRunner().invoke(rq, ["info", "--url", workshop.redis.url], catch_exceptions=False)


def test_every_job_that_runs_is_seen_with_its_worker(workshop, redis):
    jobs = [submit(workshop, types.nap, 2_000) for _ in range(3)]
    assert until(lambda: running(redis) == set(jobs))
    worker = the_worker(redis)
    seen = [fetched(redis, id_) for id_ in jobs]

    assert {job.get_status() for job in seen} == {JobStatus.STARTED}
    assert {job.worker_name for job in seen} == {worker.name}
    assert all(job.started_at and job.last_heartbeat for job in seen)
    assert [len(job.get_executions()) for job in seen] == [1, 1, 1]
    assert until(lambda: worker.get_state() == "busy")
    assert {execution.job_id for execution in worker.get_current_executions(refresh=True)} == set(jobs)
    assert worker.get_current_job_id() in jobs
    assert ended(workshop, *jobs)
    assert until(lambda: running(redis) == set() and the_worker(redis).get_state() == "idle")


def test_rq_dashboard_s_window_shows_every_job_that_runs_and_what_comes_next(workshop, redis):
    window = RqWindow(redis)
    jobs = [submit(workshop, types.nap, 2_000) for _ in range(AT_ONCE + 1)]
    assert until(lambda: len(running(redis)) == AT_ONCE)
    [worker] = window.workers()
    started, queued = window.jobs("email", "started", 0, 10), window.jobs("email", "queued", 0, 10)

    assert set(worker.jobs) == {job.id for job in started.jobs} == running(redis)
    assert {(job.status, job.worker, job.type) for job in started.jobs} == {("started", worker.name, types.nap.name)}
    assert {job.id for job in queued.jobs} == set(jobs) - set(worker.jobs)
    assert ended(workshop, *jobs)
    assert until(lambda: window.workers()[0].jobs == () and window.counts()["email"]["started"] == 0)


def test_what_has_ended_is_in_the_registries_with_its_result(workshop, redis):
    before = the_worker(redis)
    well, badly = submit(workshop, types.nap, 20), submit(workshop, types.doomed)
    assert ended(workshop, well, badly)
    assert until(lambda: well in FinishedJobRegistry("email", connection=redis).get_job_ids())
    assert until(lambda: badly in FailedJobRegistry("calendar", connection=redis).get_job_ids())
    done, failed = fetched(redis, well), fetched(redis, badly)

    assert (done.get_status(), failed.get_status()) == (JobStatus.FINISHED, JobStatus.FAILED)
    assert done.started_at <= done.ended_at
    assert (done.latest_result().type, done.latest_result().return_value) == (Result.Type.SUCCESSFUL, None)
    assert failed.latest_result().type == Result.Type.FAILED
    assert until(lambda: the_worker(redis).successful_job_count == before.successful_job_count + 1)
    assert the_worker(redis).failed_job_count == before.failed_job_count + 1


def test_rq_info_shows_the_worker_and_disturbs_nothing(workshop, redis):
    jobs = [submit(workshop, types.nap, 1_000) for _ in range(AT_ONCE + 2)]
    assert until(lambda: len(running(redis)) == AT_ONCE)
    shown = info(workshop)

    assert shown.exit_code == 0
    assert "1 workers" in shown.output
    assert the_worker(redis).name in shown.output
    assert ended(workshop, *jobs)
    assert {attempt.outcome for id_ in jobs for attempt in workshop.platform.service.get(id_).attempts} == {"completed"}


def test_rq_s_stop_command_ends_the_one_job_it_names(workshop, redis):
    stopped, other = submit(workshop, types.nap, 20_000), submit(workshop, types.nap, 1_500)
    assert until(lambda: running(redis) == {stopped, other})
    send_stop_job_command(redis, stopped, serializer=JSONSerializer)
    assert ended(workshop, stopped, other)
    job = workshop.platform.service.get(stopped)

    assert (job.state, [attempt.outcome for attempt in job.attempts], job.cancel_by) == (JobState.FAILED, ["cancelled"], "rq")
    assert workshop.platform.service.get(other).state is JobState.COMPLETED
    assert until(lambda: stopped in FailedJobRegistry("email", connection=redis).get_job_ids())


def test_rq_s_shutdown_command_lets_the_running_jobs_end(workshop, redis):
    jobs = [submit(workshop, types.nap, 1_000) for _ in range(2)]
    assert until(lambda: running(redis) == set(jobs))
    (process,) = workshop.workers
    send_shutdown_command(redis, the_worker(redis).name)

    assert process.process.wait(20) == 0
    assert all(workshop.platform.service.get(id_).state is JobState.COMPLETED for id_ in jobs)
    assert BaseWorker.all(connection=redis) == []
