"""One suite for the books of causes and of replays, over every document store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.documents.causes import DocumentCauses
from backend.adapters.documents.replays import DocumentReplays
from backend.errors import Conflict, NotFound
from backend.queues.causes import Cause
from backend.queues.dead_filter import DeadFilter
from backend.queues.replay_records import Replay, Wave
from tests.support.document_stores import PROVIDERS, opened

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)


@pytest.fixture(params=PROVIDERS)
def store(request, tmp_path):
    with opened(request.param, tmp_path) as store:
        yield store


@pytest.fixture
def causes(store):
    book = DocumentCauses(store)
    book.ensure()
    return book


def test_that_all_is_under_its_cause_is_remembered_and_is_no_cause(store, causes):
    assert not causes.is_regrouped()
    for _ in range(2):
        causes.mark_regrouped()
    assert DocumentCauses(store).is_regrouped()
    assert (list(causes.page().items), dict(causes.counts())) == ([], {})


@pytest.fixture
def replays(store):
    book = DocumentReplays(store)
    book.ensure()
    return book


def a_cause(id="c1", minutes=0, **changes):
    at = NOW + timedelta(minutes=minutes)
    return replace(Cause(id, "ValueError", "no place <id>", "backend/jobs/x.py run", NOW, at, "j-1", 3), **changes)


def a_replay(id="r1", lock="cause:c1", minutes=0, **changes):
    at = NOW + timedelta(minutes=minutes)
    return replace(Replay(id, at, "somchai", DeadFilter(cause="c1", before=at), ("c1",), 40, lock), **changes)


def test_a_cause_comes_back_as_it_was_written(causes):
    whole = a_cause(
        queues=("aiQc", "email"),
        types=("run_errand",),
        subjects=("app-1", "app-2"),
        people=("u-1",),
        more_affected=True,
        state="fixed",
        fixed_in="1.2.0",
        note="รอผู้ให้บริการ",
        changed_by="somchai",
        changed_at=NOW,
        regressions=2,
        regressed_at=NOW,
    )
    assert causes.save(whole) == replace(whole, version=1)
    assert causes.get("c1") == replace(whole, version=1)
    assert causes.get_many(["c1", "none"]) == {"c1": replace(whole, version=1)}
    assert (causes.get("none"), causes.get_many([])) == (None, {})


def test_a_write_over_a_changed_cause_and_a_second_first_one_are_refused(causes):
    first = causes.save(a_cause())
    assert causes.save(replace(first, count=4)).version == 2
    for stale in (first, a_cause()):
        with pytest.raises(Conflict):
            causes.save(stale)
    assert causes.get("c1").count == 4


def test_causes_come_last_seen_first_by_state_and_in_pages(causes):
    for number, state in enumerate(("new", "known", "new", "ignored")):
        causes.save(a_cause(f"c{number}", number, state=state))
    first = causes.page(limit=3)
    assert [cause.id for cause in first.items] == ["c3", "c2", "c1"]
    assert [cause.id for cause in causes.page(cursor=first.next, limit=3).items] == ["c0"]
    assert [cause.id for cause in causes.page(state="new").items] == ["c2", "c0"]
    assert causes.counts() == {"new": 2, "known": 1, "ignored": 1}


def test_causes_that_ended_no_job_for_long_are_forgotten(causes):
    for number in range(3):
        causes.save(a_cause(f"c{number}", number))
    assert causes.forget(NOW + timedelta(minutes=2)) == 2
    assert [cause.id for cause in causes.page().items] == ["c2"]


def test_a_replay_comes_back_as_it_was_written(replays):
    whole = a_replay(
        reason="the provider is back",
        request_id="req-1",
        stages=("1", "all"),
        fresh=True,
        wave=Wave(2, 1, 39, picked=True, started=39, running=3, completed=30, failed=6, came_back=0),
        before=Wave(0, 0, 0, started=1, completed=1),
        in_stage=39,
        held_by="me",
        held_until=NOW,
    )
    assert replays.add(whole) == replace(whole, version=1)
    assert replays.get("r1") == replace(whole, version=1)
    with pytest.raises(NotFound):
        replays.get("none")


def test_of_one_lock_one_replay_runs_at_a_time(replays):
    first = replays.add(a_replay())
    with pytest.raises(Conflict, match="replay r1 by somchai has not ended"):
        replays.add(a_replay("r2"))
    assert replays.add(a_replay("r3", "cause:c2")).version == 1
    replays.save(replace(first, state="done", ended_at=NOW))
    assert replays.add(a_replay("r2")).version == 1


def test_a_write_over_a_changed_replay_is_refused(replays):
    first = replays.add(a_replay())
    assert replays.save(replace(first, wave=Wave(1, 0, 1))).version == 2
    with pytest.raises(Conflict):
        replays.save(first)


def test_those_that_run_come_oldest_first_and_all_of_them_newest_first(replays):
    for number in range(3):
        replays.add(a_replay(f"r{number}", f"cause:{number}", number))
    replays.save(replace(replays.get("r1"), state="stopped", ended_at=NOW))
    assert [replay.id for replay in replays.open()] == ["r0", "r2"]
    assert [replay.id for replay in replays.newest(2)] == ["r2", "r1"]


def test_replays_that_ended_long_ago_are_forgotten(replays):
    for number in range(3):
        replays.add(a_replay(f"r{number}", f"cause:{number}", number))
    replays.save(replace(replays.get("r0"), state="done", ended_at=NOW))
    replays.save(replace(replays.get("r1"), state="done", ended_at=NOW + timedelta(days=1)))
    assert replays.forget(NOW + timedelta(hours=1)) == 1
    assert [replay.id for replay in replays.newest()] == ["r2", "r1"]
