"""Submitting, submitting again and withdrawing: guards, numbers, frozen snapshots, and what others hear."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from backend.adapters.memory.ai import ScriptedReviewer
from backend.certification.actors import Actor
from backend.certification.events import ApplicationResubmitted, ApplicationSubmitted, ApplicationWithdrawn, QualityCheckFinished
from backend.certification.policy_rules import PolicyRules
from backend.certification.states import WITHDRAWABLE, Status
from backend.context import bind
from backend.errors import Conflict, InvalidInput, NotAllowed, TemporaryFailure
from tests.support.certification import FARMER, MONDAY, REVIEWER, STAFF, Department, complete_form, replacement_form


@pytest.fixture
def department():
    return Department()


def test_a_complete_draft_goes_to_the_quality_check_under_a_number_of_its_own(department):
    application = department.submitted()
    assert (application.status, application.number, application.qc_status) == ("SUBMITTED", "GACP-2569-000001", "QUEUED")
    assert (application.submitted_at, application.status_since) == (MONDAY, MONDAY)
    assert department.submitted().number == "GACP-2569-000002"


def test_numbers_are_counted_within_the_buddhist_year_of_bangkok(department):
    department.clock.set(MONDAY.replace(month=12, day=31, hour=17))  # already New Year's Day in Bangkok
    assert department.submitted().number == "GACP-2570-000001"


def test_everything_that_is_wrong_is_told_at_once_and_nothing_changes(department):
    draft = department.draft(complete_form(purposes=[], consents={}))
    with pytest.raises(InvalidInput) as caught:
        department.service.submit(FARMER, draft.id)
    found = {(error.field, error.code) for error in caught.value.errors}
    assert {("purposes", "REQUIRED"), ("consents.truthDeclaration", "CONSENT_REQUIRED")} <= found
    assert all(" / " in error.message for error in caught.value.errors)
    assert department.service.get(FARMER, draft.id) == draft


@pytest.mark.parametrize("officer", STAFF)
def test_only_the_owner_submits(department, officer):
    with pytest.raises(NotAllowed):
        department.service.submit(officer, department.draft().id)


def test_an_officer_who_owns_a_draft_submits_it_as_its_owner_and_is_no_officer_of_it(department):
    draft = department.service.create(REVIEWER, complete_form())
    application = department.service.submit(REVIEWER, draft.id)
    department.service.run_quality_check(application.id, application.qc_run_id)
    with pytest.raises(NotAllowed):
        department.service.request_revision(REVIEWER, draft.id, [{"path": "farm", "reason": "mine"}], "a comment on my own")


def test_submitting_twice_is_a_conflict(department):
    application = department.submitted()
    with pytest.raises(Conflict, match="SUBMITTED"):
        department.service.submit(FARMER, application.id)


class Together(PolicyRules):
    """Rules that let the first `people` callers go on only when all of them are there."""

    def __init__(self, people):
        super().__init__()
        self._calls, self._people, self._barrier = itertools.count(), people, Barrier(people, timeout=10)

    def findings(self, form, as_of):
        found = super().findings(form, as_of)
        if next(self._calls) < self._people:
            self._barrier.wait()
        return found


def test_a_double_click_submits_once_and_burns_no_number():
    department = Department(rules=Together(4))
    draft = department.draft()

    def click(_):
        try:
            return department.service.submit(FARMER, draft.id).number
        except Conflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(click, range(4)))

    assert sorted(numbers, key=str) == ["GACP-2569-000001", None, None, None]
    assert department.submitted().number == "GACP-2569-000002"


def test_a_stale_version_cannot_be_submitted(department):
    draft = department.draft()
    department.service.edit(FARMER, draft.id, {"notes": "changed"})
    with pytest.raises(Conflict, match="version 2"):
        department.service.submit(FARMER, draft.id, version=1)
    assert department.service.submit(FARMER, draft.id, version=2).status == "SUBMITTED"


def test_a_replacement_skips_the_quality_check_and_goes_to_review(department):
    application = department.submitted(replacement_form())
    assert (application.status, application.qc_status, application.inspection_type) == ("IN_REVIEW", "SKIPPED", None)
    [event] = department.publisher.of(ApplicationSubmitted)
    assert event.needs_quality_check is False
    assert department.service.run_quality_check(application.id, event.run_id)["status"] == "SKIPPED"
    assert department.service.get(FARMER, application.id) == application


def test_what_was_signed_is_frozen(department):
    application = department.submitted()
    [signed] = application.submissions
    assert (signed.round, signed.at, signed.submitted_by) == (1, MONDAY, FARMER.id)
    assert signed.form == application.form.to_json()


def test_others_hear_of_it_with_an_id_that_comes_from_the_change(department):
    with bind(requestId="req_12345678"):
        application = department.submitted()
    [event] = department.publisher.of(ApplicationSubmitted)
    assert event.event_id == f"{application.id}-v2-submit" == application.qc_run_id == event.run_id
    assert (event.application_id, event.application_number, event.version) == (application.id, application.number, 2)
    assert (event.request_id, event.actor_id, event.at, event.request_type) == ("req_12345678", FARMER.id, MONDAY, "NEW")
    assert event.needs_quality_check is True


def test_a_listener_that_fails_undoes_nothing_and_hears_it_later(department):
    department.publisher.fail_next(TemporaryFailure("queue away"))
    application = department.submitted()
    assert application.status == "SUBMITTED"
    assert [event.event_id for event in application.outbox] == [f"{application.id}-v2-submit"]
    assert department.service.publish_pending() == 0, "whoever made the change may still be telling it"

    department.clock.set(MONDAY.replace(minute=1))
    assert department.service.publish_pending() == 1
    assert [event.event_id for event in department.publisher.of(ApplicationSubmitted)] == [f"{application.id}-v2-submit"]
    assert department.service.get(FARMER, application.id).outbox == ()
    assert department.service.publish_pending() == 0


@pytest.mark.parametrize(("seconds", "told"), [(10, 0), (11, 1)])
def test_events_of_the_last_ten_seconds_are_left_to_whoever_made_the_change(department, seconds, told):
    department.publisher.fail_next(ValueError("away"))
    department.submitted()
    department.clock.set(MONDAY.replace(second=seconds))
    assert department.service.publish_pending() == told


def test_what_keeps_failing_keeps_waiting(department):
    department.publisher.fail_next(ValueError("one"), ValueError("two"))
    application = department.submitted()
    department.clock.set(MONDAY.replace(minute=1))
    department.service.publish_pending()
    assert len(department.service.get(FARMER, application.id).outbox) == 1


def test_the_event_is_in_the_document_before_anybody_hears_of_it(department):
    seen = []
    department.publisher.listeners.append(lambda event: seen.append(department.repository.get(event.application_id).outbox))
    department.submitted()
    assert [event.event_id for event in seen[0]] == [department.publisher.events[0].event_id]


def test_a_listener_may_change_the_application_while_it_hears(department):
    """As when jobs run in the caller: the check finishes within the submission."""

    def check_at_once(event):
        if isinstance(event, ApplicationSubmitted):
            department.service.run_quality_check(event.application_id, event.run_id)

    department.publisher.listeners.append(check_at_once)
    application = department.submitted()
    assert (application.status, application.qc_status, application.outbox) == ("IN_REVIEW", "COMPLETED", ())
    assert len(department.publisher.of(QualityCheckFinished)) == 1


def test_a_revision_is_handed_in_and_checked_again_under_the_same_number(department):
    sent_back = department.sent_back("farm.area")
    department.service.edit(FARMER, sent_back.id, {"farm": {"area": {"rai": 6}}})
    application = department.service.resubmit(FARMER, sent_back.id)
    assert (application.status, application.number, application.qc_status) == ("SUBMITTED", sent_back.number, "QUEUED")
    assert [signed.round for signed in application.submissions] == [1, 2]
    [event] = department.publisher.of(ApplicationResubmitted)
    assert (event.round, event.needs_quality_check, event.run_id) == (1, True, application.qc_run_id)
    department.service.run_quality_check(application.id, event.run_id)
    assert department.service.get(FARMER, application.id).status == "IN_REVIEW"


def test_a_new_submission_knows_nothing_of_a_check_that_still_ran_when_it_was_sent_back():
    department = Department(ai=ScriptedReviewer("server_error"))
    application = department.submitted()
    department.service.degrade_quality_check(application.id, application.qc_run_id, "away", 3)
    with pytest.raises(TemporaryFailure):
        department.service.run_quality_check(application.id, "by-hand")
    assert department.service.get(REVIEWER, application.id).qc_started_at == MONDAY
    department.service.request_revision(REVIEWER, application.id, [{"path": "farm", "reason": "why"}], "please put this right")
    again = department.service.resubmit(FARMER, application.id)
    assert (again.qc_status, again.qc_started_at, again.qc_run_id) == ("QUEUED", None, again.history[-1].id)


def test_a_revision_that_is_not_valid_is_refused(department):
    sent_back = department.sent_back("purposes")
    department.service.edit(FARMER, sent_back.id, {"purposes": []})
    with pytest.raises(InvalidInput):
        department.service.resubmit(FARMER, sent_back.id)


def test_a_replacement_that_was_sent_back_is_forwarded_by_its_skipped_check(department):
    sent_back = department.sent_back("replacementReason", form=replacement_form())
    application = department.service.resubmit(FARMER, sent_back.id)
    assert application.status == "SUBMITTED"
    department.service.run_quality_check(application.id, application.qc_run_id)
    forwarded = department.service.get(FARMER, application.id)
    assert (forwarded.status, forwarded.qc_status) == ("IN_REVIEW", "SKIPPED")


def test_a_draft_cannot_be_resubmitted_nor_a_revision_submitted(department):
    with pytest.raises(Conflict):
        department.service.resubmit(FARMER, department.draft().id)
    with pytest.raises(Conflict):
        department.service.submit(FARMER, department.sent_back().id)


def test_the_owner_withdraws_with_a_reason_and_others_hear(department):
    application = department.service.withdraw(FARMER, department.submitted().id, "  ขายที่ดินแล้ว ")
    assert (application.status, application.history[-1].reason) == ("WITHDRAWN", "ขายที่ดินแล้ว")
    assert [event.application_id for event in department.publisher.of(ApplicationWithdrawn)] == [application.id]
    with pytest.raises(Conflict):
        department.service.withdraw(FARMER, application.id)


def test_a_reason_is_kept_to_four_thousand_characters(department):
    application = department.service.withdraw(FARMER, department.submitted().id, "x" * 4001)
    assert len(application.history[-1].reason) == 4000


@pytest.mark.parametrize("officer", STAFF)
def test_nobody_else_withdraws(department, officer):
    with pytest.raises(NotAllowed):
        department.service.withdraw(officer, department.submitted().id)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.NONE}))
def test_withdrawing_is_possible_before_the_approval_only(department, status):
    draft = department.draft()
    document = department.store.get("applications", draft.id)
    department.store.replace("applications", {**document, "status": str(status)}, 1)
    if status in WITHDRAWABLE:
        assert department.service.withdraw(FARMER, draft.id).status == "WITHDRAWN"
        return
    with pytest.raises(Conflict):
        department.service.withdraw(FARMER, draft.id)


def test_a_farmer_of_the_same_role_is_not_the_owner(department):
    draft = department.draft()
    assert draft.capacities(Actor("u-else", "FARMER")) == {"FARMER"}
    assert draft.capacities(FARMER) == {"OWNER"}
    assert draft.capacities(REVIEWER) == {"REVIEWER"}


@pytest.mark.parametrize("step", ["edit", "resubmit", "request_revision"])
def test_every_step_can_be_tied_to_the_version_that_was_read(department, step):
    """A page that was opened before somebody else's change cannot overwrite it."""
    application = department.in_review() if step == "request_revision" else department.sent_back()
    steps = {
        "edit": lambda version: department.service.edit(FARMER, application.id, {"farm": {"area": {"rai": 6}}}, version),
        "resubmit": lambda version: department.service.resubmit(FARMER, application.id, version),
        "request_revision": lambda version: department.service.request_revision(
            REVIEWER, application.id, [{"path": "farm", "reason": "why"}], "please put this right", version=version
        ),
    }
    with pytest.raises(Conflict, match=f"version {application.version} "):
        steps[step](application.version - 1)
    assert steps[step](application.version).version > application.version
