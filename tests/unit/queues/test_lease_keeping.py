"""Leases are renewed by a thread that no job can block and no accident ends."""

import os
import threading
import time
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from backend.clock import FrozenClock
from backend.queues.errors import BrokerUnavailable
from backend.queues.leases import LEASE, LeaseKeeper
from tests.support.queues import NOON

SHORT = timedelta(milliseconds=30)


class Renewals:
    """The part of a ledger that leases need: what was renewed, and how often the answer was to be an accident."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.seen = []
        self.enough = threading.Event()

    def renew_many(self, leases, until):
        return {job_id for job_id, token in leases.items() if self._renew(job_id, token, until)}

    def _renew(self, job_id, token, until):
        self.seen.append((job_id, token, until))
        if len(self.seen) >= 3:
            self.enough.set()
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Exception):
            raise answer
        return answer


def keeper_of(ledger, lease=LEASE):
    return LeaseKeeper(ledger, FrozenClock(NOON), lease=lease)


def test_a_new_lease_holds_from_now_under_a_token_of_its_own():
    keeper = keeper_of(Renewals())
    one, other = keeper.new_lease("w-1"), keeper.new_lease("w-1")
    assert (one.worker, one.until) == ("w-1", NOON + LEASE)
    assert one.token != other.token
    assert len(one.token) == 16


def test_what_is_held_is_renewed_by_itself_for_a_whole_lease_each_time():
    ledger = Renewals()
    with keeper_of(ledger, SHORT).holding("job", "token"):
        assert ledger.enough.wait(10)
    assert set(ledger.seen) == {("job", "token", NOON + SHORT)}


@pytest.mark.parametrize("accident", [ValueError("a fault of ours"), BrokerUnavailable("away")])
def test_the_thread_outlives_every_accident(accident):
    ledger = Renewals(accident, accident)
    with keeper_of(ledger, SHORT).holding("job", "token"):
        assert ledger.enough.wait(10)


def test_a_lease_is_renewed_well_before_it_ends():
    ledger = Renewals()
    ledger.seen = [None, None]  # the first renewal is the third
    with keeper_of(ledger, timedelta(seconds=2)).holding("job", "token"):
        assert ledger.enough.wait(1.5)


def test_the_thread_does_not_keep_its_process_alive():
    before = set(threading.enumerate())
    with keeper_of(Renewals()).holding("job", "token"):
        assert [thread.daemon for thread in set(threading.enumerate()) - before] == [True]


@pytest.mark.parametrize(("holds", "said"), [(True, []), (False, ["job"])])
def test_a_lease_that_was_lost_is_said_and_one_that_holds_is_not(holds, said):
    keeper = keeper_of(Renewals(holds))
    with capture_logs() as lines, keeper.holding("job", "token"):
        keeper.renew_all()
    assert [line["job_id"] for line in lines if line["log_level"] == "error"] == said


def test_one_thread_renews_for_all_the_runs_of_a_process():
    keeper = keeper_of(Renewals())
    before = set(threading.enumerate())
    with keeper.holding("a", "t1"), keeper.holding("b", "t2"):
        assert len(set(threading.enumerate()) - before) == 1
        assert sorted(keeper.held()) == [("a", "t1"), ("b", "t2")]
    assert keeper.held() == []


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_child_of_a_fork_has_a_thread_of_its_own():
    keeper = keeper_of(Renewals())
    with keeper.holding("a", "t1"):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                keeper.hold("b", "t2")
                status = int("lease-keeper" not in {thread.name for thread in threading.enumerate()})
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_run_that_fails_is_held_no_longer():
    keeper = keeper_of(Renewals())
    with pytest.raises(ValueError, match="broken"), keeper.holding("job", "token"):
        raise ValueError("broken")
    assert (keeper.held(), keeper.renew_all()) == ([], 0)


def test_only_leases_that_still_hold_are_counted():
    keeper = keeper_of(Renewals(True, False, True))
    with keeper.holding("a", "t1"), keeper.holding("b", "t2"), keeper.holding("c", "t3"):
        assert keeper.renew_all() == 2


def test_a_ledger_that_is_away_is_said_once_for_all_leases_and_none_is_taken_for_lost():
    keeper = keeper_of(Renewals(BrokerUnavailable("away")))
    with capture_logs() as lines, keeper.holding("a", "t1"), keeper.holding("b", "t2"):
        assert keeper.renew_all() == 0
    assert [(line["log_level"], line["count"]) for line in lines] == [("warning", 2)]


@pytest.mark.parametrize("order", [("lost", "new"), ("new", "lost")])
def test_of_two_runs_of_a_job_in_one_process_the_one_that_has_it_is_kept_and_the_other_is_let_go(order):
    class Overtaken(Renewals):
        def renew_many(self, leases, until):
            return {job_id for job_id, token in leases.items() if token == "new"}

    keeper = keeper_of(Overtaken())
    with capture_logs() as lines, keeper.holding("a", order[0]), keeper.holding("a", order[1]):
        assert keeper.renew_all() == 1
        assert keeper.held() == [("a", "new")]
    assert [line["job_id"] for line in lines] == ["a"]


def test_a_lost_lease_is_said_once_and_renewed_no_more():
    keeper = keeper_of(ledger := Renewals(False))
    with capture_logs() as lines, keeper.holding("job", "token"):
        assert [keeper.renew_all() for _ in range(3)] == [0, 0, 0]
        assert keeper.held() == []
    assert len(ledger.seen) == len(lines) == 1


def test_a_ledger_that_stays_away_is_said_once_and_asked_again_soon():
    ledger = Renewals(*[BrokerUnavailable("away for this keeper")] * 3)
    began = time.monotonic()
    with capture_logs() as lines, keeper_of(ledger, timedelta(seconds=3)).holding("job", "token"):
        assert ledger.enough.wait(10)
    assert time.monotonic() - began < 2, "the first after a third of the lease, the others after a fifth of that"
    # Threads of other tests may speak meanwhile.
    assert [line.get("error") for line in lines].count("away for this keeper") == 1


def test_a_renewal_that_had_to_wait_for_its_turn_is_followed_by_the_next_in_time():
    class Slow(Renewals):
        def renew_many(self, leases, until):
            time.sleep(0.4)
            return super().renew_many(leases, until)

    ledger = Slow()
    began = time.monotonic()
    with keeper_of(ledger, timedelta(seconds=1.5)).holding("job", "token"):
        assert ledger.enough.wait(10)
    assert time.monotonic() - began < 2.3, "every half second, not half a second after the end of the one before"
