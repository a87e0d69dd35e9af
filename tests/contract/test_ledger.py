"""One suite for every ledger; the pauses, the limits and the leadership over every document store."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from backend.adapters.documents.leadership import DocumentLeadership
from backend.adapters.documents.limits import DocumentLimits
from backend.adapters.documents.pauses import DocumentPauses
from backend.errors import Conflict, InvalidInput, NotFound
from backend.queues import transitions
from backend.queues.ledger import change
from backend.queues.limits import QueueLimits
from backend.queues.options import JobOptions
from backend.queues.ports import JobFilter
from backend.queues.records import Job, JobState, Lease
from tests.support.document_stores import PROVIDERS, opened
from tests.support.ledgers import LEDGERS, opened_ledger

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(params=PROVIDERS)
def store(request, tmp_path):
    with opened(request.param, tmp_path) as store:
        yield store


@pytest.fixture(params=LEDGERS)
def ledger(request, tmp_path):
    with opened_ledger(request.param, tmp_path) as ledger:
        yield ledger


def a_job(id="j1", **changes):
    job = Job(
        id=id,
        type="run_errand",
        queue="aiQc",
        payload={"place": "ตลาด", "n": 1},
        options=JobOptions(priority=5, attempts=3, backoff={"type": "exponential", "delay": 2000}),
        created_at=NOW,
        due_at=NOW,
        subject="app-1",
        requested_by="u-1",
        request_id="req_12345678",
    )
    return replace(job, **changes).noted(NOW, "accepted", "ทดสอบ")


def claimed(ledger, id="j1", until=LATER, token="t1"):
    return change(ledger, id, lambda job: transitions.claim(job, Lease(token, "w1", until), NOW))


def test_a_job_comes_back_as_it_was_written(ledger):
    assert ledger.add(a_job())
    assert replace(ledger.get("j1"), version=0) == a_job()
    assert ledger.get("j1").version == 1


def test_a_job_with_its_whole_history_comes_back(ledger):
    ledger.add(a_job())
    claimed(ledger)
    retried = change(ledger, "j1", lambda job: transitions.retry(job, "t1", ValueError("broken"), LATER, NOW))
    again = change(ledger, "j1", lambda job: transitions.claim(job, Lease("t2", "w2", LATER), LATER))
    ended = change(ledger, "j1", lambda job: transitions.complete(job, "t2", {"ผล": [1, {"x": None}]}, LATER))
    assert retried.state is JobState.DELAYED
    assert again.lease.token == "t2"
    assert ledger.get("j1") == ended


def test_an_id_is_kept_once_and_the_first_job_stays(ledger):
    assert ledger.add(a_job())
    assert not ledger.add(a_job(payload={"place": "other"}))
    assert ledger.get("j1").payload["place"] == "ตลาด"


def test_many_are_kept_at_once_except_those_that_are_there(ledger):
    ledger.add(a_job("j1", subject="first"))
    assert ledger.add_many([a_job("j0"), a_job("j1", subject="second"), a_job("j2")]) == {"j0", "j2"}
    assert [ledger.get(name).subject for name in ("j0", "j1", "j2")] == ["app-1", "first", "app-1"]
    assert ledger.get("j2").version == 1
    assert ledger.counts() == {("aiQc", JobState.WAITING): 3}


def test_an_unknown_job_is_not_found(ledger):
    with pytest.raises(NotFound, match="nobody"):
        ledger.get("nobody")


def test_a_write_over_a_changed_job_is_refused(ledger):
    ledger.add(a_job())
    mine, theirs = ledger.get("j1"), ledger.get("j1")
    assert ledger.save(theirs).version == 2
    with pytest.raises(Conflict):
        ledger.save(mine)


def test_a_lease_is_renewed_by_its_token_only_and_progress_is_told_by_it_only(ledger):
    ledger.add(a_job())
    assert not ledger.renew_many({"j1": "t1"}, LATER)
    claimed(ledger, until=NOW)
    assert [job.id for job in ledger.lost(NOW)] == ["j1"]
    assert ledger.renew_many({"j1": "t1"}, LATER)
    assert not ledger.renew_many({"j1": "t2"}, LATER)
    assert ledger.lost(NOW) == []
    assert ledger.report_progress("j1", "t1", {"stage": "reading", "done": 3})
    assert not ledger.report_progress("j1", "t2", 9)
    assert ledger.get("j1").progress == {"stage": "reading", "done": 3}


def test_a_cursor_of_another_list_is_refused(ledger):
    for name in ("a", "b"):
        ledger.add(a_job(name))
    for cursor in ("?", ledger.pending(limit=1).next):
        with pytest.raises(InvalidInput):
            ledger.page(JobFilter(), cursor=cursor)


def test_pages_are_newest_first_and_go_on_where_they_ended(ledger):
    for number in range(5):
        ledger.add(a_job(f"j{number}", created_at=NOW + timedelta(seconds=number), queue="email" if number == 2 else "aiQc"))
    first = ledger.page(JobFilter(queue="aiQc"), limit=2)
    second = ledger.page(JobFilter(queue="aiQc"), cursor=first.next, limit=2)
    assert [job.id for job in (*first.items, *second.items)] == ["j4", "j3", "j1", "j0"]
    assert second.next is None
    assert [job.id for job in ledger.page(JobFilter(queue="email", state=JobState.WAITING)).items] == ["j2"]
    assert ledger.page(JobFilter(state=JobState.FAILED)).items == []
    several = (JobState.FAILED, JobState.WAITING)
    assert [job.id for job in ledger.page(JobFilter(state=several), limit=2).items] == ["j4", "j3"]
    assert [job.id for job in ledger.page(JobFilter(state=several, queue="email")).items] == ["j2"]
    assert ledger.page(JobFilter(state=(JobState.FAILED, JobState.DELAYED), queue="aiQc")).items == []
    assert [job.id for job in ledger.page(JobFilter(type="run_errand", subject="app-1", requested_by="u-1"), limit=1).items] == ["j4"]
    assert ledger.latest("run_errand", "app-1").id == "j4"
    assert ledger.latest("run_errand", "app-2") is None


def test_pending_jobs_come_by_due_time_and_others_not_at_all(ledger):
    ledger.add(a_job("b", due_at=LATER, state=JobState.DELAYED))
    ledger.add(a_job("a"))
    ledger.add(a_job("busy"))
    claimed(ledger, "busy")
    page = ledger.pending(limit=1)
    assert [job.id for job in page.items] == ["a"]
    assert [job.id for job in ledger.pending(cursor=page.next, limit=1).items] == ["b"]


def test_the_longest_wait_of_a_queue_is_from_when_its_job_was_due(ledger):
    assert ledger.waiting_since("aiQc") is None
    ledger.add(a_job("late", due_at=LATER))
    ledger.add(a_job("first"))
    ledger.add(a_job("delayed", state=JobState.DELAYED, due_at=NOW - timedelta(hours=1)))
    ledger.add(a_job("other", queue="email", due_at=NOW - timedelta(hours=2)))
    assert (ledger.waiting_since("aiQc"), ledger.waiting_since("email"), ledger.waiting_since("report")) == (
        NOW,
        NOW - timedelta(hours=2),
        None,
    )


def test_counts_are_per_queue_and_state(ledger):
    ledger.add(a_job("a"))
    ledger.add(a_job("b"))
    ledger.add(a_job("c", queue="email"))
    claimed(ledger, "b")
    assert ledger.counts() == {("aiQc", JobState.WAITING): 1, ("aiQc", JobState.ACTIVE): 1, ("email", JobState.WAITING): 1}


def test_failed_jobs_are_unreported_until_their_report_is_due_and_done(ledger):
    ledger.add(a_job())
    claimed(ledger)
    change(ledger, "j1", lambda job: transitions.fail(job, "t1", ValueError("x"), NOW, on_dead=True))
    assert [job.id for job in ledger.unreported(NOW)] == ["j1"]
    change(ledger, "j1", lambda job: transitions.begin_on_dead(job, NOW))
    assert ledger.unreported(NOW) == []
    assert [job.id for job in ledger.unreported(NOW + transitions.ON_DEAD_LEASE)] == ["j1"]
    change(ledger, "j1", lambda job: transitions.end_on_dead(job, NOW))
    assert ledger.unreported(LATER + timedelta(days=1)) == []


def test_only_old_finished_jobs_of_the_queue_with_nothing_left_to_report_are_removed(ledger):
    for name, queue in (("old", "aiQc"), ("unreported", "aiQc"), ("other", "email"), ("waiting", "aiQc")):
        ledger.add(a_job(name, queue=queue))
    for name in ("old", "other"):
        claimed(ledger, name)
        change(ledger, name, lambda job: transitions.complete(job, "t1", None, NOW))
    claimed(ledger, "unreported")
    change(ledger, "unreported", lambda job: transitions.fail(job, "t1", ValueError("x"), NOW, on_dead=True))
    assert ledger.remove_finished("aiQc", NOW) == 0
    assert ledger.remove_finished("aiQc", LATER) == 1
    assert sorted(job.id for job in ledger.page(JobFilter()).items) == ["other", "unreported", "waiting"]


def test_a_pause_is_kept_until_it_is_lifted(store):
    pauses = DocumentPauses(store)
    pauses.ensure()
    pauses.pause(["aiQc", "email"], by="u-1", at=NOW)
    pauses.pause(["aiQc"], by="u-2", at=NOW)
    assert DocumentPauses(store).paused() == {"aiQc", "email"}
    pauses.resume(["aiQc", "report"])
    assert pauses.paused() == {"email"}


def test_limits_are_kept_until_they_are_changed_or_lifted(store):
    limits = DocumentLimits(store)
    limits.ensure()
    limits.set(QueueLimits("aiQc", 2))
    limits.set(QueueLimits("email", None, 60, 60_000))
    limits.set(QueueLimits("aiQc", 3, 5, 1_000))
    assert DocumentLimits(store).all() == {"aiQc": QueueLimits("aiQc", 3, 5, 1_000), "email": QueueLimits("email", None, 60, 60_000)}
    limits.set(QueueLimits("aiQc"))
    limits.set(QueueLimits("report"))
    assert set(limits.all()) == {"email"}


def test_one_leads_until_its_lease_runs_out_or_is_given_up(store):
    leadership = DocumentLeadership(store)
    leadership.ensure()
    assert leadership.acquire("scheduler", "a", NOW, LATER)
    assert leadership.acquire("scheduler", "a", NOW, LATER)
    assert not leadership.acquire("scheduler", "b", NOW, LATER)
    assert (leadership.holder("scheduler", NOW), leadership.holder("scheduler", LATER)) == ("a", "")
    assert leadership.holder("something else", NOW) == ""
    assert leadership.acquire("scheduler", "b", LATER, LATER + timedelta(minutes=1))
    assert not leadership.acquire("scheduler", "a", LATER, LATER)
    leadership.release("scheduler", "a")
    assert not leadership.acquire("scheduler", "a", LATER, LATER)
    leadership.release("scheduler", "b")
    assert leadership.acquire("scheduler", "a", LATER, LATER)
