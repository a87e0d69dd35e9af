"""A worker from its start to its end: many jobs at once, within its limits, and none lost when it stops."""

import signal
import threading
import time
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.rq.turning import taken_as
from backend.adapters.rq.worker.cancelling import interruption
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.overseer import REPLACE
from backend.queues.errors import JobTimedOut
from backend.queues.records import JobState
from tests.support.workers import House, bind, shape, until, wait, walk_out


class Witness(MemoryBroker):
    """`seen`: each settlement, and what was the case when it was made."""

    def __init__(self, look) -> None:
        super().__init__()
        self.look, self.seen = look, []

    def turn(self, worker, settlements, lanes, room):
        self.seen += [(each.outcome, self.look()) for each in settlements]
        return super().turn(worker, settlements, lanes, room)


def test_every_job_is_run_once_and_settled():
    house = House()
    ids = house.submit(shape, 200)
    with house.worker(concurrency=20) as worker:
        assert until(lambda: worker.tally.completed == 200)
        assert until(lambda: not house.broker.in_flight())
    assert set(house.states(ids)) == {"completed"}
    assert (len(house.workshop.done), worker.tally.ended) == (200, 200)


def test_claims_and_ends_of_many_jobs_share_their_writes():
    house = House()
    house.submit(shape, 200)
    with house.worker(concurrency=20) as worker:
        assert until(lambda: worker.tally.completed == 200)
    assert sum(house.ledger.batches) == 400
    assert len(house.ledger.batches) < 200


@pytest.mark.parametrize(("kind", "most"), [(shape, 7), (bind, 2)], ids=["the worker's places", "the queue's places"])
def test_never_more_jobs_at_once_than_there_are_places(kind, most):
    house = House()
    house.submit(kind, 20, seconds=0.2)
    with house.worker(concurrency=7) as worker:
        assert until(lambda: worker.tally.completed == 20)
    assert house.workshop.most == most


def test_threads_are_made_as_they_are_needed():
    house = House()
    with house.worker(concurrency=50) as worker:
        for number in range(5):
            house.submit(shape, name=str(number))
            assert until(lambda done=number + 1: worker.tally.completed == done)
    assert len(house.workshop.threads) <= 2  # one runs a job while the other waits for the next


def test_a_queue_with_a_long_line_does_not_starve_another():
    house = House()
    house.submit(shape, 300, seconds=0.001)
    mail = house.submit(wait, name="mail")[0]
    house.workshop.go_on.set()
    with house.worker(concurrency=2) as worker:
        assert until(lambda: house.service.get(mail).finished)
        assert worker.tally.completed < 100


def test_a_job_is_picked_up_at_once_while_nothing_else_happens():
    house = House()
    with house.worker():
        time.sleep(0.3)
        house.submit(shape)
        asked = time.monotonic()
        assert until(lambda: house.workshop.begun)
    assert time.monotonic() - asked < 0.5


def test_a_failed_attempt_is_retried_and_the_last_one_is_reported():
    house = House()
    healed, dead = house.submit(shape, name="healed", fail=2)[0], house.submit(shape, name="dead", fail=9)[0]
    with house.worker() as worker:
        assert until(lambda: house.service.get(healed).finished and house.workshop.dead == ["dead"])
        assert until(lambda: (worker.tally.completed, worker.tally.failed, worker.tally.retried) == (1, 1, 4))
    assert [house.service.get(each).failures for each in (healed, dead)] == [2, 3]


def test_a_job_that_tries_to_end_the_process_has_failed_and_its_thread_goes_on():
    house = House()
    job_id = house.submit(walk_out)[0]
    with capture_logs(), house.worker() as worker:
        assert until(lambda: house.service.get(job_id).finished)
        house.submit(shape)
        assert until(lambda: worker.tally.completed == 1)
    assert house.service.get(job_id).error_class == "SystemExit"


def test_a_stop_lets_running_jobs_end_leaves_the_rest_in_line_and_jobs_can_see_it():
    house = House()
    running, waiting = house.submit(wait, 2), []
    with house.worker(concurrency=2) as worker:
        assert until(lambda: len(house.workshop.begun) == 2)
        waiting = house.submit(shape, 3)
        worker.stop()
        assert house.workshop.asked_to_stop.wait(5)
        house.workshop.go_on.set()
        assert worker.ended() == [0]
    assert house.states(running) == ["completed"] * 2
    assert house.states(waiting) == ["waiting"] * 3
    assert house.broker.in_flight() == []


@pytest.mark.parametrize("how", ["its deadline", "a second signal"])
def test_what_outlives_the_stop_goes_back_to_the_front_uncounted(how):
    house = House()
    left = []
    long = house.submit(wait, name="long")[0]
    with house.worker(concurrency=1, stop_deadline_s=0.2 if how == "its deadline" else 60, leave=left.append) as worker:
        assert until(lambda: house.workshop.begun)
        house.submit(wait, name="other")
        worker.stop()
        if how == "a second signal":
            worker.stop(within_s=0)
        assert worker.ended() == [0]
    job = house.service.get(long)
    assert (job.state, job.failures, job.attempts[-1].outcome) == (JobState.WAITING, 0, "stopped")
    assert house.broker.take(["email"], 0).job_id == long
    assert left == [0], "its thread still runs: the process must not wait for it"


def test_what_outlives_the_stop_is_ended_where_it_stands_before_it_goes_back():
    limits, left = Limits(), []
    house = House(broker=Witness(lambda: house.workshop.at_work))
    job_id = house.submit(wait)[0]
    options = {"time_limit": limits.limit, "interrupt": interruption(limits), "stop_deadline_s": 0.2, "leave": left.append}
    with house.worker(**options) as worker:
        assert until(lambda: house.workshop.begun)
        worker.stop()
        assert worker.ended() == [0]
    assert (house.broker.seen, left) == ([("returned", 0)], [])
    job = house.service.get(job_id)
    assert (job.state, job.failures, [attempt.outcome for attempt in job.attempts]) == (JobState.WAITING, 0, ["stopped"])


def test_what_is_ended_in_any_order_goes_back_in_the_order_in_which_it_was_taken():
    limits, house = Limits(), House()
    stops = interruption(limits)
    late = threading.Event()

    def interrupt(worker, run):
        """The first job's thread hears of it last, long after the others."""
        if run.job.payload["name"] != "n0":
            stops(worker, run)
        elif not late.is_set():
            late.set()
            threading.Timer(0.2, stops, (worker, run)).start()

    ids = house.submit(wait, 3)
    with house.worker(time_limit=limits.limit, interrupt=interrupt) as worker:
        assert until(lambda: len(house.workshop.begun) == 3)
        ids += house.submit(wait, 2)
        worker.stop(within_s=0)
        assert worker.ended() == [0]
    assert [house.broker.take(["email"], 0).job_id for _ in ids] == ids


def test_runs_sort_as_they_were_taken_whatever_their_number_of_digits():
    taken = [
        f"0657a3c1e2{run}" for run in ("0f0-ab12cd34-9-9", "0f1-ab12cd34-9-0", "0f1-ab12cd34-a-9", "0f1-ab12cd34-a-10", "0f2-ab12cd34-1-0")
    ]
    mixed = [taken[at] for at in (3, 0, 4, 2, 1)]
    assert sorted(mixed, key=taken_as) == taken
    assert sorted(["10", "9", ""], key=taken_as) == ["", "9", "10"]


@pytest.mark.parametrize(("told", "code"), [(False, REPLACE), (True, 0)])
def test_who_was_told_to_stop_needs_no_successor(told, code):
    house = House()
    with house.worker() as worker:
        worker.leave(REPLACE)
        if told:
            worker.heard(signal.SIGTERM)
        assert worker.ended() == [code]


def test_the_first_signal_does_not_hurry_a_worker_that_stops_already():
    house = House()
    job_id = house.submit(wait)[0]
    with house.worker() as worker:
        assert until(lambda: house.workshop.begun)
        worker.stop()
        worker.heard(signal.SIGTERM)
        assert worker.ended(0.5) == []
        worker.heard(signal.SIGTERM)
        assert worker.ended() == [0]
    assert house.states([job_id]) == ["waiting"]


def test_a_worker_whose_bookkeeper_met_with_an_accident_is_replaced_and_gives_back_what_it_knows_of():
    house = House()
    long = house.submit(wait)[0]
    with house.worker(concurrency=2) as worker:
        assert until(lambda: house.workshop.begun)
        house.ledger.save_many = lambda _jobs: None
        house.submit(shape)
        assert until(lambda: worker.stopping)
        del house.ledger.save_many
        assert worker.ended() == [REPLACE]
    assert house.states([long]) == ["waiting"]


def test_a_paused_worker_takes_nothing_until_it_is_resumed():
    house = House()
    with house.worker() as worker:
        worker.pause()
        job_id = house.submit(shape)[0]
        time.sleep(0.2)
        assert house.states([job_id]) == ["waiting"]
        worker.resume()
        assert until(lambda: house.service.get(job_id).finished)


def test_a_paused_queue_is_left_alone_within_a_second():
    house = House()
    with house.worker() as worker:
        house.platform.control.pause("aiQc")
        time.sleep(1.0)
        job_id, other = house.submit(shape)[0], house.submit(bind)[0]
        assert until(lambda: house.service.get(other).finished)
        assert house.states([job_id]) == ["waiting"]
        house.platform.control.resume("aiQc")
        assert until(lambda: house.service.get(job_id).finished, 1.5)
    assert worker.tally.completed == 2


def test_a_run_that_is_ended_from_outside_counts_as_failed_and_frees_its_place():
    house = House()
    stuck = house.submit(wait, name="stuck")[0]
    with house.worker(concurrency=1) as worker:
        assert until(lambda: worker.runs() and worker.runs()[0].thread)
        worker.end_run(worker.runs()[0], JobTimedOut(5))
        assert until(lambda: house.service.get(stuck).attempts[0].outcome == "timedOut")
        other = house.submit(shape)[0]
        assert until(lambda: house.service.get(other).finished)
        house.workshop.go_on.set()
        assert until(lambda: house.workshop.done == ["n0", "stuck"])
    assert house.service.get(stuck).state is JobState.DELAYED, "what its thread makes of it later is dropped"


def test_a_broker_that_is_away_is_said_once_and_what_is_overdue_is_found_in_the_ledger():
    house = House()
    house.broker.away = True
    with capture_logs() as lines, house.worker() as worker:
        assert until(lambda: worker.outage == "BrokerUnavailable")
        house.broker.away = False
        job_id = house.submit(shape)[0]
        house.broker.away = True
        assert until(lambda: house.service.get(job_id).finished, 12)
        time.sleep(1.2)
        house.broker.away = False
        assert until(lambda: not worker.outage)
        assert until(lambda: not house.broker.in_flight() and house.broker.missing([job_id]))
    said = [line["event"] for line in lines if line.get("what") == "the broker"]
    assert said.count("Something that the worker needs is away") <= 2
    assert house.workshop.done == ["n0"]


def test_an_idle_worker_outlives_an_outage_of_both_the_broker_and_the_ledger():
    house = House()
    with capture_logs() as lines, house.worker() as worker:
        house.broker.away = house.ledger.away = True
        assert until(lambda: any(line.get("what") == "the ledger" for line in lines))
        house.broker.away = house.ledger.away = False
        assert until(lambda: not worker.outage)
        job_id = house.submit(shape)[0]
        assert until(lambda: house.service.get(job_id).finished)


def test_what_ended_while_the_broker_was_away_is_settled_afterwards():
    house = House()
    house.submit(wait, 3)
    with house.worker() as worker:
        assert until(lambda: len(house.workshop.begun) == 3)
        house.broker.away = True
        house.workshop.go_on.set()
        assert until(lambda: worker.tally.completed == 3)
        house.broker.away = False
        assert until(lambda: not house.broker.in_flight())


def test_a_run_whose_lease_was_taken_over_writes_nothing_and_ends_no_other_flight():
    house = House(lease=timedelta(milliseconds=300))
    job_id = house.submit(wait)[0]
    with house.worker() as slow:
        assert until(slow.runs)
        run = slow.runs()[0]
        house.platform.keeper.drop(job_id, run.token)  # the lease is not renewed any more, as of a process that is stopped
        with house.worker() as other:
            assert until(lambda: other.runs() or len(slow.runs()) > 1, 15)
            house.workshop.go_on.set()
            assert until(lambda: house.service.get(job_id).finished)
    job = house.service.get(job_id)
    assert [attempt.outcome for attempt in job.attempts] == ["lost", "completed"]
    assert slow.tally.completed + other.tally.completed == 1


def test_a_run_whose_lease_is_over_before_it_begins_does_not_begin():
    house = House(lease=timedelta(milliseconds=300))
    house.ledger.sleeps_s = 0.5
    job_id = house.submit(shape)[0]
    with house.worker() as worker:
        assert until(lambda: worker.tally.completed == 1)
    assert [attempt.outcome for attempt in house.service.get(job_id).attempts] == ["stopped", "completed"]
    assert house.workshop.begun == ["n0"]


def test_the_threads_of_a_worker_do_not_keep_its_process():
    house = House()
    before = set(threading.enumerate())
    with house.worker():
        house.submit(shape)
        assert until(lambda: house.workshop.done)
        mine = [each for each in set(threading.enumerate()) - before if not each.name.startswith("Thread-")]
        assert mine
        assert all(each.daemon for each in mine)
