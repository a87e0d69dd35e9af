"""Dead letters are run again, edited, discarded and restored; nothing is run twice."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from backend.errors import Conflict, InvalidInput, NotFound, PermanentFailure
from backend.queues.dead_filter import DeadFilter
from backend.queues.errors import BrokerUnavailable
from backend.queues.records import JobState
from tests.support.dead import DeadDesk


@pytest.fixture
def desk():
    return DeadDesk()


def states(desk, ids):
    return [desk.ledger.get(job_id).state for job_id in ids]


def test_one_is_shown_also_when_it_was_discarded_and_no_other_job_is(desk):
    (job_id,) = desk.kill()
    desk.dead.drop([job_id], reason="a test")
    assert desk.dead.get(job_id).dropped.reason == "a test"
    desk.dead.retry([job_id])
    for nobody in (job_id, "nosuch"):
        with pytest.raises(NotFound):
            desk.dead.get(nobody)


def test_several_are_run_again_and_of_the_others_it_is_said_why_not(desk):
    ids = desk.kill(3)
    desk.dead.retry([ids[0]])
    dealt = desk.dead.retry([*ids, "nosuch"], by="somchai")
    assert list(dealt.done) == ids[1:]
    assert dealt.left == {ids[0]: "it is waiting: no dead letter, or no longer one", "nosuch": "there is no such job"}
    desk.drain()
    assert states(desk, ids) == [JobState.COMPLETED] * 3
    assert sorted(desk.errands.done) == ["place 0", "place 1", "place 2"]


def test_one_more_attempt_or_all_of_them(desk):
    ids = desk.kill(2)
    desk.dead.retry([ids[0]])
    desk.dead.retry([ids[1]], fresh=True)
    assert [desk.ledger.get(job_id).failures for job_id in ids] == [1, 0]


def test_all_that_match_are_run_again(desk):
    ids, others = desk.kill(3), desk.kill(2, "another thing")
    told = []
    assert desk.dead.retry_matching(DeadFilter(cause=desk.cause(ids[0])), progress=told.append) == 3
    assert told == [3]
    assert states(desk, others) == [JobState.FAILED] * 2
    assert desk.dead.retry_matching(DeadFilter(queue="aiQc"), limit=1) == 1
    assert desk.dead.count(DeadFilter()) == 1


def test_what_fails_again_meanwhile_is_not_run_a_second_time(desk):
    desk.kill(3)
    desk.errands.outcomes = [PermanentFailure("the provider said no to request 9")] * 9
    inner = desk.ledger.dead

    def dead(where, **more):
        page = inner(where, **more)
        if where.before:
            desk.clock.move(timedelta(seconds=1))
        return page

    desk.ledger.dead = dead
    until = desk.clock.now() + timedelta(hours=1)
    assert desk.dead.retry_matching(DeadFilter(before=until)) == 3
    desk.drain()
    assert len(desk.errands.done) == 3


def test_of_two_that_run_the_same_ones_again_each_runs_some(desk):
    ids = desk.kill(4)
    seen_by_both = [desk.ledger.get(job_id) for job_id in ids]
    first, second = desk.dead.revive(seen_by_both[:3]), desk.dead.revive(seen_by_both)
    assert ([job.id for job in first], [job.id for job in second]) == (ids[:3], ids[3:])
    desk.drain()
    assert sorted(desk.errands.done) == [f"place {n}" for n in range(4)]


def test_redis_may_be_away_meanwhile(desk):
    ids = desk.kill(2)
    desk.broker.away = True
    assert list(desk.dead.retry(ids).done) == ids
    desk.broker.away = False
    desk.clock.move(timedelta(minutes=1))
    desk.recovery.relay()
    desk.drain()
    assert states(desk, ids) == [JobState.COMPLETED] * 2


def test_data_is_put_right_and_the_job_run_again(desk):
    (job_id,) = desk.kill()
    edited = desk.dead.edit(job_id, {"place": "ตลาด"}, by="somchai")
    assert (edited.before, edited.after) == ({"place": "place 0"}, {"place": "ตลาด"})
    assert edited.job.state is JobState.WAITING
    desk.drain()
    assert desk.errands.done == ["ตลาด"]
    events = [(entry.event, entry.detail) for entry in desk.ledger.get(job_id).timeline]
    assert ("dataUpdated", "somchai") in events


def test_some_fields_or_all_of_them(desk):
    one, other = desk.kill(2)
    assert desk.dead.edit(one, {"weight": 7}).job.payload == {"place": "place 0", "weight": 7}
    assert desk.dead.edit(other, {"place": "y"}, whole=True).job.payload == {"place": "y", "weight": 1}


def test_data_that_the_type_refuses_is_refused_by_name_and_nothing_runs(desk):
    (job_id,) = desk.kill()
    with pytest.raises(InvalidInput) as refused:
        desk.dead.edit(job_id, {"wieght": 7, "weight": "heavy"})
    assert {error.field for error in refused.value.errors} == {"payload.wieght", "payload.weight"}
    assert desk.dead.get(job_id).payload == {"place": "place 0", "weight": 1}


def test_data_that_somebody_else_changes_meanwhile_is_not_written_over(desk):
    (job_id,) = desk.kill()
    inner, changed = desk.ledger.get, []

    def get(id):
        job = inner(id)
        if len(changed) == 1:
            desk.ledger.save(replace(job, payload={"place": "elsewhere", "weight": 1}))
            job = inner(id)
        changed.append(id)
        return job

    desk.ledger.get = get
    with pytest.raises(Conflict, match="changed meanwhile"):
        desk.dead.edit(job_id, {"weight": 7})


def test_a_job_that_runs_is_not_edited(desk):
    (job_id,) = desk.kill()
    desk.dead.retry([job_id])
    with pytest.raises(NotFound):
        desk.dead.edit(job_id, {"weight": 7})


def test_discarding_takes_from_the_list_and_the_numbers_and_restoring_undoes_it(desk):
    ids = desk.kill(3)
    dealt = desk.dead.drop([*ids[:2], "nosuch"], reason="a test run", by="somchai")
    assert list(dealt.done) == ids[:2]
    assert dealt.left.keys() == {"nosuch"}
    assert desk.dead.drop(ids[:1], reason="again").left == {ids[0]: "it is discarded already"}
    assert desk.dead_ids() == ids[2:]
    assert sorted(desk.dead_ids(dropped=True)) == sorted(ids[:2])
    assert desk.control.stats()["aiQc"]["failed"] == 1

    restored = desk.dead.restore(ids, by="somsri")
    assert list(restored.done) == ids[:2]
    assert restored.left == {ids[2]: "it is not discarded"}
    assert desk.control.stats()["aiQc"]["failed"] == 3
    events = [(entry.event, entry.detail) for entry in desk.ledger.get(ids[0]).timeline][-2:]
    assert events == [("dropped", "a test run"), ("restored", "somsri")]


def test_all_that_match_are_discarded(desk):
    ids, others = desk.kill(3), desk.kill(1, "another thing")
    assert desk.dead.drop_matching(DeadFilter(cause=desk.cause(ids[0])), reason="old", by="somchai") == 3
    assert desk.dead_ids() == others


def test_what_was_discarded_runs_again_where_somebody_wants_it(desk):
    (job_id,) = desk.kill()
    desk.dead.drop([job_id], reason="a test")
    assert list(desk.dead.retry([job_id]).done) == [job_id]
    assert desk.ledger.get(job_id).dropped is None


def test_a_broker_that_fails_in_the_middle_changes_nothing_for_the_ledger(desk):
    (job_id,) = desk.kill()

    def hand_over(_tickets):
        raise BrokerUnavailable("slow")

    desk.broker.hand_over = hand_over
    assert list(desk.dead.retry([job_id]).done) == [job_id]
    assert desk.ledger.get(job_id).state is JobState.WAITING


def test_whoever_retries_every_failed_job_leaves_the_discarded_ones(desk):
    ids = desk.kill(3)
    desk.dead.drop(ids[:1], reason="a test")
    assert desk.platform.job_control.retry_all("aiQc") == 2
    assert states(desk, ids[:1]) == [JobState.FAILED]
