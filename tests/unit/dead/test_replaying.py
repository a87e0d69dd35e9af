"""Canary replays: waves that grow, wait for each other, stop when the cause comes back, and go on in any process."""

from datetime import timedelta

import pytest

from backend.errors import Conflict, InvalidInput, NotFound, PermanentFailure
from backend.queues.dead_filter import DeadFilter
from backend.queues.records import JobState
from backend.queues.replay_records import WAVE, stage_size
from backend.queues.replaying import HOLD, Replaying
from tests.support.dead import DeadDesk

AGAIN = PermanentFailure("the provider said no to request 99")


@pytest.fixture
def desk():
    return DeadDesk()


def begin(desk, count=20, **more):
    cause = desk.cause(desk.kill(count)[0])
    return desk.replaying.start(DeadFilter(cause=cause), by="somchai", **more)


def another(desk):
    """Another process on the same store."""
    return Replaying(desk.replaying._kept, desk.dead, desk.ledger, desk.clock)


def run(desk, replay, turns=50):
    """Step and let the worker run, until it has ended; what each wave started."""
    waves = []
    for _ in range(turns):
        replay = desk.replaying.step(replay.id)
        if replay.ended:
            return replay, waves
        waves.append(len(desk.drain()))
    raise AssertionError(f"the replay does not end: {replay}")


def test_it_grows_from_one_to_all_and_everything_runs_once(desk):
    replay, waves = run(desk, begin(desk, 40))
    assert waves == [1, 10, 4, 25]
    assert (replay.state, replay.sum("completed"), replay.sum("failed")) == ("done", 40, 0)
    assert sorted(desk.errands.done) == sorted(f"place {number}" for number in range(40))
    assert desk.dead_ids() == []


def test_it_waits_for_the_outcome_of_each_wave(desk):
    replay = begin(desk)
    for _ in range(5):
        shown = desk.replaying.step(replay.id)
    assert (shown.sum("started"), shown.to_json()["running"], shown.to_json()["stage"]) == (1, 1, "1")
    assert len(desk.dead_ids()) == 19


@pytest.mark.parametrize(("outcomes", "started"), [([AGAIN], 1), ([{}, {}, {}, AGAIN], 11)])
def test_it_stops_when_the_cause_comes_back_and_says_so(desk, outcomes, started):
    replay = begin(desk)
    desk.errands.outcomes = list(outcomes)
    ended, _ = run(desk, replay)
    assert ended.state == "stopped"
    assert ended.why.startswith("the cause came back: 1 of the ")
    assert (ended.sum("started"), ended.sum("came_back")) == (started, 1)
    assert len(desk.dead_ids()) == 20 - started + 1
    assert desk.replaying.step(replay.id) == ended


def test_another_failure_does_not_stop_it_where_some_went_well(desk):
    replay = begin(desk, 12)
    desk.errands.outcomes = [{}, PermanentFailure("a rare thing")]
    ended, _ = run(desk, replay)
    assert (ended.state, ended.sum("completed"), ended.sum("failed"), ended.sum("came_back")) == ("done", 11, 1, 0)


def test_a_wave_that_fails_whole_for_another_cause_stops_it_too(desk):
    replay = begin(desk)
    desk.errands.outcomes = [PermanentFailure("a rare thing")]
    ended, _ = run(desk, replay)
    assert (ended.state, ended.why) == ("stopped", "all 1 of stage 1 gave up, for other causes than before")


def test_one_that_failed_before_is_replayed_once_only(desk):
    """What fails again does so after the replay has begun, and is not taken by a later wave."""
    replay = begin(desk, 12)
    desk.errands.outcomes = [{}, PermanentFailure("a rare thing")]
    run(desk, replay)
    assert len(desk.errands.done) == 12


def test_everything_that_matches_a_filter_has_several_causes_of_which_each_stops_it(desk):
    desk.kill(3)
    other = desk.cause(desk.kill(3, "another thing")[0])
    replay = desk.replaying.start(DeadFilter(queue="aiQc"), stages=("all",))
    assert len(replay.causes) == 2
    desk.errands.outcomes = [{}, PermanentFailure("another thing")]
    ended, waves = run(desk, replay)
    assert (waves, ended.state, ended.total) == ([6], "stopped", 6)
    assert other in ended.causes


def test_another_process_goes_on_where_one_died(desk):
    replay = begin(desk)
    desk.replaying.step(replay.id)
    desk.drain()
    assert another(desk).step(replay.id).sum("started") == 11


def test_a_process_that_died_while_it_put_jobs_into_line_leaves_no_wave_too_large(desk):
    replay = begin(desk)
    desk.replaying.step(replay.id)
    desk.drain()
    inner, died = desk.dead.revive, []

    def revive(jobs, **more):
        if died:
            return inner(jobs, **more)
        died.append(inner(jobs[:4], **more))
        raise SystemExit

    desk.dead.revive = revive
    with pytest.raises(SystemExit):
        desk.replaying.step(replay.id)
    heir = another(desk)
    assert not heir.step(replay.id).wave.picked, "the dead one holds it for a while"
    desk.clock.move(HOLD)
    picked = heir.step(replay.id)
    assert (picked.wave.started, desk.ledger.replayed(picked.tag)) == (10, {JobState.WAITING: 10})
    ended, _ = run(desk, replay)
    assert (ended.state, len(desk.errands.done)) == ("done", 20)


def test_the_scheduler_goes_on_with_every_replay(desk):
    replay = begin(desk, 3)
    other = desk.replaying.start(DeadFilter(cause=desk.cause(desk.kill(2, "another thing")[0])))
    for _ in range(20):
        desk.office.replaying.go_on()
        desk.drain()
    assert [desk.replaying.get(each.id).state for each in (replay, other)] == ["done", "done"]
    assert desk.replaying.go_on() == 0


def test_the_same_dead_letters_have_one_replay_at_a_time(desk):
    replay = begin(desk)
    with pytest.raises(Conflict, match=f"replay {replay.id} by somchai has not ended"):
        desk.replaying.start(replay.where)
    desk.replaying.cancel(replay.id, by="somsri", reason="wrong one")
    assert desk.replaying.start(DeadFilter(cause=replay.causes[0])).state == "running"


def test_two_that_overlap_run_nothing_twice(desk):
    one = begin(desk, 20)
    two = desk.replaying.start(DeadFilter(queue="aiQc"))
    for _ in range(40):
        desk.replaying.go_on()
        desk.drain()
    numbers = [desk.replaying.get(each.id).sum("completed") for each in (one, two)]
    assert sum(numbers) == 20
    assert len(desk.errands.done) == 20
    assert {desk.replaying.get(each.id).state for each in (one, two)} == {"done"}


def test_it_is_ended_by_hand_and_what_is_in_line_runs(desk):
    replay = begin(desk)
    desk.replaying.step(replay.id)
    ended = desk.replaying.cancel(replay.id, by="somsri", reason="wrong one")
    assert (ended.state, ended.why, ended.ended_at) == ("cancelled", "ended by somsri: wrong one", desk.clock.now())
    desk.drain()
    assert len(desk.errands.done) == 1
    assert desk.replaying.get(replay.id).sum("completed") == 1
    with pytest.raises(Conflict, match="cancelled already"):
        desk.replaying.cancel(replay.id)


def test_a_job_that_somebody_retries_by_hand_does_not_hold_it_up(desk):
    replay = begin(desk, 12)
    desk.replaying.step(replay.id)
    desk.drain()
    desk.replaying.step(replay.id)
    desk.errands.outcomes = [PermanentFailure("a rare thing")]
    desk.drain()
    desk.dead.retry(desk.dead_ids(type="run_errand"))
    ended, _ = run(desk, replay)
    assert ended.state == "done"


def test_a_replay_of_what_others_have_dealt_with_meanwhile_ends(desk):
    replay = begin(desk)
    desk.dead.drop_matching(DeadFilter(), reason="old")
    ended, waves = run(desk, replay)
    assert (ended.state, ended.sum("started"), waves) == ("done", 0, [0])


def test_there_has_to_be_something_to_run_again(desk):
    with pytest.raises(NotFound, match="nothing to run again"):
        desk.replaying.start(DeadFilter())
    with pytest.raises(NotFound):
        desk.replaying.get("nosuch")


@pytest.mark.parametrize("stages", [(), ("0",), ("-1",), ("half",), ("101%",), ("1.5",)])
def test_a_stage_that_is_none_is_refused_by_name(desk, stages):
    desk.kill()
    with pytest.raises(InvalidInput, match="stages"):
        desk.replaying.start(DeadFilter(), stages=stages)


@pytest.mark.parametrize(("stage", "size"), [("1", 1), ("10", 10), ("10%", 25), ("1%", 2), ("all", 250)])
def test_the_size_of_a_stage(stage, size):
    assert stage_size(stage, 250) == size
    assert stage_size("10%", 3) == 1


def test_a_large_stage_comes_in_waves_of_bounded_size(desk):
    replay = begin(desk, 3, stages=("1", "all"))
    desk.store.set_fields("replays", replay.id, {"total": WAVE * 3})
    first = desk.replaying.step(replay.id)
    desk.drain()
    second = desk.replaying.step(first.id)
    assert (second.wave.wanted, second.wave.started) == (WAVE, 2)


def test_with_fresh_attempts_it_waits_for_the_last_of_them(desk):
    replay = begin(desk, 2, fresh=True, stages=("1", "all"))
    desk.replaying.step(replay.id)
    (revived,) = desk.ledger.pending().items
    assert revived.failures == 0


def test_its_json_says_where_it_stands(desk):
    replay = begin(desk, 3, reason="the provider is back")
    shown = desk.replaying.get(replay.id).to_json()
    assert shown | {"id": "", "causes": [], "filter": {}, "at": ""} == {
        "id": "",
        "state": "running",
        "why": "",
        "at": "",
        "endedAt": None,
        "by": "somchai",
        "reason": "the provider is back",
        "filter": {},
        "causes": [],
        "stages": ["1", "10", "10%", "all"],
        "stage": None,
        "wave": 0,
        "total": 3,
        "started": 0,
        "running": 0,
        "completed": 0,
        "failed": 0,
        "cameBack": 0,
    }
    assert desk.replaying.newest() == [replay]
    desk.clock.move(timedelta(days=31))
    assert desk.office.forget_old() == 0, "a replay that has not ended stays"
