"""One suite for the dead letters of every ledger: found by what an engineer asks for, discarded, counted by the wave of a replay."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from backend.queues import interventions, transitions
from backend.queues.causes import cause_of
from backend.queues.dead_filter import DeadFilter
from backend.queues.options import JobOptions
from backend.queues.ports import JobFilter
from backend.queues.records import Dropped, Job, JobState
from tests.support.ledgers import LEDGERS, opened_ledger

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)


def minutes(number):
    return NOW + timedelta(minutes=number)


@pytest.fixture(params=LEDGERS)
def ledger(request, tmp_path):
    with opened_ledger(request.param, tmp_path) as ledger:
        yield ledger


def a_dead(id, at=0, error=None, **changes):
    job = Job(id, "run_errand", "aiQc", {"place": "x"}, JobOptions(), NOW, NOW, subject="app-1", requested_by="u-1", request_id="req-1")
    return transitions.bury(replace(job, **changes), error or ValueError(f"no place {id}1"), minutes(at), on_dead=False)


def found(ledger, **where):
    return [job.id for job in ledger.dead(DeadFilter(**where)).items]


@pytest.fixture
def filled(ledger):
    ledger.add_many(
        [
            a_dead("a", 1),
            a_dead("b", 2, queue="email", type="try_once"),
            a_dead("c", 3, KeyError("who"), subject="app-2"),
            a_dead("d", 4, requested_by="u-2", request_id="req-2"),
            a_dead("probe", 5, type="probe_ai_qc"),
            replace(a_dead("alive"), state=JobState.WAITING, finished_at=None),
        ]
    )
    return ledger


def test_they_come_last_dead_first_without_the_living_and_without_probes(filled):
    assert found(filled) == ["d", "c", "b", "a"]
    assert filled.count_dead(DeadFilter()) == 4


def test_they_come_in_pages(filled):
    first = filled.dead(DeadFilter(), limit=3)
    assert [job.id for job in first.items] == ["d", "c", "b"]
    rest = filled.dead(DeadFilter(), limit=3, cursor=first.next)
    assert ([job.id for job in rest.items], rest.next) == (["a"], None)


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({"queue": "aiQc"}, ["d", "c", "a"]),
        ({"type": "try_once"}, ["b"]),
        ({"subject": "app-2"}, ["c"]),
        ({"requested_by": "u-2"}, ["d"]),
        ({"request_id": "req-2"}, ["d"]),
        ({"error_class": "KeyError"}, ["c"]),
        ({"since": minutes(3)}, ["d", "c"]),
        ({"before": minutes(3)}, ["b", "a"]),
        ({"since": minutes(2), "before": minutes(4), "queue": "email"}, ["b"]),
        ({"queue": "report"}, []),
    ],
)
def test_all_conditions_hold(filled, where, ids):
    assert found(filled, **where) == ids
    assert filled.count_dead(DeadFilter(**where)) == len(ids)


def test_they_are_found_by_their_cause(filled):
    cause = cause_of(filled.get("a")).id
    assert found(filled, cause=cause) == ["d", "a"]
    assert found(filled, cause=cause, queue="email") == []
    assert found(filled, cause=cause, before=minutes(4)) == ["a"]
    assert found(filled, cause=cause_of(filled.get("c")).id) == ["c"]


def test_what_is_discarded_is_listed_apart_and_counted_no_more(filled):
    filled.save(interventions.drop(filled.get("d"), minutes(9), by="somchai", reason="a test"))
    assert filled.get("d").dropped == Dropped(minutes(9), "somchai", "a test")
    assert found(filled) == ["c", "b", "a"]
    assert found(filled, dropped=True) == found(filled, dropped=True, queue="aiQc") == ["d"]
    assert found(filled, cause=cause_of(filled.get("a")).id) == ["a"]
    assert filled.counts()["aiQc", JobState.FAILED] == 2  # a and c

    filled.save(interventions.restore(filled.get("d"), minutes(10), by="somchai"))
    assert found(filled) == ["d", "c", "b", "a"]
    assert filled.counts()["aiQc", JobState.FAILED] == 3


def test_a_failed_probe_counts_for_nothing_and_is_a_failed_job_of_its_queue_still(filled):
    assert filled.counts()["aiQc", JobState.FAILED] == 3  # a, c and d
    assert "probe" in {job.id for job in filled.page(JobFilter(queue="aiQc", state=JobState.FAILED)).items}
    assert "probe" not in found(filled)
    filled.remove([filled.get("probe")])
    assert filled.counts()["aiQc", JobState.FAILED] == 3


def test_what_is_discarded_is_a_failed_job_of_its_queue_still(filled):
    filled.save(interventions.drop(filled.get("d"), minutes(9), by="", reason=""))
    ids = {job.id for job in filled.page(JobFilter(queue="aiQc", state=JobState.FAILED)).items}
    assert ids == {"a", "c", "d", "probe"}


def test_what_is_discarded_goes_with_the_retention_too(filled):
    filled.save(interventions.drop(filled.get("d"), minutes(9), by="", reason=""))
    assert {job.id for job in filled.removable("aiQc", JobState.FAILED, minutes(100), 10)} == {"a", "c", "d", "probe"}
    assert len(filled.removable("aiQc", JobState.FAILED, minutes(100), 3)) == 3
    assert filled.remove_finished("aiQc", minutes(100)) == 4
    assert found(filled, dropped=True) == []


def test_what_they_are_found_by_is_put_right(filled):
    filled.save(interventions.drop(filled.get("d"), minutes(9), by="", reason=""))
    if hasattr(filled, "_store"):
        for name in ("a", "d"):
            filled._store.set_fields("jobs", name, {"shelf": None, "cause": "wrong"})
        assert (found(filled), found(filled, dropped=True)) == (["c", "b"], [])
    versions = {name: filled.get(name).version for name in "bc"}
    chunks = list(filled.regrouped())
    assert sorted(job.id for chunk in chunks for job in chunk) == ["a", "b", "c", "d", "probe"]
    assert (found(filled), found(filled, dropped=True)) == (["c", "b", "a"], ["d"])
    assert {name: filled.get(name).version for name in "bc"} == versions, "what is right is not written"


def test_the_jobs_of_one_wave_are_counted_by_state(filled):
    for name in ("a", "d"):
        filled.save(interventions.retry_by_hand(filled.get(name), minutes(9), fresh=False, by="", replay="rp/1"))
    assert filled.replayed("rp/1") == {JobState.WAITING: 2}
    filled.save(transitions.bury(filled.get("a"), ValueError("no place a1"), minutes(10), on_dead=False))
    assert filled.replayed("rp/1") == {JobState.WAITING: 1, JobState.FAILED: 1}
    assert found(filled, replay="rp/1") == ["a"]
    assert filled.replayed("rp/2") == {}


def test_a_job_that_is_retried_otherwise_leaves_the_wave(filled):
    filled.save(interventions.retry_by_hand(filled.get("a"), minutes(9), fresh=False, by="", replay="rp/1"))
    filled.save(transitions.bury(filled.get("a"), ValueError("again"), minutes(10), on_dead=False))
    filled.save(interventions.retry_by_hand(filled.get("a"), minutes(11), fresh=False, by=""))
    assert filled.replayed("rp/1") == {}
    assert filled.get("a").replay == ""
