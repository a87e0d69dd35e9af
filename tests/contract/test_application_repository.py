"""What the repository of applications promises, over every document store."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.documents import applications
from backend.adapters.documents.applications import DocumentApplications
from backend.certification.actors import SYSTEM
from backend.certification.application import Act, Application, ReportLink, Submission
from backend.certification.events import (
    ApplicationEvent,
    ApplicationResubmitted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    QualityCheckFinished,
    RevisionRequested,
)
from backend.certification.form import ApplicationForm
from backend.certification.policy_rules import PolicyRules
from backend.certification.revision import Revision, RevisionItem
from backend.errors import Conflict, InvalidInput, Misconfigured, NotFound
from tests.support.certification import complete_form
from tests.support.document_stores import PROVIDERS, atomic, opened  # noqa: F401

NOW = datetime(2026, 11, 2, 3, 0, 0, 123000, tzinfo=UTC)


@pytest.fixture(params=PROVIDERS)
def store(request, tmp_path):
    with opened(request.param, tmp_path) as empty:
        empty.ensure(*applications.COLLECTIONS)
        yield empty


@pytest.fixture
def repository(store):
    return DocumentApplications(store)


def an_application(id="a1", **changes) -> Application:
    defaults = {
        "id": id,
        "owner_id": "u1",
        "owner_email": "somchai@example.com",
        "created_by": "u1",
        "form": ApplicationForm.parse(complete_form()),
        "created_at": NOW,
        "updated_at": NOW,
        "status_since": NOW,
        "status": "DRAFT",
    }
    return Application(**{**defaults, **changes})


def a_full_application() -> Application:
    """One with something in every field."""
    act = Act(SYSTEM, NOW, "req_12345678")
    revision = Revision(1, (RevisionItem("farm.area", "why"), RevisionItem("crops", "ไม่ครบ")), "comment", NOW, "u2", NOW)
    bare = an_application(number="GACP-2569-000001", submitted_at=NOW, qc_status="COMPLETED", qc_run_id="r1", qc_started_at=NOW)
    result = PolicyRules().review(bare, NOW.date(), "r1")
    full = replace(
        bare,
        qc_runs=(result, replace(result, run_id="r2")),
        revisions=(revision,),
        submissions=(Submission(1, NOW, "u1", bare.form.to_json()),),
        reports=(ReportLink("reports/a1.pdf", "officer", "0" * 64, NOW),),
    ).record("edit", act, reason="เหตุผล")
    told = full.announce(ApplicationSubmitted, request_type="NEW").announce(ApplicationResubmitted, request_type="NEW", round=1)
    told = told.announce(QualityCheckFinished, run_id="r1", status="COMPLETED", inspection_type=None)
    return told.announce(RevisionRequested, round=1, due_at=NOW).announce(ApplicationWithdrawn)


def test_what_was_kept_comes_back_whole(repository):
    kept = repository.insert(a_full_application())
    assert kept.version == 1
    assert repository.get("a1") == kept


def test_many_are_read_at_once_and_what_is_not_there_is_left_out(repository):
    kept = {name: repository.insert(an_application(name)) for name in ("a1", "a2", "a3")}
    assert repository.get_many(["a3", "nothing", "a1", "a3"]) == {"a1": kept["a1"], "a3": kept["a3"]}
    assert repository.get_many({"nothing"}) == repository.get_many([]) == {}


def test_one_that_is_damaged_hides_none_of_the_others(repository, store):
    for name in ("a1", "a2"):
        repository.insert(an_application(name))
    store.set_fields("applications", "a1", {"form": "damaged"})
    assert list(repository.get_many(["a1", "a2"])) == ["a2"]


def test_what_is_not_there_is_not_found(repository):
    with pytest.raises(NotFound):
        repository.get("nothing")
    with pytest.raises(NotFound):
        repository.save(an_application(), 1)


def test_an_id_and_a_number_belong_to_one_application(repository):
    repository.insert(an_application(number="GACP-2569-000001"))
    for rival in (an_application(), an_application("a2", number="GACP-2569-000001")):
        with pytest.raises(Conflict):
            repository.insert(rival)


def test_any_number_of_drafts_has_no_number_yet(repository):
    for name in ("a1", "a2", "a3"):
        repository.insert(an_application(name))
    assert {item.number for item in repository.list().items} == {None}


def test_a_change_is_saved_under_the_version_it_was_read_at(repository):
    first = repository.insert(an_application())
    saved = repository.save(replace(first, status="SUBMITTED"), 1)
    assert (saved.version, repository.get("a1")) == (2, saved)
    with pytest.raises(Conflict, match="version 2"):
        repository.save(replace(first, status="WITHDRAWN"), 1)
    assert repository.get("a1").status == "SUBMITTED"


@pytest.mark.usefixtures("atomic")
def test_of_many_who_save_at_once_one_wins(repository):
    first = repository.insert(an_application())

    def attempt(number):
        try:
            repository.save(replace(first, qc_run_id=str(number)), 1)
        except Conflict:
            return 0
        return 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


@pytest.mark.usefixtures("atomic")
def test_numbers_are_never_given_twice(repository):
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda count: repository.number_for(f"a{count}", 2569), range(20)))
    assert sorted(numbers) == [f"GACP-2569-{count:06d}" for count in range(1, 21)]
    assert repository.number_for("a1", 2570) == "GACP-2570-000001"


@pytest.mark.usefixtures("atomic")
def test_who_asks_twice_or_at_once_gets_the_same_number_and_leaves_no_gap(repository):
    with ThreadPoolExecutor(4) as pool:
        numbers = set(pool.map(lambda _: repository.number_for("a1", 2569), range(8)))
    assert numbers == {"GACP-2569-000001"}
    assert repository.number_for("a2", 2569) == "GACP-2569-000002"
    assert repository.number_for("a1", 2569) == "GACP-2569-000001"


def test_a_counter_from_before_numbers_were_remembered_counts_on(store, repository):
    store.increment(applications.COUNTERS, "application-number-2569", {"value": 41}, create=True)
    assert [repository.number_for("a1", 2569) for _ in range(2)] == ["GACP-2569-000042"] * 2


def test_the_counter_does_not_grow_with_the_years_work(store, repository):
    numbers = [repository.number_for(f"a{count}", 2569) for count in range(210)]
    assert numbers[-1] == "GACP-2569-000210"
    assert len(store.get(applications.COUNTERS, "application-number-2569")["recent"]) == 200


def test_lists_are_paged_the_latest_first(repository):
    for minute in range(5):
        repository.insert(an_application(f"a{minute}", created_at=NOW + timedelta(minutes=minute)))
    seen, cursor = [], None
    for _ in range(3):
        page = repository.list(cursor=cursor, limit=2)
        seen.append([item.id for item in page.items])
        cursor = page.next
    assert seen == [["a4", "a3"], ["a2", "a1"], ["a0"]]
    assert cursor is None


def test_a_page_that_is_just_full_is_the_last(repository):
    repository.insert(an_application())
    assert repository.list(limit=1).next is None


def test_lists_are_narrowed_to_an_owner_and_a_state(repository):
    repository.insert(an_application("a1"))
    repository.insert(an_application("a2", owner_id="u2", status="SUBMITTED"))
    repository.insert(an_application("a3", status="SUBMITTED"))
    assert {item.id for item in repository.list(owner_id="u1").items} == {"a1", "a3"}
    assert {item.id for item in repository.list(status="SUBMITTED").items} == {"a2", "a3"}
    assert [item.id for item in repository.list(owner_id="u1", status="SUBMITTED").items] == ["a3"]


def test_a_cursor_that_nobody_gave_is_refused(repository):
    with pytest.raises(InvalidInput):
        repository.list(cursor="made up")


def test_pending_events_are_found_the_longest_waiting_first(repository):
    assert repository.outbox() == (0, None)
    act = Act(SYSTEM, NOW)
    older = replace(act, at=NOW - timedelta(minutes=5))
    repository.insert(an_application("new").record("edit", act).announce(ApplicationWithdrawn))
    repository.insert(an_application("old").record("edit", older).announce(ApplicationWithdrawn))
    repository.insert(an_application("quiet"))
    later = NOW + timedelta(seconds=1)
    assert [item.id for item in repository.with_pending_events(10, before=later)] == ["old", "new"]
    assert [item.id for item in repository.with_pending_events(1, before=later)] == ["old"]
    assert [item.id for item in repository.with_pending_events(10, before=NOW)] == ["old"]
    assert repository.outbox() == (2, older.at)


def test_what_waits_in_a_state_is_found_the_longest_waiting_first(repository):
    for minutes, status in ((1, "SUBMITTED"), (20, "SUBMITTED"), (30, "SUBMITTED"), (40, "DRAFT")):
        repository.insert(an_application(f"a{minutes}", status=status, status_since=NOW - timedelta(minutes=minutes)))
    before = NOW - timedelta(minutes=15)
    assert [item.id for item in repository.waiting("SUBMITTED", since_before=before, limit=10)] == ["a30", "a20"]
    assert [item.id for item in repository.waiting("SUBMITTED", since_before=before, limit=1)] == ["a30"]


def test_an_event_of_a_kind_from_the_future_is_named(repository, store):
    kept = repository.insert(an_application().record("edit", Act(SYSTEM, NOW)).announce(ApplicationWithdrawn))
    document = store.get(applications.NAME, kept.id)
    document["outbox"][0]["kind"] = "HarvestCelebrated"
    store.replace(applications.NAME, document, 1)
    with pytest.raises(Misconfigured, match="HarvestCelebrated"):
        repository.get(kept.id)


def test_every_event_is_an_application_event():
    assert all(isinstance(event, ApplicationEvent) for event in a_full_application().outbox)
