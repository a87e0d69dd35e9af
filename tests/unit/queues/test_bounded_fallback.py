"""Running jobs in their callers has bounds: so many at once, within the time of the job around them, and never twice."""

import threading
from contextlib import nullcontext
from datetime import timedelta

import pytest

from backend import context
from backend.adapters.memory.broker import MemoryBroker
from backend.context import somebody_waits
from backend.queues import transitions
from backend.queues.circuit import TRIAL_AFTER, Circuit, CircuitReport
from backend.queues.errors import BrokerUnavailable, JobTimedOut, PatienceLost
from backend.queues.records import JobState
from backend.queues.service import CHUNK, Submission
from backend.queues.testing import drain
from tests.support.queues import NOON, Desk, Errand, run_errand, try_once


def in_another_thread(act):
    """What `act()` returns in a thread of its own, while this one waits."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(act()))
    thread.start()
    thread.join(10)
    return answers[0]


class CountingBroker(MemoryBroker):
    """Counts how often somebody hands something over."""

    asked = 0

    def hand_over(self, tickets):
        self.asked += 1
        super().hand_over(tickets)


@pytest.fixture
def desk():
    return Desk(ENABLE_QUEUE="false", INLINE_JOBS="1")


def submit(desk, place="x"):
    return desk.service.submit(run_errand, Errand(place=place))


def while_one_runs(desk, act):
    """The first job runs in its caller; `act` happens before it ends."""
    seen = []
    desk.errands.outcomes = [lambda: seen.append(act()) or {"ok": True}]
    first = submit(desk, "first")
    assert first.state is JobState.COMPLETED
    return seen[0]


def test_over_the_limit_a_job_waits_and_the_answer_says_so(desk):
    second = while_one_runs(desk, lambda: in_another_thread(lambda: submit(desk, "second")))

    assert (second.state, second.mode, second.queued) == (JobState.WAITING, "queue", True)
    assert second.reason == "1 jobs run in their callers already: it waits for its turn"
    job = desk.service.get(second.job_id)
    assert (job.reason, job.timeline[-1].event) == (second.reason, "deferred")
    assert desk.errands.done == ["first"]


def test_what_was_deferred_runs_once_and_soon(desk):
    second = while_one_runs(desk, lambda: in_another_thread(lambda: submit(desk, "second")))
    assert desk.recovery.run_due() == 0, "whoever has just submitted it may still be at it"
    desk.clock.move(timedelta(seconds=5))

    assert desk.recovery.run_due() == 1
    assert desk.service.get(second.job_id).state is JobState.COMPLETED
    assert desk.recovery.run_due() == 0


def test_what_a_job_submits_while_it_runs_in_its_caller_needs_no_further_place(desk):
    nested = while_one_runs(desk, lambda: submit(desk, "nested"))

    assert (nested.state, nested.mode) == (JobState.COMPLETED, "inline")
    assert desk.errands.done == ["first", "nested"]


def test_a_place_is_free_again_after_the_run_however_it_ended(desk):
    desk.errands.outcomes = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        submit(desk, "interrupted")
    desk.errands.outcomes = []

    assert [submit(desk, name).state for name in ("a", "b")] == [JobState.COMPLETED] * 2


def test_what_runs_already_or_has_ended_cannot_be_deferred(desk):
    done = desk.service.get(submit(desk).job_id)

    assert transitions.defer(done, "too many", NOON) is None


def test_the_time_limit_of_the_outer_job_ends_the_outer_job():
    desk = Desk(ENABLE_QUEUE="true")
    outer = desk.service.submit(run_errand, Errand(place="outer"), attempts=1)
    nested = []

    def ring():
        raise JobTimedOut(120_000)

    def submit_inside():
        desk.errands.outcomes = [ring]
        nested.append("submitted")
        return desk.service.submit(try_once, Errand(place="nested"), job_id="nested", inline=True)

    desk.errands.outcomes = [submit_inside]
    drain_with_an_alarm(desk)

    assert nested == ["submitted"]
    assert (desk.service.get(outer.job_id).state, desk.service.get(outer.job_id).attempts[0].outcome) == (JobState.FAILED, "timedOut")
    inner = desk.service.get("nested")
    assert (inner.state, inner.failures, inner.attempts[0].outcome) == (JobState.WAITING, 0, "stopped")


def drain_with_an_alarm(desk):
    """Run the next job as a worker does that can time jobs out; this alarm never rings by itself."""
    delivery = desk.broker.take(["aiQc"], 0)
    return desk.platform.runner.run(delivery.job_id, worker="w", time_limit=lambda _milliseconds: nullcontext())


def test_a_caller_whose_job_runs_here_is_not_made_to_wait_for_redis_again():
    desk = Desk()
    desk.broker.away = True

    def later():
        desk.clock.move(timedelta(seconds=5))
        desk.broker.away = False
        return submit(desk, "nested")

    assert while_one_runs(desk, later).mode == "inline"
    assert submit(desk, "next caller").mode == "queue"


def test_a_request_that_has_waited_long_enough_runs_its_jobs_and_leaves_the_trial_to_others():
    desk = Desk()
    with somebody_waits(0.2):
        context.patience().waited(0.2)
        assert submit(desk).mode == "inline"
    assert (desk.platform.circuit.state, submit(desk).mode) == ("closed", "queue")
    desk.platform.circuit.failed(BrokerUnavailable("away"))
    desk.clock.move(TRIAL_AFTER)
    with somebody_waits(0.2):
        context.patience().waited(0.2)
        desk.control.pause("aiQc")
        assert submit(desk, "paused").queued
        desk.control.resume("aiQc")
        assert submit(desk).mode == "inline"
    assert submit(desk, "the next caller").mode == "queue"


def test_a_call_that_was_not_made_says_nothing_about_redis():
    circuit = Circuit(Desk().clock)
    circuit.failed(PatienceLost("not asked"))
    assert circuit.report() == CircuitReport("closed", None, "", openings=0, failures=0, refusals=0)


def test_many_jobs_wait_for_the_relay_while_the_circuit_is_open_and_only_the_first_of_them_ask_redis():
    desk = Desk(broker=CountingBroker())
    desk.broker.away = True
    many = [Submission(kind, {"place": str(number)}) for number in range(CHUNK + 1) for kind in (run_errand, try_once)]
    answers = desk.service.submit_many(many) + desk.service.submit_many(many[:2])
    assert {answer.mode for answer in answers} == {"queue"}
    assert (desk.broker.asked, desk.errands.done) == (1, [])


def test_while_redis_is_away_workers_find_in_the_ledger_what_is_due():
    desk = Desk()
    handed_over, later = submit(desk, "waiting"), desk.service.submit(run_errand, Errand(place="later"), delay=60_000)
    desk.broker.away = True
    desk.clock.move(timedelta(seconds=5))

    assert desk.recovery.run_due(worker="w-1") == 1
    assert desk.service.get(handed_over.job_id).attempts[0].worker == "w-1"
    assert desk.service.get(later.job_id).state is JobState.DELAYED
    desk.broker.away = False
    assert drain(desk.platform) == [], "its ticket finds it done"
    assert desk.errands.done == ["waiting"]
    assert list(desk.broker.in_flight()) == []


def test_a_worker_that_stops_takes_nothing_more_from_the_ledger():
    desk = Desk()
    for name in ("one", "two"):
        submit(desk, name)
    desk.clock.move(timedelta(seconds=5))

    assert desk.recovery.run_due(stop=lambda: bool(desk.errands.done)) == 1
    assert len(desk.errands.done) == 1


def test_a_paused_queue_is_left_alone_also_from_the_ledger():
    desk = Desk()
    submit(desk)
    desk.control.pause("aiQc")
    desk.clock.move(timedelta(seconds=5))

    assert desk.recovery.run_due() == 0


def test_the_circuit_tells_since_when_why_and_how_often():
    desk = Desk()
    circuit = Circuit(desk.clock)
    assert circuit.report() == CircuitReport("closed", None, "", openings=0, failures=0, refusals=0)
    circuit.failed(BrokerUnavailable("no answer"))
    circuit.allows()
    desk.clock.move(timedelta(seconds=5))
    circuit.allows()
    circuit.failed(BrokerUnavailable("still none"))
    assert circuit.report() == CircuitReport("open", NOON, "BrokerUnavailable: still none", openings=1, failures=2, refusals=1)
    circuit.succeeded()
    assert circuit.report() == CircuitReport("closed", None, "", openings=1, failures=2, refusals=1)


def test_health_shows_the_circuit_in_numbers():
    desk = Desk()
    desk.broker.away = True
    submit(desk)
    shown = desk.control.health().to_json()

    assert {key: value for key, value in shown.items() if key.startswith("circuit")} == {
        "circuit": "open",
        "circuitOpenedAt": "2026-11-02T05:00:00.000Z",
        "circuitReason": "BrokerUnavailable: Redis is away",
        "circuitOpenings": 1,
        "circuitFailures": 1,
        "circuitRefusals": 1,
    }
