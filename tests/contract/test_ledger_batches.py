"""One suite for every ledger: what a worker asks of it about many jobs at once."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from backend.adapters.documents.job_documents import to_document
from backend.adapters.documents.ledger import JOBS, DocumentLedger
from backend.adapters.documents.store import StoreUnavailable
from backend.adapters.memory.ledger import MemoryLedger
from backend.errors import Unavailable
from backend.queues import transitions
from backend.queues.ledger import change
from backend.queues.records import JobState, Lease
from tests.contract.test_ledger import LATER, NOW, a_job, claimed, ledger, store  # noqa: F401 - fixtures

NAMES = ("j1", "j2", "j3")


@pytest.fixture
def waiting(ledger):  # noqa: F811
    """A ledger in which three jobs wait."""
    ledger.add_many([a_job(name) for name in NAMES])
    return ledger


def claims(jobs, token="t1"):
    return [transitions.claim(job, Lease(token, "w1", LATER), NOW) for job in jobs]


def test_many_are_read_at_once_and_what_is_not_there_is_left_out(waiting):
    found = waiting.get_many(["j3", "nobody", "j1"])
    assert set(found) == {"j1", "j3"}
    assert found["j1"] == waiting.get("j1")
    assert waiting.get_many([]) == {}


def test_many_are_written_at_once_each_one_version_higher(waiting):
    jobs = claims(waiting.get_many(NAMES).values())
    written = waiting.save_many(jobs)
    assert written == {job.id: replace(job, version=2) for job in jobs} == waiting.get_many(NAMES)
    assert waiting.counts() == {("aiQc", JobState.ACTIVE): 3}


def test_what_was_written_can_be_written_again_without_reading_it(waiting):
    begun = waiting.save_many(claims(waiting.get_many(NAMES).values()))
    ended = waiting.save_many([transitions.complete(job, "t1", {"ผล": 1}, LATER) for job in begun.values()])
    assert {job.version for job in ended.values()} == {3}
    assert ended == waiting.get_many(NAMES)
    assert waiting.counts() == {("aiQc", JobState.COMPLETED): 3}


def test_one_that_changed_meanwhile_or_is_gone_is_not_written_and_holds_up_no_other(waiting):
    jobs = claims(waiting.get_many(NAMES).values())
    theirs = claimed(waiting, "j2", token="theirs")
    waiting.remove([waiting.get("j3")])
    assert set(waiting.save_many(jobs)) == {"j1"}
    assert waiting.get("j1").lease.token == "t1"
    assert waiting.get("j2") == theirs
    assert set(waiting.get_many(NAMES)) == {"j1", "j2"}


def test_two_workers_that_claim_the_same_jobs_share_them_without_one_being_run_twice(waiting):
    first, second = (list(waiting.get_many(NAMES).values()) for _ in range(2))
    assert set(waiting.save_many(claims(first[:2], "a"))) == {"j1", "j2"}
    assert set(waiting.save_many(claims(second, "b"))) == {"j3"}
    assert [waiting.get(name).lease.token for name in NAMES] == ["a", "a", "b"]


def test_a_job_that_comes_twice_in_one_write_is_refused_and_nothing_is_written(waiting):
    with pytest.raises(ValueError, match="twice"):
        waiting.save_many(claims([waiting.get("j1"), waiting.get("j2"), waiting.get("j1")]))
    assert waiting.counts() == {("aiQc", JobState.WAITING): 3}


def test_nothing_is_written_of_nothing(waiting):
    assert waiting.save_many([]) == {}
    assert list(waiting.renew_many({}, LATER)) == []


def test_who_renews_nothing_asks_for_a_write(store):  # noqa: F811
    class TakesNoWrites:
        def __getattr__(self, name):
            return getattr(store, name)

        def set_fields_many(self, collection, changes):
            raise StoreUnavailable("no writes")

    with pytest.raises(Unavailable):
        DocumentLedger(TakesNoWrites()).renew_many({}, LATER)
    plain = MemoryLedger()
    plain.away = True
    with pytest.raises(Unavailable):
        plain.renew_many({}, LATER)


def test_leases_are_renewed_by_their_tokens_only(waiting):
    for name in ("j1", "j2"):
        claimed(waiting, name, until=NOW)
    held = waiting.renew_many({"j1": "t1", "j2": "another", "j3": "t1", "nobody": "t1"}, LATER)
    assert set(held) == {"j1"}
    assert [job.id for job in waiting.lost(NOW)] == ["j2"]
    assert waiting.get("j1").lease == Lease("t1", "w1", LATER)


def test_a_lease_of_a_run_that_ended_or_was_taken_over_is_not_renewed(waiting):
    for name in ("j1", "j2"):
        claimed(waiting, name, until=NOW)
    change(waiting, "j1", lambda job: transitions.complete(job, "t1", None, NOW))
    change(waiting, "j2", lambda job: transitions.lose(job, NOW, on_dead=False))
    claimed(waiting, "j2", token="t2")
    assert set(waiting.renew_many(dict.fromkeys(NAMES, "t1"), LATER + timedelta(minutes=1))) == set()
    assert waiting.get("j2").lease == Lease("t2", "w1", LATER)


def test_a_damaged_job_among_many_is_left_out(store):  # noqa: F811
    documents = DocumentLedger(store)
    documents.add_many([a_job(name) for name in NAMES])
    store.insert(JOBS, {**to_document(a_job("damaged")), "options": "?"})
    assert set(documents.get_many(["j1", "damaged", "j2"])) == {"j1", "j2"}
