"""Who takes leases back after the ledger or he himself was away: never from the living, and soon from the dead."""

from datetime import timedelta

import pytest

from backend.adapters.documents.queue_parts import queue_parts
from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.memory.ledger import MemoryLedger
from backend.clock import FrozenClock
from backend.errors import Unavailable
from backend.queues import transitions
from backend.queues.leases import LEASE
from backend.queues.ledger import change
from backend.queues.platform import assemble
from backend.queues.records import JobState
from backend.queues.registry import Registry
from backend.queues.sight import Sight
from backend.settings import load
from tests.support.queues import NOON, run_errand


class LockedLedger(MemoryLedger):
    """May be read and takes no write while it is `locked`, as SQLite in the hands of another program."""

    locked = False

    def save_many(self, jobs):
        self._take_writes()
        return super().save_many(jobs)

    def renew_many(self, leases, until):
        self._take_writes()
        return super().renew_many(leases, until)

    def _take_writes(self):
        if self.locked:
            raise Unavailable("locked")


class Town:
    """Two processes on one ledger, of which one holds a job and the other takes leases back; time passes as the test says."""

    def __init__(self) -> None:
        self.clock = FrozenClock(NOON)
        self.ledger, self.broker = LockedLedger(), MemoryBroker()
        self.holder, self.reaper = self._process(), self._process()
        self.job_id = self.holder.service.submit(run_errand, {"place": "x"}).job_id
        lease = self.holder.keeper.new_lease("living")
        change(self.ledger, self.job_id, lambda job: transitions.claim(job, lease, self.clock.now()))
        self.held = [(self.job_id, lease.token)]

    @property
    def state(self):
        return self.ledger.get(self.job_id).state

    def step(self, *, holder=True, reaper=True, seconds=2.0):
        """The reaper comes first, as it may happen; then the holder renews, where it lives."""
        if reaper:
            self.look()
        if holder and self.held:
            with self.holder.keeper.holding(*self.held[0]):
                self.holder.keeper.renew_all()
        self.clock.move(timedelta(seconds=seconds))

    def look(self):
        try:
            return self.reaper.recovery.reap_lost()
        except Unavailable:
            return 0

    def _process(self):
        clock = self.clock
        sight = Sight(clock, gap=LEASE / 2, monotonic=lambda: clock.now().timestamp())
        parts = queue_parts(MemoryStore(), clock) | {"ledger": self.ledger}
        settings = load(GACP_ENV="test", ENABLE_QUEUE="true")
        return assemble(settings, clock=clock, registry=Registry(run_errand), broker=self.broker, sight=sight, **parts)


@pytest.fixture
def town():
    return Town()


def steps(town, seconds, **who):
    for _ in range(int(seconds / 2)):
        town.step(**who)


@pytest.mark.parametrize("kind", ["away", "locked"])
def test_a_ledger_that_was_away_for_longer_than_a_lease_costs_the_living_nothing(town, kind):
    steps(town, 20)
    setattr(town.ledger, kind, True)
    steps(town, LEASE.total_seconds() * 3)
    setattr(town.ledger, kind, False)
    steps(town, 60)
    assert town.state is JobState.ACTIVE


@pytest.mark.parametrize("kind", ["away", "locked"])
def test_the_job_of_one_who_died_meanwhile_runs_again_soon_after_the_ledger_is_back(town, kind):
    steps(town, 20)
    setattr(town.ledger, kind, True)
    steps(town, 20, holder=False)
    setattr(town.ledger, kind, False)
    steps(town, 12, holder=False)
    assert town.state is JobState.WAITING


def test_the_job_of_a_dead_worker_is_taken_back_at_the_next_look_while_the_ledger_is_well(town):
    steps(town, 20)
    steps(town, LEASE.total_seconds() + 2, holder=False)
    assert town.state is JobState.WAITING


def test_a_process_that_is_new_or_was_stopped_takes_nothing_back_at_its_first_look(town):
    town.clock.move(LEASE)
    assert town.look() == 0
    steps(town, 20)
    steps(town, LEASE.total_seconds() * 2, holder=False, reaper=False)  # nobody was there, and who held the job has not come back yet
    assert town.look() == 0
    steps(town, 60)
    assert town.state is JobState.ACTIVE


def test_who_falls_asleep_between_his_look_and_his_write_judges_by_the_time_before(town):
    steps(town, 20)
    slept = []

    def lost(now, limit=100):
        town.clock.move(LEASE * 2)
        slept.append(now)
        return [town.ledger.get(town.job_id)]

    town.ledger.lost = lost
    assert town.look() == 0
    assert slept
    assert town.state is JobState.ACTIVE


def test_who_holds_jobs_himself_renews_them_before_he_takes_any_back(town):
    job = town.ledger.get(town.job_id)
    with town.reaper.keeper.holding(job.id, job.lease.token):
        for _ in range(10):
            assert town.look() == 0
            town.clock.move(LEASE / 3)
    assert town.state is JobState.ACTIVE
