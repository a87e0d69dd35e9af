"""Healing: lost workers, lost tickets, unsettled deliveries, and jobs that only the scheduler can run."""

from datetime import timedelta

import pytest

from backend.adapters.memory.broker import MemoryBroker
from backend.queues.duties import healing
from backend.queues.errors import BrokerUnavailable
from backend.queues.middleware import Middleware, MiddlewareList
from backend.queues.names import QUEUES
from backend.queues.records import JobState
from backend.queues.testing import drain
from tests.support.queues import Desk, run_errand

LEASE = timedelta(seconds=15)
GRACE = timedelta(seconds=5)


def submit(desk, place="market", **more):
    return desk.service.submit(run_errand, {"place": place}, **more).job_id


def test_a_lost_job_is_put_before_everything_that_waits():
    desk = Desk()
    lost = submit(desk, "lost", priority=9)
    desk.take_and_vanish()
    submit(desk, "urgent", priority=1)
    desk.clock.move(LEASE - timedelta(milliseconds=1))
    assert desk.recovery.reap_lost() == 0
    desk.clock.move(timedelta(milliseconds=1))
    assert desk.recovery.reap_lost() == 1
    assert desk.broker.in_flight() == []
    assert drain(desk.platform)[0].id == lost


def test_a_lease_that_is_renewed_is_not_lost():
    desk = Desk()
    job_id = submit(desk)
    desk.take_and_vanish()
    token = desk.service.get(job_id).lease.token
    with desk.platform.keeper.holding(job_id, token):
        desk.clock.move(LEASE - timedelta(seconds=1))
        assert desk.platform.keeper.renew_all() == 1
        assert desk.platform.keeper.held() == [(job_id, token)]
        desk.clock.move(LEASE - timedelta(seconds=1))
        assert desk.recovery.reap_lost() == 0
    assert desk.platform.keeper.renew_all() == 0


def test_a_lease_that_was_taken_over_or_cannot_be_renewed_is_noticed():
    desk = Desk()
    job_id = submit(desk)
    desk.take_and_vanish()
    with desk.platform.keeper.holding(job_id, "another token"):
        assert desk.platform.keeper.renew_all() == 0
        desk.store.away = True
        assert desk.platform.keeper.renew_all() == 0
        desk.store.away = False


def test_tickets_that_redis_forgot_are_handed_over_again_and_the_others_not():
    desk = Desk()
    first, second = submit(desk, "a"), submit(desk, "b", delay=60_000)
    desk.broker.clear()
    known = submit(desk, "c")
    assert desk.recovery.relay() == 0, "a job that was only just accepted is still on its way"
    desk.clock.move(GRACE)
    assert desk.recovery.relay() == 2
    assert desk.recovery.relay() == 0
    assert sorted(desk.broker.missing([first, second, known])) == []
    assert desk.service.get(second).state is JobState.DELAYED
    assert [job.payload["place"] for job in drain(desk.platform)] == ["c", "a"]


def test_the_relay_goes_on_through_the_pages_while_it_finds_something():
    desk = Desk()
    for number in range(1_100):
        submit(desk, str(number))
    desk.broker.clear()
    desk.clock.move(GRACE)
    assert desk.recovery.relay() == 1_100
    assert len(desk.broker._waiting["aiQc"]) == 1_100


def test_what_runs_or_flies_is_left_alone_by_the_relay():
    desk = Desk()
    submit(desk, "runs")
    desk.take_and_vanish()
    submit(desk, "flies")
    desk.broker.take(QUEUES, 0)
    desk.clock.move(GRACE)
    assert desk.recovery.relay() == 0


def test_a_job_whose_caller_died_before_the_hand_over_is_relayed():
    desk = Desk()
    job_id = submit(desk)
    desk.broker.clear()
    desk.clock.move(GRACE)
    desk.recovery.relay()
    assert [job.id for job in drain(desk.platform)] == [job_id]


def test_a_relay_without_redis_raises_and_loses_nothing():
    desk = Desk()
    submit(desk)
    desk.broker.clear()
    desk.clock.move(GRACE)
    desk.broker.away = True
    with pytest.raises(BrokerUnavailable):
        desk.recovery.relay()
    desk.broker.away = False
    assert desk.recovery.relay() == 1


def vanish_after_taking(desk, job_id):
    return desk.broker.take(QUEUES, 0)


def vanish_while_running(desk, job_id):
    return desk.take_and_vanish()


def vanish_after_completing(desk, job_id):
    delivery = desk.broker.take(QUEUES, 0)
    desk.platform.runner.run(job_id, worker="w")
    return delivery


def vanish_after_a_retry(desk, job_id):
    desk.errands.outcomes = [ValueError("again")]
    return vanish_after_completing(desk, job_id)


def vanish_after_the_last_failure(desk, job_id):
    desk.errands.outcomes = [ValueError("x"), ValueError("x"), ValueError("x")]
    for _ in range(2):
        desk.platform.runner.run(job_id, worker="w")
        desk.clock.move(timedelta(seconds=4))
    return vanish_after_completing(desk, job_id)


@pytest.mark.parametrize(
    ("vanish", "settled", "missing", "buried"),
    [
        (vanish_after_taking, 1, False, False),
        (vanish_while_running, 0, False, False),
        (vanish_after_completing, 1, True, False),
        (vanish_after_a_retry, 1, False, False),
        (vanish_after_the_last_failure, 1, True, True),
    ],
)
def test_a_delivery_that_nobody_settles_is_settled_as_the_ledger_says(vanish, settled, missing, buried):
    desk = Desk()
    job_id = submit(desk)
    delivery = vanish(desk, job_id)
    assert list(desk.broker.in_flight()) == [delivery]
    assert desk.recovery.reap_in_flight() == 0, "it may be on its way"
    desk.clock.move(timedelta(seconds=10))
    assert desk.recovery.reap_in_flight() == settled
    assert list(desk.broker.in_flight()) == ([] if settled else [delivery])
    assert (job_id in desk.broker.missing([job_id])) is missing
    assert (job_id in desk.broker.buried) is buried


def test_a_job_whose_worker_vanished_before_the_claim_goes_before_everything_that_waits():
    desk = Desk()
    first = submit(desk, "first", priority=9)
    desk.broker.take(QUEUES, 0)
    submit(desk, "urgent", priority=1)
    desk.recovery.reap_in_flight()
    desk.clock.move(timedelta(seconds=10))
    assert desk.recovery.reap_in_flight() == 1
    assert drain(desk.platform)[0].id == first


class LateBroker(MemoryBroker):
    """A look at what is in flight takes so long that another worker has come and gone meanwhile."""

    def __init__(self):
        super().__init__()
        self.meanwhile = lambda: None

    def in_flight(self):
        found = super().in_flight()
        self.meanwhile()
        return found


def test_a_delivery_that_another_process_put_back_and_a_worker_took_is_left_to_that_worker():
    desk = Desk(broker=LateBroker())
    submit(desk)
    desk.broker.take(QUEUES, 0)
    desk.recovery.reap_in_flight()
    desk.clock.move(timedelta(seconds=10))
    taken = []

    def another_one():
        desk.broker.meanwhile = lambda: None
        desk.recovery.reap_in_flight()
        taken.append(desk.broker.take(QUEUES, 0))

    desk.broker.meanwhile = another_one
    desk.recovery.reap_in_flight()
    assert list(desk.broker.in_flight()) == taken


def test_a_delivery_of_an_unknown_job_is_dropped():
    desk = Desk()
    job_id = submit(desk)
    desk.broker.take(QUEUES, 0)
    desk.store.delete("jobs", job_id)
    desk.recovery.reap_in_flight()
    desk.clock.move(timedelta(seconds=10))
    assert desk.recovery.reap_in_flight() == 1
    assert desk.broker.in_flight() == []


def test_an_unknown_job_that_a_worker_takes_is_dropped():
    desk = Desk()
    desk.store.delete("jobs", submit(desk))
    assert drain(desk.platform) == []
    assert desk.broker.in_flight() == []


def test_without_the_queue_the_scheduler_runs_what_nobody_else_will():
    desk = Desk(ENABLE_QUEUE="false")
    desk.control.pause()
    waits = submit(desk, "waits")
    later = submit(desk, "later", delay=60_000)
    desk.clock.move(GRACE)
    assert desk.recovery.run_due() == 0, "paused"
    desk.control.resume()
    assert desk.recovery.run_due() == 1
    assert desk.service.get(waits).state is JobState.COMPLETED
    desk.clock.move(timedelta(seconds=60))
    assert desk.recovery.run_due() == 1
    assert desk.service.get(later).attempts[0].worker == "scheduler"


def test_without_the_queue_a_job_of_a_web_process_that_died_runs_again():
    desk = Desk()
    job_id = submit(desk)
    desk.take_and_vanish("inline")
    alone = Desk(ENABLE_QUEUE="false")
    alone.store._collections = desk.store._collections
    alone.clock.move(LEASE)
    assert alone.recovery.reap_lost() == 1
    alone.clock.move(GRACE)
    assert alone.recovery.run_due() == 1
    assert alone.service.get(job_id).state is JobState.COMPLETED


def test_a_retry_that_is_not_due_is_not_run_early():
    desk = Desk(ENABLE_QUEUE="false")
    desk.control.pause()
    submit(desk, delay=60_000)
    desk.control.resume()
    desk.clock.move(timedelta(seconds=59))
    assert desk.recovery.run_due() == 0


def test_the_duties_depend_on_who_runs_what_is_due():
    with_queue = [duty.name for duty in healing(Desk().platform)]
    without = [duty.name for duty in healing(Desk(ENABLE_QUEUE="false").platform)]
    always = ["reap lost jobs", "count due jobs as waiting", "expire jobs", "end pauses", "report dead letters", "forget old numbers"]
    always += ["go on with replays", "find causes that are in no book", "group dead letters of older versions", "forget old causes"]
    assert with_queue == ["promote due jobs", "reap deliveries", "relay", *always]
    assert without == ["run due jobs", *always]


def test_every_duty_can_be_done():
    for enable in ("true", "false"):
        for duty in healing(Desk(ENABLE_QUEUE=enable).platform):
            assert not duty.run()


def test_the_scheduler_leaves_a_job_that_is_just_due_to_its_caller():
    desk = Desk(ENABLE_QUEUE="false")
    desk.control.pause()
    submit(desk, delay=60_000)
    desk.control.resume()
    desk.clock.move(timedelta(seconds=60))
    assert desk.recovery.run_due() == 0
    desk.clock.move(GRACE)
    assert desk.recovery.run_due() == 1


def test_a_lost_run_is_told_to_the_middleware():
    told = []

    class Listening(Middleware):
        def ended(self, job):
            told.append((job.state, job.attempts[-1].outcome))

    desk = Desk(middleware=MiddlewareList([Listening()]))
    submit(desk)
    desk.take_and_vanish()
    desk.clock.move(LEASE)
    desk.recovery.reap_lost()
    assert told == [(JobState.WAITING, "lost")]
