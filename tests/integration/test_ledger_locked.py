"""Another program holds the SQLite file for longer than a lease, while real workers run jobs: none is lost, none runs twice."""

import json
import sqlite3
import time
from contextlib import closing, contextmanager
from random import Random

import pytest

from tests.chaos.workers import job_types as types
from tests.chaos.workers.traces import runs
from tests.chaos.workers.workshop import Workshop
from tests.support.queue_runs import until

LEASE_S = 6.0
LOCKED_S = LEASE_S * 1.75
pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.fixture
def workshop(tmp_path):
    """Two workers and a scheduler, all of which have looked for dead workers for a while."""
    workshop = Workshop(tmp_path, workers=2, lease_s=LEASE_S, concurrency=(8,), random=Random(4))
    try:
        workshop.everything_runs()
        time.sleep(LEASE_S)
        yield workshop
    finally:
        workshop.leave()


@contextmanager
def locked(workshop):
    with closing(sqlite3.connect(workshop.folder / "documents.db", isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def submitted(workshop, count, seconds):
    return [workshop.platform.service.submit(types.nap, types.Errand(size=int(seconds * 1_000))).job_id for _ in range(count)]


def begun(workshop, ids):
    return workshop.trace.exists() and {run.job_id for run in runs(workshop.trace, ids)} == set(ids)


def jobs(workshop, ids):
    return list(workshop.platform.outside.ledger.get_many(ids).values())


def ended(workshop, ids, wait_s=40):
    return until(lambda: all(job.finished for job in jobs(workshop, ids)), wait_s)


def outcomes(workshop, ids):
    return [[attempt.outcome for attempt in job.attempts] for job in jobs(workshop, ids)]


def said(workshop, worker, event):
    lines = map(json.loads, (workshop.folder / f"{worker.name}.log").read_text().splitlines())
    return sum(line["message"] == event and line["what"] == "the ledger" for line in lines if "what" in line)


def test_what_runs_goes_on_what_has_ended_is_written_and_each_worker_says_it_once(workshop):
    ids = submitted(workshop, 8, LOCKED_S + LEASE_S) + submitted(workshop, 6, 3)
    assert until(lambda: begun(workshop, ids))
    with locked(workshop):
        time.sleep(LOCKED_S)
    ids += submitted(workshop, 4, 0)
    assert ended(workshop, ids)
    assert outcomes(workshop, ids) == [["completed"]] * 18
    assert [run.how for run in runs(workshop.trace, ids)] == ["end"] * 18
    for worker in workshop.workers:
        assert said(workshop, worker, "Something that the worker needs is away") == 1
        assert said(workshop, worker, "The worker takes jobs again") == 1


def test_the_jobs_of_a_worker_that_dies_meanwhile_run_again_within_30_seconds_after(workshop):
    ids = submitted(workshop, 8, LOCKED_S + 3)
    assert until(lambda: begun(workshop, ids))
    with locked(workshop):
        time.sleep(1)
        victim = workshop.victim()
        victim.kill()
        time.sleep(LOCKED_S)
    back = time.monotonic()
    lost = [job.id for job in jobs(workshop, ids) if str(victim.process.pid) in job.attempts[-1].worker.split("-")]
    assert lost
    assert until(lambda: all(len(job.attempts) == 2 for job in jobs(workshop, lost)), 30)
    assert time.monotonic() - back < 30
    assert ended(workshop, ids)
    kept = [job_id for job_id in ids if job_id not in lost]
    assert outcomes(workshop, kept) == [["completed"]] * len(kept)
    assert outcomes(workshop, lost) == [["lost", "completed"]] * len(lost)
