"""A ledger that is away for longer than a lease: nothing that runs, or has run, is lost or runs again, and all goes on by itself."""

import time
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from backend.adapters.rq.worker.cancelling import LostRuns
from backend.adapters.rq.worker.limits import Limits
from backend.errors import Unavailable
from tests.support.workers import House, shape, until, wait

LEASE = timedelta(seconds=1.8)
LEASE_S = LEASE.total_seconds()


class Line:
    """The way of one process to the ledger that others share; it may be cut."""

    def __init__(self, ledger) -> None:
        self._ledger = ledger
        self.cut = False

    def __getattr__(self, name):
        if self.cut:
            raise Unavailable("the line is cut")
        return getattr(self._ledger, name)


@pytest.fixture
def first():
    return House(lease=LEASE)


def beside(house, ledger=None):
    """Another process on the same ledger, broker and workshop, with leases of its own."""
    return House(lease=LEASE, broker=house.broker, ledger=ledger or house.ledger, workshop=house.workshop)


def outcomes(house, ids):
    return [[attempt.outcome for attempt in house.service.get(job_id).attempts] for job_id in ids]


def settled(house):
    """So long that all who take leases back have looked, and had no reason to wait any more."""
    time.sleep(LEASE_S / 2 + 2 * house.platform.keeper.look_every.total_seconds() + 0.3)


def test_what_runs_goes_on_and_what_has_ended_is_written_when_the_ledger_is_back(first):
    second = beside(first)
    ids = first.submit(wait, 3) + first.submit(shape, 3, seconds=0.9)
    with first.worker() as one, capture_logs() as lines:
        assert until(lambda: len(first.workshop.begun) == 6)
        with second.worker() as other:
            settled(first)
            ids += first.submit(shape, 3, seconds=LEASE_S / 2)
            assert until(lambda: len(first.workshop.begun) == 9)
            first.ledger.away = True
            time.sleep(LEASE_S * 1.5)
            assert one.outage
            assert other.outage
            first.ledger.away = False
            settled(first)
            first.workshop.go_on.set()
            assert until(lambda: one.tally.completed + other.tally.completed == 9)
    assert outcomes(first, ids) == [["completed"]] * 9
    assert len(first.workshop.begun) == 9
    said = [line["event"] for line in lines if line.get("what") == "the ledger"]
    assert sorted(said) == ["Something that the worker needs is away"] * 2 + ["The worker takes jobs again"] * 2


def test_a_worker_that_lost_its_lease_stops_the_run_and_another_one_has_the_job_alone(first):
    line = Line(first.ledger)
    lonely = beside(first, line)
    limits = Limits()
    (job_id,) = first.submit(wait)
    with lonely.worker(time_limit=limits.limit, duties=[LostRuns(lonely.platform.keeper, limits)]) as old, capture_logs() as lines:
        assert until(lambda: first.workshop.at_work == 1)
        with first.worker() as new:
            line.cut = True
            assert until(lambda: first.workshop.at_work == 2, 4 * LEASE_S)
            line.cut = False
            assert until(lambda: first.workshop.at_work == 1, 4 * LEASE_S)
            assert until(lambda: not old.runs())
            assert len(new.runs()) == 1
            first.workshop.go_on.set()
            assert until(lambda: new.tally.completed == 1)
    assert outcomes(first, [job_id]) == [["lost", "completed"]]
    assert old.tally.completed == 0
    assert len([each for each in lines if each["event"].startswith("A lease was lost")]) == 1


def test_the_job_of_a_worker_that_is_gone_runs_again_soon_after_the_ledger_is_back(first):
    line = Line(first.ledger)
    lonely = beside(first, line)
    (job_id,) = first.submit(wait)
    with lonely.worker():
        assert until(lambda: first.workshop.at_work == 1)
        line.cut = True  # for good
        with first.worker() as new:
            first.ledger.away = True
            time.sleep(LEASE_S * 1.5)
            first.ledger.away = False
            assert until(lambda: len(new.runs()) == 1, 2 * LEASE_S)
            first.workshop.go_on.set()
            assert until(lambda: new.tally.completed == 1)
        line.cut = False
    assert outcomes(first, [job_id]) == [["lost", "completed"]]
