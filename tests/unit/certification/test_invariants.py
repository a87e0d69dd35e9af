"""What holds of every application whatever happens to it."""

from dataclasses import fields, replace

import pytest

from backend.certification.application import Act, Application, ReportLink
from backend.certification.history import entry_id
from backend.context import bind
from backend.errors import Conflict
from tests.support.certification import FARMER, MONDAY, PDF, REVIEWER, SYSTEM, Department

ITEMS = [{"path": "farm.area", "reason": "does not match"}]


@pytest.fixture
def department():
    return Department()


def life(department):
    """An application after each step of a life with one revision, with the name of the event that each step records."""
    service = department.service
    draft = department.draft()
    yield "create", draft
    yield "edit", service.edit(FARMER, draft.id, {"notes": "first"})
    yield "upload", service.attach(FARMER, draft.id, "GAP_CERTIFICATE", "gap.pdf", PDF)
    yield "remove", service.remove_file(FARMER, draft.id, service.get(FARMER, draft.id).form.documents[-1].id)
    submitted = service.submit(FARMER, draft.id)
    yield "submit", submitted
    service.run_quality_check(draft.id, submitted.qc_run_id)
    yield "qc_finished", service.get(FARMER, draft.id)
    yield "request_revision", service.request_revision(REVIEWER, draft.id, ITEMS, "please put this right")
    yield "edit", service.edit(FARMER, draft.id, {"farm": {"area": {"rai": 6}}})
    resubmitted = service.resubmit(FARMER, draft.id)
    yield "resubmit", resubmitted
    service.degrade_quality_check(draft.id, resubmitted.qc_run_id, "away", 3)
    yield "qc_degraded", service.get(FARMER, draft.id)
    yield "withdraw", service.withdraw(FARMER, draft.id, "sold")


def test_every_change_has_its_entry_of_who_when_from_to_and_why(department):
    with bind(requestId="req_12345678"):
        steps = list(life(department))
    last = steps[-1][1]
    events = [entry.event for entry in last.history if entry.event != "qc_started"]
    assert events == [event for event, _ in steps]
    for entry in last.history:
        assert entry.at == MONDAY
        assert entry.request_id == "req_12345678"
        assert (entry.actor_id, entry.actor_role) in {(FARMER.id, "FARMER"), (REVIEWER.id, "REVIEWER"), ("system", "SYSTEM")}
    states = [entry.target for entry in last.history]
    assert [entry.source for entry in last.history] == ["", *states[:-1]]
    assert last.history[-1].to_json() == {
        "id": f"{last.id}-v{last.version - 1}-withdraw",
        "at": "2026-11-02T03:00:00.000Z",
        "actorId": FARMER.id,
        "actorRole": "FARMER",
        "event": "withdraw",
        "from": "IN_REVIEW",
        "to": "WITHDRAWN",
        "reason": "sold",
        "requestId": "req_12345678",
    }


def test_the_trail_only_ever_grows(department):
    before: tuple = ()
    for _, application in life(department):
        assert application.history[: len(before)] == before
        assert len(application.history) > len(before)
        before = application.history


def test_entries_have_ids_of_their_own_that_are_safe_in_addresses(department):
    *_, (_, last) = life(department)
    ids = [entry.id for entry in last.history]
    assert len(set(ids)) == len(ids)
    assert all(one.replace("-", "").isalnum() for one in ids)
    assert entry_id("a1", 7, "request_revision") == "a1-v7-request-revision"


def test_the_number_once_given_never_changes(department):
    numbers = [application.number for _, application in life(department)]
    assert numbers[:4] == [None] * 4
    assert set(numbers[4:]) == {"GACP-2569-000001"}


def test_the_state_and_its_time_change_with_the_transition_only(department):
    draft = department.draft()
    department.clock.set(MONDAY.replace(hour=5))
    edited = department.service.edit(FARMER, draft.id, {"notes": "later"})
    assert (edited.status_since, edited.updated_at, edited.created_at) == (MONDAY, MONDAY.replace(hour=5), MONDAY)
    assert department.service.submit(FARMER, draft.id).status_since == MONDAY.replace(hour=5)


def test_an_application_never_changes_in_place(department):
    draft = department.draft()
    copy = replace(draft)
    draft.record("edit", Act(FARMER, MONDAY), number="x")
    assert draft == copy
    with pytest.raises(AttributeError):
        draft.status = "APPROVED"


def test_the_model_s_word_is_never_the_decision():
    """No field of an application could hold a suggestion: the form of inspection is read from the result alone."""
    assert "inspection_type" not in {field.name for field in fields(Application)}


def test_a_report_takes_the_place_of_the_one_for_the_same_reader(department):
    draft = department.draft()
    for key in ("old", "new", "new"):
        department.service.link_report(SYSTEM, draft.id, ReportLink(key, "officer", "0" * 64, MONDAY))
    linked = department.service.link_report(SYSTEM, draft.id, ReportLink("mine", "applicant", "1" * 64, MONDAY))
    assert [report.key for report in linked.reports] == ["new", "mine"]
    assert [entry.event for entry in linked.history] == ["create", "report_made", "report_made", "report_made"]


class Busy:
    """A repository that somebody else always writes to first."""

    def __init__(self, repository):
        self._repository = repository
        self.saves = 0

    def __getattr__(self, name):
        return getattr(self._repository, name)

    def save(self, application, expected_version):
        self.saves += 1
        raise Conflict("somebody was quicker")


def test_where_others_keep_writing_the_change_gives_up_with_a_conflict(department):
    draft = department.draft()
    busy = Busy(department.repository)
    other = Department(store=department.store)
    other.service._changes.repository = busy
    with pytest.raises(Conflict, match="keep changing"):
        other.service.edit(FARMER, draft.id, {"notes": "never"})
    assert busy.saves == 10
