"""A ledger of an earlier version is taken over while others work on it."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from backend.adapters.documents.job_documents import to_document
from backend.adapters.documents.ledger import JOBS, DocumentLedger
from backend.adapters.documents.run_lengths import CHUNK, RunLengths
from backend.adapters.memory.documents import MemoryStore
from backend.clock import FrozenClock
from backend.matching import Between
from backend.queues.options import JobOptions
from backend.queues.records import Attempt, Job, JobState
from backend.services.search_upkeep import SearchUpkeep

NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def store():
    """Finished jobs as an earlier version wrote them, and one that waits."""
    store = MemoryStore()
    DocumentLedger(store).ensure()
    for number in range(CHUNK + 5):
        at = NOON + number * SECOND
        attempt = Attempt(1, "w", at, at + 2 * SECOND, "completed")
        job = Job(f"j{number}", "t", "email", {}, JobOptions(), at, at, attempts=(attempt,), version=1)
        job = replace(job, state=JobState.COMPLETED, finished_at=at + 2 * SECOND)
        document = to_document(job)
        del document["runMs"]
        store.insert(JOBS, document)
    waiting = to_document(replace(job, id="waits", state=JobState.WAITING, finished_at=None, attempts=()))
    del waiting["runMs"]
    store.insert(JOBS, waiting)
    return store


def test_every_finished_job_says_how_long_it_ran_and_is_written_once(store):
    lengths = RunLengths(store)

    assert [lengths.go_on() for _ in range(3)] == [True, False, False]

    found = DocumentLedger(store).search(Between("runMs", gte=2_000), limit=1_000)
    assert len(found.items) == CHUNK + 5
    assert {job.version for job in found.items} == {2}
    assert store.get(JOBS, "waits")["version"] == 1
    assert RunLengths(store).go_on() is False


def test_another_process_goes_on_where_one_was_stopped(store):
    RunLengths(store).go_on()

    assert RunLengths(store).go_on() is False
    assert all("runMs" in document for document in store.find(JOBS, {"state": "completed"}, limit=1_000))


def test_the_upkeep_upgrades_first_and_says_what_is_left(store):
    upkeep = SearchUpkeep(lambda _: 7, FrozenClock(NOON), RunLengths(store).go_on)

    assert upkeep.go_on(60) == 7
    assert len(DocumentLedger(store).search(Between("runMs", gte=0), limit=1_000).items) == CHUNK + 5


def test_a_long_rebuild_is_told_now_and_then_and_its_end():
    left = iter([50_000, 40_000, 30_000, 0, 0])
    clock = FrozenClock(NOON)
    upkeep = SearchUpkeep(lambda _: next(left), clock)
    with capture_logs() as lines:
        for _ in range(5):
            upkeep.go_on()
            clock.move(20 * SECOND)

    assert [line["event"] for line in lines] == ["The search index is being built"] * 2 + ["The search index is complete"]
