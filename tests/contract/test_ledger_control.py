"""One suite for every ledger: what the timers and control ask of it."""

from datetime import timedelta

from msgspec.structs import replace

from backend.adapters.documents.job_documents import to_document
from backend.adapters.documents.ledger import JOBS, DocumentLedger
from backend.queues import transitions
from backend.queues.ledger import change
from backend.queues.options import JobOptions
from backend.queues.records import JobState, Lease
from tests.contract.test_ledger import LATER, NOW, a_job, ledger, store  # noqa: F401 - fixtures

SECOND = timedelta(seconds=1)


def ids(jobs):
    return [job.id for job in jobs]


def test_due_are_the_delayed_jobs_whose_time_has_come_the_earliest_first(ledger):  # noqa: F811
    for name, seconds in (("second", 2), ("first", 1), ("late", 9)):
        ledger.add(a_job(name, state=JobState.DELAYED, due_at=NOW + seconds * SECOND))
    ledger.add(a_job("waits"))
    assert ids(ledger.due(NOW + 2 * SECOND)) == ["first", "second"]
    assert ids(ledger.due(NOW + 2 * SECOND, limit=1)) == ["first"]


def test_expired_are_the_jobs_that_wait_longer_than_their_ttl_until_they_begin(ledger):  # noqa: F811
    options = JobOptions(ttl=1000)
    ledger.add(a_job("short", options=options))
    ledger.add(a_job("long", options=JobOptions(ttl=5000)))
    ledger.add(a_job("delayed", options=options, state=JobState.DELAYED, due_at=NOW + SECOND))
    ledger.add(a_job("began", options=options))
    ledger.add(a_job("for ever"))
    change(ledger, "began", lambda job: transitions.claim(job, Lease("t", "w", LATER), NOW))
    assert ids(ledger.expired(NOW + SECOND - timedelta(milliseconds=1))) == []
    assert ids(ledger.expired(NOW + SECOND)) == ["short"]
    assert ids(ledger.expired(NOW + 2 * SECOND)) == ["short", "delayed"]


def test_removable_are_the_jobs_of_one_queue_and_state_that_are_old_enough(ledger):  # noqa: F811
    ledger.add(a_job("second", due_at=NOW + SECOND))
    ledger.add(a_job("first"))
    ledger.add(a_job("young", created_at=LATER))
    ledger.add(a_job("other", queue="email"))
    ledger.add(a_job("dead", state=JobState.FAILED, finished_at=NOW))
    ledger.add(a_job("untold", state=JobState.FAILED, finished_at=NOW, on_dead="pending"))
    assert ids(ledger.removable("aiQc", JobState.WAITING, LATER, 10)) == ["first", "second"]
    assert ids(ledger.removable("aiQc", JobState.WAITING, LATER, 1)) == ["first"]
    assert ids(ledger.removable("aiQc", JobState.FAILED, LATER, 10)) == ["dead"]
    assert ids(ledger.removable("aiQc", JobState.FAILED, NOW, 10)) == []


def test_only_what_is_still_in_the_state_it_was_read_in_is_removed(ledger):  # noqa: F811
    for name in ("a", "b", "c"):
        ledger.add(a_job(name))
    read = ledger.removable("aiQc", JobState.WAITING, LATER, 10)
    change(ledger, "b", lambda job: transitions.claim(job, Lease("t", "w", LATER), NOW))
    assert set(ledger.remove(read)) == {"a", "c"}
    assert ledger.get("b").state is JobState.ACTIVE
    assert set(ledger.remove([])) == set()


def test_a_job_keeps_all_that_was_done_to_it_by_hand(ledger):  # noqa: F811
    marked = a_job(discarded=True, cancel_by="u-1", cancel_at=NOW, retried_at=NOW, counted_from=1)
    ledger.add(marked)
    assert replace(ledger.get("j1"), version=0) == marked


def test_a_document_of_an_earlier_version_is_read(store):  # noqa: F811
    documents = DocumentLedger(store)
    document = to_document(a_job())
    for name in ("discarded", "cancelBy", "cancelAt", "retriedAt", "countedFrom", "expiresAt", "expires"):
        del document[name]
    for name in ("stackTraceLimit", "ttl"):
        del document["options"][name]
    document["attempts"] = [
        {"number": 1, "worker": "w", "started_at": NOW, "ended_at": NOW, "outcome": "failed", "error": "ValueError", "message": "no"}
    ]
    store.insert(JOBS, document)
    job = documents.get("j1")
    assert (job.discarded, job.cancel_at, job.counted_from, job.failures, job.attempts[0].trace) == (False, None, 0, 1, "")
