"""Jobs that were lost twice: two at a time in processes of their own, and the others hold neither a place nor anybody up."""

import threading
import time
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.rq.worker.seams import FROM_THE_LEDGER
from backend.adapters.rq.worker.suspects import APART, FIRST_WAIT, Suspects
from backend.queues.errors import JobCrashed
from backend.queues.isolation import SUSPECTS_AT_ONCE
from backend.queues.jobs import job
from backend.queues.ledger import ticket_for
from backend.queues.ports import Delivery
from backend.queues.records import Attempt, JobState, Lease
from backend.queues.transitions import claim
from tests.support.books import Books
from tests.support.workers import House, Piece, shape, until, wait


class Cells:
    """An Isolation without processes: who is in, the most there ever were, and who came when."""

    def __init__(self):
        self._lock = threading.Lock()
        self.came, self.inside, self.most = [], 0, 0
        self.open = threading.Event()
        self.open.set()

    def __call__(self, job_type, job, payload, services, context):
        with self._lock:
            self.came.append(payload.name)
            self.inside += 1
            self.most = max(self.most, self.inside)
        try:
            if payload.name == "killer":
                raise JobCrashed("signal 9")
            assert self.open.wait(30)
            time.sleep(payload.seconds)
            return {"apart": True}
        finally:
            with self._lock:
                self.inside -= 1


@job(queue="aiQc", payload=Piece, isolated=True)
def cell(payload, services, context):
    """Always has a process of its own."""


class LookedAt(MemoryBroker):
    """Counts what it delivers."""

    def __init__(self):
        super().__init__()
        self.taken = []

    def turn(self, worker, settlements, lanes, room):
        turn = super().turn(worker, settlements, lanes, room)
        self.taken += [delivery.job_id for delivery in turn.deliveries]
        return turn


def lost(house, ids, times=2):
    """These jobs, which went with their workers so many times."""
    for job_id in ids:
        found = house.service.get(job_id)
        attempt = Attempt(1, "w1", found.created_at, found.created_at, "lost")
        house.ledger.save(replace(found, attempts=(attempt,) * times))
    return ids


class Ward(House):
    """A house with suspects."""

    def __init__(self, **options):
        self.cells = Cells()
        super().__init__(broker=LookedAt(), isolation=self.cells, types=(shape, wait, cell), **options)

    def lost(self, kind, count=1, *, times=2, **fields):
        """Jobs that went with their workers so many times, in line."""
        return lost(self, self.submit(kind, count, **fields), times)

    def jobs(self, ids):
        return [self.service.get(job_id) for job_id in ids]

    def finished(self, ids, within_s=30):
        return until(lambda: all(each.finished for each in self.jobs(ids)), within_s)

    def active(self, ids):
        return sum(each.state is JobState.ACTIVE for each in self.jobs(ids))


@pytest.fixture
def ward():
    return Ward()


@contextmanager
def closed(ward):
    """The cells do not open before the end of this."""
    ward.cells.open.clear()
    try:
        yield
    finally:
        ward.cells.open.set()


def test_the_short_ones_behind_a_killer_and_its_neighbours_are_through_while_these_run_two_at_a_time(ward):
    killer, neighbours = ward.lost(shape, name="killer"), ward.lost(shape, 7, seconds=0.8)
    short = ward.submit(shape, 20, seconds=0.01)
    with ward.worker(concurrency=8):
        began = time.monotonic()
        assert ward.finished(short)
        assert time.monotonic() - began < 1.5
        assert ward.active(neighbours) <= SUSPECTS_AT_ONCE
        assert ward.finished(killer + neighbours)
    [dead] = ward.jobs(killer)
    assert (dead.state, dead.error_class, dead.error.partition(" held ")[2]) == (
        JobState.FAILED,
        "LostWorker",
        "the job for 0 s (signal 9)",
    )
    assert {(each.state, each.result["apart"]) for each in ward.jobs(neighbours)} == {(JobState.COMPLETED, True)}
    assert sorted(ward.cells.came) == sorted(["killer", *(f"n{number}" for number in range(7))])
    assert ward.cells.most == SUSPECTS_AT_ONCE
    assert sorted(ward.workshop.done) == sorted(f"n{number}" for number in range(20))


def test_waiting_leaves_no_trace_in_the_job_and_its_run_began_when_it_ran(ward):
    ids = ward.lost(shape, 4)
    with ward.worker(concurrency=8), closed(ward):
        assert until(lambda: ward.active(ids) == SUSPECTS_AT_ONCE)
        time.sleep(2)
        let_go = ward.platform.outside.clock.now()
    with ward.worker(concurrency=8):
        assert ward.finished(ids)
    last = ward.jobs(ids)
    assert [[attempt.outcome for attempt in each.attempts] for each in last] == [["lost", "lost", "completed"]] * 4
    assert {tuple(entry.event for entry in each.timeline)[-2:] for each in last} == {("started", "completed")}
    assert {len(each.timeline) for each in last} == {len(last[0].timeline)}
    assert sum(each.processed_at >= let_go for each in last) == 2


def test_fifty_that_wait_are_looked_at_twice_a_second_and_not_more(ward):
    ids = ward.lost(shape, 50)
    with ward.worker(concurrency=20), closed(ward):
        assert until(lambda: len(set(ward.broker.taken)) == 50)
        first = len(ward.broker.taken)
        began = time.monotonic()
        time.sleep(3)
        looks, most = len(ward.broker.taken) - first, (time.monotonic() - began) / APART.total_seconds()
        assert 2 <= looks <= most + 2
        assert ward.active(ids) == SUSPECTS_AT_ONCE
        assert not [each for each in ward.broker.in_flight() if ward.service.get(each.job_id).state is not JobState.ACTIVE]
        assert ward.broker.missing(ids) == set()


def test_each_has_its_turn_in_the_order_of_the_line(ward):
    ids = ward.lost(shape, 8)
    with ward.worker(concurrency=8):
        assert ward.finished(ids)
    # On a busy machine several come back in one moment, and their threads begin in any order.
    assert all(abs(int(name[1:]) - place) <= SUSPECTS_AT_ONCE for place, name in enumerate(ward.cells.came))


def test_one_that_is_let_in_from_the_watch_of_an_idle_worker_has_the_same_gate(ward):
    ids = ward.lost(shape, 6)
    ward.broker.forget("aiQc", ids)
    with ward.worker(concurrency=8), closed(ward):
        for each in ward.jobs(ids):
            time.sleep(0.05)
            ward.broker.hand_over([ticket_for(each)])
        assert until(lambda: set(ward.broker.taken) == set(ids) and ward.active(ids) == SUSPECTS_AT_ONCE)
        assert until(lambda: len(ward.broker.in_flight()) == SUSPECTS_AT_ONCE)


def test_who_was_lost_once_and_who_always_has_a_process_pass_no_gate(ward):
    once, always = ward.lost(wait, 3, times=1), ward.lost(cell, 3)
    with ward.worker(concurrency=8), closed(ward):
        assert until(lambda: ward.active(once + always) == 6)


def test_one_that_was_cancelled_or_has_ended_meanwhile_does_not_wait_for_a_place(ward):
    ids = ward.lost(shape, 3)
    with ward.worker(concurrency=8), closed(ward):
        assert until(lambda: ward.active(ids) == SUSPECTS_AT_ONCE)
        [waiting] = [each for each in ward.jobs(ids) if each.state is JobState.WAITING]
        ward.platform.job_control.cancel(waiting.id, by="somchai")
        assert ward.finished([waiting.id])
        assert ward.service.get(waiting.id).error_class == "JobCancelled"


def test_what_a_worker_that_is_gone_has_put_off_comes_to_the_next_one_without_a_scheduler(ward):
    ids = ward.lost(shape, 4)
    with ward.worker(concurrency=8), closed(ward):
        assert until(lambda: set(ward.broker.taken) == set(ids))
    with ward.worker(concurrency=8):
        assert ward.finished(ids)
    assert sorted(ward.cells.came) == ["n0", "n1", "n2", "n3"]


def test_while_the_broker_is_away_they_keep_nobody_from_being_found_in_the_ledger(ward):
    suspects, others = ward.lost(shape, 12), ward.submit(shape, 3)
    ward.broker.away = True
    for job_id in suspects + others:
        found = ward.service.get(job_id)
        long_ago = found.created_at - 20 * FIRST_WAIT
        due = long_ago if job_id in suspects else long_ago + FIRST_WAIT
        ward.ledger.save(replace(found, created_at=long_ago, due_at=due, updated_at=long_ago))
    with ward.worker(concurrency=4), closed(ward):
        assert ward.finished(others, 10)
        assert ward.active(suspects) == SUSPECTS_AT_ONCE
        ward.broker.away = False
        ward.cells.open.set()
        ward.platform.recovery.relay()
        assert ward.finished(suspects)


class Desk:
    """Suspects with the time in the hands of the test."""

    def __init__(self):
        self.ward, self.runs = Ward(), []
        self.suspects = Suspects(self.ward.platform, lambda: self.runs)

    def claimed(self, job_id, token):
        now = self.ward.platform.outside.clock.now()
        return claim(self.ward.service.get(job_id), Lease(token, "w", now + FIRST_WAIT), now)


def test_a_claim_that_is_on_its_way_counts_until_it_is_written():
    desk = Desk()
    one, two, three = (desk.claimed(job_id, token) for job_id, token in zip(desk.ward.lost(shape, 3), "aab", strict=True))
    assert [desk.suspects.let_in(each) for each in (one, two, three, two)] == [True, True, False, True]
    assert desk.suspects.must_wait(desk.ward.service.get(three.id))
    desk.suspects.written(three.lease)
    assert not desk.suspects.let_in(three)
    desk.suspects.written(one.lease)  # it was not written
    assert desk.suspects.let_in(three)


def test_those_that_are_put_off_come_one_after_the_other_before_all_others():
    desk = Desk()
    tickets = [desk.suspects.put_off(each) for each in desk.ward.jobs(desk.ward.lost(shape, 5))]
    first = tickets[0].due_at
    assert [each.due_at for each in tickets] == [first + number * APART for number in range(5)]
    assert abs(first - desk.ward.platform.outside.clock.now() - FIRST_WAIT) < APART
    assert {each.front for each in tickets} == {True}


def test_a_look_in_vain_is_none_of_the_jobs_that_a_worker_may_take_in_its_life(ward):
    suspects, others = ward.lost(shape, 6), ward.submit(shape, 4)
    with ward.worker(concurrency=8, max_jobs=8) as worker, closed(ward):
        assert until(lambda: ward.active(suspects) == SUSPECTS_AT_ONCE)
        assert ward.finished(others)
        assert until(lambda: len(ward.broker.taken) >= 14), "four were put off, and each was looked at again"
        assert not worker.spent
        ward.cells.open.set()
        assert until(lambda: worker.spent), "two that ran at once, four others, and two more"
        assert until(lambda: worker.tally.completed == 8)
        time.sleep(1)
    assert sum(each.finished for each in ward.jobs(suspects + others)) == 8


def test_those_that_wait_in_the_ledger_take_no_turn_among_those_that_the_broker_keeps():
    books = Books()
    ids = lost(books.house, books.house.submit(shape, 5))
    books.keeper.took([Delivery(job_id, "aiQc", FROM_THE_LEDGER) for job_id in ids])
    books.begun(SUSPECTS_AT_ONCE)
    assert books.outcomes(5 - SUSPECTS_AT_ONCE) == ["returned"] * (5 - SUSPECTS_AT_ONCE)
    first = books.keeper.suspects.put_off(books.house.service.get(ids[-1])).due_at
    assert first - books.house.platform.outside.clock.now() <= FIRST_WAIT
