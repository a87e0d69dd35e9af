"""Many jobs submitted at once: in order, with their own options, all or none, and in few writes."""

import pytest

from backend.adapters.memory.broker import MemoryBroker
from backend.errors import InvalidInput, Unavailable
from backend.queues.errors import PatienceLost, UnknownJobType
from backend.queues.ports import JobFilter
from backend.queues.records import JobState
from backend.queues.recovery import GRACE
from backend.queues.service import CHUNK, Submission
from backend.queues.testing import drain
from tests.support.queues import Desk, run_errand, try_once


def errands(*places, **options):
    return [Submission(run_errand, {"place": place}, subject=f"about-{place}", options=options) for place in places]


def test_answers_come_in_order_and_each_job_has_its_payload_subject_and_options():
    desk = Desk()
    second = Submission("try_once", {"place": "b"}, requested_by="u-1", options={"priority": 2, "delay": 1000})
    answers = desk.service.submit_many([*errands("a", attempts=7), second])
    first, other = (desk.service.get(answer.job_id) for answer in answers)
    assert (first.payload["place"], first.subject, first.options.attempts, first.state) == ("a", "about-a", 7, JobState.WAITING)
    assert (other.type, other.requested_by, other.options.priority, other.state) == ("try_once", "u-1", 2, JobState.DELAYED)
    assert [answer.state for answer in answers] == [JobState.WAITING, JobState.DELAYED]


def test_what_is_not_said_comes_from_type_and_queue_as_for_a_single_job():
    desk = Desk()
    many = desk.service.submit_many([Submission(try_once, {"place": "a"}), Submission(run_errand, {"place": "a"})])
    singles = [desk.service.submit(kind, {"place": "a"}) for kind in (try_once, run_errand)]
    assert [desk.service.get(each.job_id).options for each in many] == [desk.service.get(each.job_id).options for each in singles]


def test_they_run_by_priority_and_then_in_their_order():
    desk = Desk()
    desk.service.submit_many([*errands("c", "d", priority=5), *errands("a", "b", priority=1)])
    drain(desk.platform)
    assert desk.errands.done == ["a", "b", "c", "d"]


def test_options_that_are_handed_in_are_not_changed():
    options = {"backoff": {"type": "fixed", "delay": 5}}
    Desk().service.submit_many([Submission(run_errand, {"place": "a"}, options=options)])
    assert options == {"backoff": {"type": "fixed", "delay": 5}}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (Submission(run_errand, {"plaice": "b"}), InvalidInput),
        (Submission(run_errand, {"place": "b"}, options={"priorty": 1}), InvalidInput),
        (Submission(run_errand, {"place": "b"}, options={"repeat": {"every": 1000}}), InvalidInput),
        (Submission("run_erand", {"place": "b"}), UnknownJobType),
    ],
)
def test_one_that_is_wrong_refuses_all(wrong, error):
    desk = Desk()
    with pytest.raises(error):
        desk.service.submit_many([*errands("a"), wrong])
    assert desk.ledger.page(JobFilter()).items == []
    assert list(desk.platform.schedules.entries()) == []


def test_an_id_that_is_there_or_comes_twice_answers_with_the_first_job():
    desk = Desk()
    desk.service.submit(run_errand, {"place": "old"}, job_id="x")
    answers = desk.service.submit_many([*errands("new", job_id="x"), *errands("one", job_id="y"), *errands("two", job_id="y")])
    assert [(answer.job_id, answer.duplicate) for answer in answers] == [("x", True), ("y", False), ("y", True)]
    drain(desk.platform)
    assert desk.errands.done == ["old", "one"]


def test_a_bulk_of_many_chunks_is_accepted_whole():
    desk = Desk()
    answers = desk.service.submit_many(errands(*(str(number) for number in range(CHUNK + 3))))
    assert len({answer.job_id for answer in answers}) == CHUNK + 3
    assert desk.control.stats()["aiQc"]["waiting"] == CHUNK + 3
    assert desk.service.submit_many([]) == []


def test_with_redis_away_they_wait_for_the_relay_and_run_nowhere():
    desk = Desk()
    desk.broker.away = True
    answers = desk.service.submit_many(errands("a", "b"))
    assert [answer.queued for answer in answers] == [True, True]
    assert desk.errands.done == []
    desk.broker.away = False
    desk.clock.move(GRACE)
    assert desk.recovery.relay() == 2
    drain(desk.platform)
    assert desk.errands.done == ["a", "b"]


def test_without_a_queue_they_run_in_the_caller():
    desk = Desk(ENABLE_QUEUE="false")
    assert [answer.state for answer in desk.service.submit_many(errands("a", "b"))] == [JobState.COMPLETED] * 2
    assert desk.errands.done == ["a", "b"]


def test_while_paused_they_wait():
    desk = Desk()
    desk.control.pause("aiQc")
    assert [answer.reason for answer in desk.service.submit_many(errands("a"))] == [desk.service.submit(run_errand, {"place": "b"}).reason]
    assert desk.control.stats()["aiQc"]["paused"] == 2


def test_with_the_ledger_away_nothing_is_accepted():
    desk = Desk()
    desk.store.away = True
    with pytest.raises(Unavailable):
        desk.service.submit_many(errands("a"))


class SlowBroker(MemoryBroker):
    """It takes the first hundred of what it is handed, and has no time for the rest."""

    def __init__(self):
        super().__init__()
        self.asked = 0

    def hand_over(self, tickets):
        self.asked += 1
        super().hand_over(tickets[:100])
        if len(tickets) > 100:
            raise PatienceLost("no time")


def test_what_a_slow_redis_has_no_time_for_is_the_relays_and_nobody_asks_it_again():
    desk = Desk(broker=SlowBroker())
    desk.service.submit_many(errands(*map(str, range(3 * CHUNK))))
    assert desk.broker.asked == 1
    assert desk.platform.circuit.state == "closed"
    assert len(drain(desk.platform)) == 100
    assert desk.control.stats()["aiQc"]["waiting"] == 3 * CHUNK - 100
