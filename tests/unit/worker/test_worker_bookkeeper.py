"""The ledger's side of a worker: what is written together, and what becomes of it while the ledger is away."""

import sys
import threading

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from backend.adapters.rq.worker.writing import End
from backend.errors import Unavailable
from backend.queues.ports import Delivery, Lane
from tests.support.books import Books
from tests.support.workers import shape, until, wait, walk_out


def test_claims_are_written_before_a_job_begins_and_in_one_write():
    books = Books()
    ids = books.house.submit(shape, 5)
    books.take(5)
    runs = books.begun(5)
    assert books.house.ledger.batches == [5]
    assert set(books.house.states(ids)) == {"active"}
    assert {run.token for run in runs} == {books.house.service.get(ids[0]).lease.token}
    assert len(books.keeper.runs()) == 5


def test_an_end_is_written_before_it_is_settled_and_frees_its_place():
    books = Books()
    job_id = books.house.submit(shape)[0]
    books.take()
    books.end(*books.begun())
    assert books.outcomes() == ["completed"]
    assert books.house.states([job_id]) == ["completed"]
    assert (books.slots.busy, books.keeper.runs(), books.house.platform.keeper.held()) == (0, [], [])


def test_a_delivery_that_comes_twice_runs_once():
    books = Books()
    books.house.submit(shape)
    (delivery,) = books.take()
    books.slots.take("aiQc")
    books.keeper.took([delivery])
    books.begun()
    assert books.outcomes() == ["released"]
    assert books.slots.busy == 1


@pytest.mark.parametrize("together", [True, False])
def test_two_deliveries_of_one_job_in_one_batch_run_it_once(together):
    books = Books()
    job_id = books.house.submit(shape)[0]
    twice = [Delivery(job_id, "aiQc", "r1"), Delivery(job_id, "aiQc", "r2")]
    for batch in [twice] if together else [twice[:1], twice[1:]]:
        books.keeper.took(batch)
    books.begun()
    assert books.outcomes() == ["released"]


def test_a_delivery_of_a_job_that_is_gone_is_forgotten():
    books = Books()
    with capture_logs() as lines:
        books.keeper.took([Delivery("nobody", "aiQc", "r")])
        assert books.outcomes() == ["unknown"]
    assert [line["job_id"] for line in lines] == ["nobody"]


def test_what_changed_in_the_meantime_is_written_on_top_of_the_change():
    books = Books()
    job_id = books.house.submit(shape)[0]
    books.take()
    (run,) = books.begun()
    books.house.ledger.report_progress(job_id, run.token, {"page": 3})
    books.end(run)
    assert books.outcomes() == ["completed"]
    assert books.house.service.get(job_id).progress == {"page": 3}


def test_of_two_ends_of_a_run_the_first_counts():
    books = Books()
    job_id = books.house.submit(shape, fail=1)[0]
    books.take()
    (run,) = books.begun()
    books.end(run)
    books.keeper.ended(End(run, books.house.platform.runner.failure(run.token, ValueError("late"))))
    assert books.outcomes() == ["resubmitted"]
    assert books.house.service.get(job_id).error_class == "TemporaryFailure"


def test_claims_that_come_while_the_ledger_is_away_go_back_and_that_is_said_once():
    books = Books()
    ids = books.house.submit(shape, 3)
    books.house.ledger.away = True
    with capture_logs() as lines:
        books.take(2)
        assert books.outcomes(2) == ["returned"] * 2
        books.take(1)
        assert books.outcomes(3) == ["returned"] * 3
        books.house.ledger.away = False
        assert until(lambda: not books.keeper.outage.error)
    said = [line["event"] for line in lines if line["component"] == "worker"]
    assert said == ["Something that the worker needs is away", "The worker takes jobs again"]
    assert (books.crew.given, books.slots.busy, set(books.house.states(ids))) == ([], 0, {"waiting"})


def test_an_end_is_kept_until_the_ledger_is_back_and_its_lease_with_it():
    books = Books()
    job_id = books.house.submit(shape)[0]
    books.take()
    (run,) = books.begun()
    books.house.ledger.away = True
    books.end(run)
    assert until(lambda: books.keeper.outage.error)
    assert (books.settled, books.house.platform.keeper.held()) == ([], [(job_id, run.token)])
    books.house.ledger.away = False
    assert books.outcomes() == ["completed"]
    assert books.house.states([job_id]) == ["completed"]


def test_claims_of_which_nobody_knows_whether_they_were_written_are_given_back():
    books = Books()
    job_id = books.house.submit(shape)[0]
    books.house.ledger.after_writing = True
    books.take()
    assert until(lambda: books.keeper.outage.error)
    books.house.ledger.away = books.house.ledger.after_writing = False
    assert books.outcomes() == ["returned"]
    assert (books.house.states([job_id]), books.slots.busy, books.crew.given) == (["waiting"], 0, [])
    assert [attempt.outcome for attempt in books.house.service.get(job_id).attempts] == ["stopped"]


def test_an_end_that_was_written_though_nobody_heard_is_settled_as_the_ledger_says():
    books = Books()
    job_id = books.house.submit(shape)[0]
    books.take()
    (run,) = books.begun()
    books.house.ledger.after_writing = True
    books.end(run)
    assert until(lambda: books.keeper.outage.error)
    books.house.ledger.away = books.house.ledger.after_writing = False
    assert books.outcomes() == ["completed"]
    assert books.house.states([job_id]) == ["completed"]


def test_once_the_worker_stops_nothing_begins():
    books = Books()
    books.house.submit(shape)
    books.stopping = True
    books.take()
    assert books.outcomes() == ["returned"]
    assert books.crew.given == []


def test_everything_that_runs_can_be_given_back():
    books = Books()
    ids = books.house.submit(wait, 3)
    books.take(3, "email")
    books.begun(3)
    books.keeper.give_back_all()
    assert books.outcomes(3) == ["returned"] * 3
    assert set(books.house.states(ids)) == {"waiting"}
    assert (books.slots.busy, books.crew.lost, books.keeper.tally.ended) == (0, 3, 0)


def test_a_batch_that_the_ledger_refuses_is_written_job_by_job():
    books = Books()
    ids = books.house.submit(shape, 3)

    one_by_one = books.house.ledger.save_many

    def refuse(jobs):
        if len(jobs) > 1:
            raise TypeError("one of them cannot be written")
        return one_by_one(jobs)

    books.house.ledger.save_many = refuse
    with capture_logs():
        books.take(3)
        books.begun(3)
    assert set(books.house.states(ids)) == {"active"}


def test_what_comes_while_a_write_takes_long_is_in_the_next_one_and_keeps_nobody_waiting():
    books = Books()
    books.house.submit(shape, 3)
    go_on, at_once = threading.Event(), books.house.ledger.save_many

    def slow(jobs):
        go_on.wait(10)
        return at_once(jobs)

    books.house.ledger.save_many = slow
    books.take()
    assert until(lambda: not books.keeper.backlog)
    books.take()
    books.take()
    assert until(lambda: books.keeper.backlog == 2)
    books.keeper.attend()  # it does not wait for the thread that writes
    go_on.set()
    books.begun(3)
    assert books.house.ledger.batches == [1, 2]


def test_whoever_has_more_to_write_leaves_what_may_begin_to_another_thread():
    books = Books()
    ids = books.house.submit(shape, 2)
    deliveries = [Delivery(job_id, "aiQc", f"r{job_id}") for job_id in ids]
    at_once = books.house.ledger.save_many

    def one_more(jobs):
        books.house.ledger.save_many = at_once
        books.keeper.took(deliveries[1:])
        return at_once(jobs)

    books.house.ledger.save_many = one_more
    books.keeper.took(deliveries[:1])
    books.begun(2)
    assert books.crew.mine == [False, True]


def test_a_ledger_that_somebody_else_found_away_is_looked_for_until_it_is_back():
    books = Books()
    books.house.ledger.away = True
    with capture_logs():
        books.keeper.is_away(Unavailable("the store is away"))
        assert books.keeper.outage.error
        books.house.ledger.away = False
        assert until(lambda: not books.keeper.outage.error)


def test_every_end_that_comes_while_places_are_told_to_be_free_frees_its_own():
    books = Books()
    books.house.submit(shape, 2)
    books.take(2)
    first, second = books.begun(2)
    books.keeper.tell(settled=books.settled.extend, freed=lambda: books.end(second) if len(books.keeper.runs()) == 1 else None)
    books.end(first)
    assert books.outcomes(2) == ["completed", "completed"]
    assert (books.slots.busy, books.keeper.runs()) == (0, [])


def test_a_report_is_in_the_hands_of_the_crew_before_the_end_is_settled():
    books, given = Books(), []
    books.house.submit(walk_out)
    books.take()
    (run,) = books.begun()
    books.keeper.tell(settled=lambda _settlements: given.append(list(books.crew.given)), freed=list)
    end = End(run, books.house.platform.runner.failure(run.token, ValueError()))
    end.transition = lambda job, fail=end.transition: replace(fail(job), on_dead="pending")
    books.keeper.ended(end)
    assert until(lambda: given)
    assert [len(each) for each in given] == [2]


def test_whatever_befalls_who_keeps_the_books_what_was_claimed_begins_and_the_worker_is_replaced():
    books = Books()
    books.house.submit(shape, 2)
    books.take()
    (run,) = books.begun()
    books.house.platform.runner.tell_end = lambda *_: sys.exit(3)
    (delivery,) = books.house.broker.turn("w", (), [Lane("aiQc", 1, 1)], 1).deliveries
    with capture_logs():
        books.keeper.took([delivery], call=False)
        books.end(run)
        books.begun(2)
        assert books.broken.wait(10)
