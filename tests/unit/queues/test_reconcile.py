"""Ledger and Redis are compared in both directions; the ledger is right, and what is on its way is no difference."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from backend.queues.errors import BrokerUnavailable
from backend.queues.ledger import ticket_for
from backend.queues.no_broker import NoBroker
from backend.queues.ports import Ticket
from backend.queues.reconcile import CURES, Reconciler
from backend.queues.records import Attempt, JobState
from backend.queues.recovery import GRACE
from backend.queues.testing import drain
from tests.support.queues import Desk, Errand, run_errand


@pytest.fixture
def desk():
    return Desk()


def submit(desk, **options):
    return desk.service.submit(run_errand, Errand(place="x"), **options).job_id


def compare(desk, *, fix=False, after=GRACE):
    desk.clock.move(after)
    return Reconciler(desk.platform.outside).compare(fix=fix)


def kinds(desk, **options):
    return [(difference.kind, difference.job_id) for difference in compare(desk, **options).differences]


def is_mended(desk):
    """Whether one look that mends leaves nothing for the next one."""
    found = compare(desk, fix=True)
    return found.mended == len(found.differences) > 0 and kinds(desk, after=timedelta()) == []


def test_where_both_agree_there_is_nothing_to_say(desk):
    submit(desk)
    submit(desk, delay=60_000)
    desk.take_and_vanish()
    found = compare(desk)

    assert (found.differences, found.pending, found.held, found.mended) == ([], 1, 2, 0)


def test_what_redis_lost_is_missing_and_is_handed_over_again(desk):
    waiting, delayed = submit(desk), submit(desk, delay=60_000)
    desk.broker.clear()

    assert kinds(desk) == [("missing", waiting), ("missing", delayed)]
    assert is_mended(desk)
    assert [job.id for job in drain(desk.platform)] == [waiting]


def test_what_was_submitted_a_moment_ago_may_still_be_on_its_way(desk):
    submit(desk)
    desk.broker.clear()

    assert kinds(desk, after=GRACE - timedelta(milliseconds=1)) == []
    assert len(kinds(desk, after=timedelta(milliseconds=1))) == 1


@pytest.mark.parametrize("in_flight", [False, True])
def test_an_id_that_the_ledger_does_not_have_is_unknown_and_is_forgotten(desk, in_flight):
    desk.broker.hand_over([Ticket("ghost", "run_errand", "email")])
    if in_flight:
        desk.broker.take(["email"], 0)

    assert kinds(desk) == [("unknown", "ghost")]
    assert is_mended(desk)


def test_what_has_ended_is_forgotten(desk):
    job_id = submit(desk)
    job = desk.service.get(job_id)
    drain(desk.platform)
    desk.broker.hand_over([ticket_for(job)])

    assert kinds(desk) == [("finished", job_id)]
    assert is_mended(desk)
    assert desk.service.get(job_id).state is JobState.COMPLETED


def test_one_that_was_lost_twice_and_put_off_is_where_it_should_be(desk):
    job = desk.service.get(submit(desk))
    lost = Attempt(1, "w1", job.created_at, job.created_at, "lost")
    job = desk.ledger.save(replace(job, attempts=(lost, lost)))
    desk.broker.hand_over([ticket_for(job, front=True)._replace(due_at=job.created_at + timedelta(minutes=1))])
    assert kinds(desk) == []


def test_a_delayed_job_that_stands_in_line_and_a_waiting_one_that_is_delayed_are_misplaced(desk):
    early, late = submit(desk, delay=60_000), submit(desk)
    desk.broker.hand_over([Ticket(late, "run_errand", "aiQc", due_at=desk.clock.now() + timedelta(hours=1))])
    desk.broker.forget("aiQc", [early])
    desk.broker._waiting["aiQc"] = [Ticket(early, "run_errand", "aiQc")]
    desk.broker._delayed = {late: Ticket(late, "run_errand", "aiQc", due_at=desk.clock.now() + timedelta(hours=1))}

    assert sorted(kinds(desk)) == sorted([("misplaced", early), ("misplaced", late)])


def test_a_running_job_is_left_to_its_lease(desk):
    job_id = submit(desk)
    delivery = desk.take_and_vanish()
    desk.broker.release(delivery)
    desk.broker.hand_over([Ticket(job_id, "run_errand", "aiQc")])

    assert kinds(desk) == []


def test_a_document_that_cannot_be_read_is_told_and_left_alone(desk):
    job_id = submit(desk)
    desk.store.set_fields("jobs", job_id, {"options": {"attempts": "many"}})
    found = compare(desk, fix=True)

    assert [(each.kind, each.job_id) for each in found.differences] == [("unreadable", job_id)]
    assert found.mended == 0


def test_a_damaged_document_stops_no_worker(desk):
    broken, whole = submit(desk), submit(desk)
    desk.store.set_fields("jobs", broken, {"attempts": "none"})

    assert [job.id for job in drain(desk.platform)] == [whole]
    assert list(desk.broker.in_flight()) == []
    desk.clock.move(timedelta(minutes=1))
    assert desk.recovery.relay() == 0


def test_the_report_says_the_cure_of_each_difference(desk):
    desk.broker.hand_over([Ticket("ghost", "run_errand", "email")])
    shown = compare(desk).to_json()

    assert shown == {
        "pendingInLedger": 0,
        "heldByRedis": 1,
        "differences": [
            {"kind": "unknown", "jobId": "ghost", "queue": "email", "ledger": "", "redis": "waiting", "cure": CURES["unknown"]}
        ],
        "mended": 0,
    }


def test_without_redis_there_is_nothing_to_compare_with(desk):
    desk.broker.away = True
    with pytest.raises(BrokerUnavailable):
        compare(desk)
    with pytest.raises(BrokerUnavailable, match="ENABLE_QUEUE"):
        compare(Desk(broker=NoBroker(), ENABLE_QUEUE="false"))


def test_a_delivery_of_nobody_ends(desk):
    desk.broker.hand_over([Ticket("ghost", "run_errand", "aiQc")])
    desk.broker.take(["aiQc"], 0)

    assert is_mended(desk)
    assert list(desk.broker.in_flight()) == []
