"""What stays of removed jobs, over every ledger: each counted once, whatever dies in between."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from backend.adapters.documents.ledger import DocumentLedger
from backend.errors import Unavailable
from backend.queues import transitions
from backend.queues.ledger import change
from backend.queues.options import JobOptions
from backend.queues.ports import JobFilter
from backend.queues.records import Job, JobState, Lease
from tests.support.document_stores import opened
from tests.support.ledgers import LEDGERS, opened_ledger

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(params=["memory", "sqlite", "mongomock"])
def store(request, tmp_path):
    with opened(request.param, tmp_path) as store:
        yield store


@pytest.fixture
def ledger(store):
    ledger = DocumentLedger(store)
    ledger.ensure()
    return ledger


@pytest.fixture(params=LEDGERS)
def any_ledger(request, tmp_path):
    with opened_ledger(request.param, tmp_path) as ledger:
        yield ledger


def ended(ledger, name, at=NOW, *, wait=1, run=3, fails=False, **changes):
    """A job that waited and ran so many seconds, and ended then."""
    made = at - timedelta(seconds=wait + run)
    begun = at - timedelta(seconds=run)
    job = Job(name, "run_errand", "aiQc", {}, JobOptions(), made, made)
    ledger.add(replace(job, **changes))
    change(ledger, name, lambda found: transitions.claim(found, Lease("t", "w", at), begun))
    if fails:
        return change(ledger, name, lambda found: transitions.fail(found, "t", ValueError("x"), at, on_dead=False))
    return change(ledger, name, lambda found: transitions.complete(found, "t", None, at))


def numbers(ledger, **where):
    return [(found.type, found.day, found.completed, found.failed) for found in ledger.summaries(**where)]


def left(ledger):
    return sorted(job.id for job in ledger.page(JobFilter()).items)


def test_removed_jobs_leave_their_numbers_by_queue_type_and_day_of_thailand(any_ledger):
    ended(any_ledger, "a", wait=2, run=4)
    ended(any_ledger, "b", wait=1, run=9, fails=True)
    ended(any_ledger, "c", NOW + timedelta(hours=12))  # 00:00 of the next day in Bangkok
    ended(any_ledger, "d", type="other")
    ended(any_ledger, "e", queue="email")
    assert any_ledger.remove_finished("aiQc", NOW + DAY) == 4
    assert numbers(any_ledger) == [("other", "2026-11-02", 1, 0), ("run_errand", "2026-11-02", 1, 1), ("run_errand", "2026-11-03", 1, 0)]
    both = any_ledger.summaries("aiQc")[1]
    assert (both.attempts, both.wait_ms, both.run_ms, both.longest_run_ms) == (2, 3_000, 13_000, 9_000)
    assert both.to_json()["longestRunMs"] == 9_000
    assert (numbers(any_ledger, queue="email"), left(any_ledger)) == ([], ["e"])


def test_chunk_after_chunk_adds_up(any_ledger):
    for number in range(5):
        ended(any_ledger, f"j{number}")
    assert [any_ledger.remove_finished("aiQc", NOW + DAY, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert numbers(any_ledger) == [("run_errand", "2026-11-02", 5, 0)]


def test_jobs_that_are_removed_by_hand_are_counted_too_and_once(any_ledger):
    jobs = [ended(any_ledger, "a"), ended(any_ledger, "b", fails=True)]
    any_ledger.add(Job("waits", "run_errand", "aiQc", {}, JobOptions(), NOW, NOW))
    waits = any_ledger.get("waits")
    assert set(any_ledger.remove([*jobs, waits])) == {"a", "b", "waits"}
    assert list(any_ledger.remove([*jobs])) == []
    assert numbers(any_ledger) == [("run_errand", "2026-11-02", 1, 1)]


class Dying:
    """A store whose process is killed before its n-th write."""

    def __init__(self, store, writes):
        self._store = store
        self._writes = writes

    def __getattr__(self, name):
        if name in ("find", "get"):
            return getattr(self._store, name)

        def write(*arguments, **options):
            self._writes -= 1
            if self._writes < 0:
                raise Unavailable("killed")
            return getattr(self._store, name)(*arguments, **options)

        return write


@pytest.mark.parametrize("writes", range(8))
def test_a_removal_that_died_anywhere_is_done_by_the_next_and_counted_once(ledger, store, writes):
    for number in range(4):
        ended(ledger, f"j{number}", type=f"type-{number % 2}")
    with pytest.raises(Unavailable):
        DocumentLedger(Dying(store, writes)).remove_finished("aiQc", NOW + DAY)
    ledger.remove_finished("aiQc", NOW + DAY)
    assert left(ledger) == []
    assert numbers(ledger) == [("type-0", "2026-11-02", 2, 0), ("type-1", "2026-11-02", 2, 0)]


def test_one_that_finds_another_at_work_helps_it_and_counts_nothing_twice(ledger, store):
    for number in range(3):
        ended(ledger, f"j{number}")

    class Overtaken:
        """A store on which the rival removes everything before our first write."""

        def __init__(self):
            self.first = True

        def __getattr__(self, name):
            if name == "replace" and self.first:
                self.first = False
                assert ledger.remove_finished("aiQc", NOW + DAY) == 3
            return getattr(store, name)

    ledger.remove_finished("aiQc", NOW - DAY)
    assert DocumentLedger(Overtaken()).remove_finished("aiQc", NOW + DAY) == 0
    assert numbers(ledger) == [("run_errand", "2026-11-02", 3, 0)]


def test_a_job_that_was_put_back_meanwhile_is_not_removed(ledger, store):
    failed = ended(ledger, "again", fails=True)
    with pytest.raises(Unavailable):
        DocumentLedger(Dying(store, 4)).remove([failed])  # noted and counted, and not yet removed
    retried = replace(ledger.get("again"), state=JobState.WAITING)
    ledger.save(retried)
    ledger.remove_finished("aiQc", NOW + DAY)
    assert left(ledger) == ["again"]
