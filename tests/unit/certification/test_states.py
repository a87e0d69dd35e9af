"""The table of states, row by row: what it allows, and that it allows nothing else."""

from itertools import product

import pytest

from backend.certification.actors import ADMIN, APPROVER, FARMER, INSPECTOR, REVIEWER
from backend.certification.states import OWNER, TRANSITIONS, WITHDRAWABLE, Status, allowed, find
from backend.errors import Conflict, NotAllowed

SYSTEM = "SYSTEM"
EVERYBODY = (FARMER, REVIEWER, INSPECTOR, APPROVER, ADMIN, SYSTEM, OWNER)
EVENTS = sorted({row.event for row in TRANSITIONS})

# Written out a second time on purpose: from, event, case, to, who, guards.
TABLE = [
    ("", "create", "", "DRAFT", "FARMER REVIEWER INSPECTOR APPROVER ADMIN", ""),
    ("DRAFT", "submit", "", "SUBMITTED", "OWNER", "form_is_valid"),
    ("DRAFT", "submit", "REPLACEMENT", "IN_REVIEW", "OWNER", "form_is_valid"),
    ("SUBMITTED", "qc_finished", "", "IN_REVIEW", "SYSTEM", ""),
    ("SUBMITTED", "qc_degraded", "", "IN_REVIEW", "SYSTEM", ""),
    ("SUBMITTED", "qc_failed", "", "IN_REVIEW", "SYSTEM", ""),
    ("SUBMITTED", "sweep", "", "IN_REVIEW", "SYSTEM", "waited_too_long"),
    ("IN_REVIEW", "request_revision", "", "REVISION_REQUESTED", "REVIEWER", "items_with_reasons comment rounds_left due_date"),
    ("REVISION_REQUESTED", "resubmit", "", "SUBMITTED", "OWNER", "form_is_valid"),
    ("IN_REVIEW", "accept_documents", "", "REVIEW_PASSED", "REVIEWER", "slots_accepted inspection_type_confirmed"),
    ("IN_REVIEW", "accept_documents", "REPLACEMENT", "PENDING_APPROVAL", "REVIEWER", "slots_accepted"),
    ("IN_REVIEW", "reject", "", "REJECTED", "APPROVER", "comment proposed_by_reviewer appeal_text revised_once"),
    ("REVIEW_PASSED", "schedule", "", "INSPECTION_SCHEDULED", "REVIEWER ADMIN", "appointment_is_valid"),
    ("INSPECTION_SCHEDULED", "reschedule", "", "INSPECTION_SCHEDULED", "REVIEWER ADMIN", "notice_or_comment reschedules_left"),
    ("INSPECTION_SCHEDULED", "start", "", "INSPECTION_IN_PROGRESS", "INSPECTOR", "assigned within_slot checked_in"),
    ("INSPECTION_IN_PROGRESS", "submit_report", "", "INSPECTION_COMPLETED", "INSPECTOR", "assigned report_complete"),
    ("INSPECTION_IN_PROGRESS", "submit_report", "CARS", "CAR_OPEN", "INSPECTOR", "assigned report_complete cars_have_due_dates"),
    ("CAR_OPEN", "respond", "", "CAR_SUBMITTED", "OWNER", "evidence_per_car"),
    ("CAR_SUBMITTED", "accept_all", "", "INSPECTION_COMPLETED", "INSPECTOR", "assigned"),
    ("CAR_SUBMITTED", "reopen", "", "CAR_OPEN", "INSPECTOR", "assigned comment"),
    ("INSPECTION_IN_PROGRESS", "escalate", "", "REVIEW_PASSED", "INSPECTOR", "assigned comment type_becomes_stricter"),
    ("INSPECTION_COMPLETED", "forward", "", "PENDING_APPROVAL", "SYSTEM", "report_final cars_closed"),
    ("PENDING_APPROVAL", "approve", "", "APPROVED", "APPROVER", "score_passes cars_closed evidence_complete three_people"),
    ("PENDING_APPROVAL", "return", "", "IN_REVIEW", "APPROVER", "comment"),
    ("PENDING_APPROVAL", "return", "INSPECTION", "REVIEW_PASSED", "APPROVER", "comment"),
    ("PENDING_APPROVAL", "reject", "", "REJECTED", "APPROVER", "comment legal_basis appeal_text"),
    ("APPROVED", "certificate_ready", "", "CERTIFICATE_ISSUED", "SYSTEM ADMIN", "certificate_stored"),
    ("DRAFT", "withdraw", "", "WITHDRAWN", "OWNER", ""),
    ("SUBMITTED", "withdraw", "", "WITHDRAWN", "OWNER", ""),
    ("IN_REVIEW", "withdraw", "", "WITHDRAWN", "OWNER", ""),
    ("REVISION_REQUESTED", "withdraw", "", "WITHDRAWN", "OWNER", ""),
    ("REVIEW_PASSED", "withdraw", "", "WITHDRAWN", "OWNER", ""),
    ("INSPECTION_SCHEDULED", "withdraw", "", "WITHDRAWN", "OWNER", ""),
    ("INSPECTION_IN_PROGRESS", "withdraw", "", "WITHDRAWN", "OWNER", ""),
    ("CAR_OPEN", "withdraw", "", "WITHDRAWN", "OWNER", ""),
    ("CAR_SUBMITTED", "withdraw", "", "WITHDRAWN", "OWNER", ""),
    ("INSPECTION_COMPLETED", "withdraw", "", "WITHDRAWN", "OWNER", ""),
    ("PENDING_APPROVAL", "withdraw", "", "WITHDRAWN", "OWNER", ""),
    ("DRAFT", "expire", "", "EXPIRED", "SYSTEM", "past_its_time"),
    ("REVISION_REQUESTED", "expire", "", "EXPIRED", "SYSTEM", "past_its_time"),
    ("CAR_OPEN", "expire", "", "EXPIRED", "SYSTEM", "past_its_time"),
]
ALLOWED = {(source, event, who) for source, event, _, _, people, _ in TABLE for who in people.split()}
KNOWN = {(source, event) for source, event, *_ in TABLE}


def test_the_table_is_the_department_s():
    rows = {(row.source, row.event, row.when, row.target, " ".join(sorted(row.who)), " ".join(row.guards)) for row in TRANSITIONS}
    assert rows == {
        (source, event, when, target, " ".join(sorted(who.split())), guards) for source, event, when, target, who, guards in TABLE
    }
    assert len(TRANSITIONS) == len(TABLE)


@pytest.mark.parametrize(("status", "event"), list(product(Status, EVENTS)))
def test_every_state_and_event_is_allowed_exactly_to_whom_the_table_says(status, event):
    people = {who for who in EVERYBODY if allowed(status, event, who)}
    assert people == {who for who in EVERYBODY if (status, event, who) in ALLOWED}


@pytest.mark.parametrize("row", TABLE)
def test_each_row_is_found_for_each_of_its_people(row):
    source, event, when, target, who, guards = row
    for person in who.split():
        found = find(source, event, frozenset({person}), when)
        assert (found.target, found.guards) == (target, tuple(guards.split()))


@pytest.mark.parametrize(("status", "event"), list(product(Status, EVENTS)))
def test_an_event_that_a_state_does_not_know_is_a_conflict_for_everybody(status, event):
    if (status, event) in KNOWN:
        return
    with pytest.raises(Conflict, match=event):
        find(status, event, frozenset(EVERYBODY))


@pytest.mark.parametrize("row", TABLE)
def test_everybody_else_is_refused(row):
    source, event, when, _, who, _ = row
    others = frozenset(EVERYBODY) - set(who.split())
    with pytest.raises(NotAllowed):
        find(source, event, others, when)


def test_one_of_several_capacities_is_enough():
    assert allowed("DRAFT", "submit", FARMER, OWNER)
    assert not allowed("DRAFT", "submit", FARMER)


def test_an_unknown_case_takes_the_ordinary_row():
    assert find("DRAFT", "submit", frozenset({OWNER}), "RENEWAL").target == "SUBMITTED"
    assert find("REVISION_REQUESTED", "resubmit", frozenset({OWNER}), "REPLACEMENT").target == "SUBMITTED"


def test_end_states_and_approved_cannot_be_withdrawn():
    ends = {"", "APPROVED", "CERTIFICATE_ISSUED", "REJECTED", "WITHDRAWN", "EXPIRED"}
    assert set(Status) - set(WITHDRAWABLE) == ends


@pytest.mark.parametrize("status", ["REJECTED", "WITHDRAWN", "EXPIRED", "CERTIFICATE_ISSUED"])
def test_nothing_leads_out_of_an_end_state(status):
    assert not any(row.source == status for row in TRANSITIONS)


def test_the_administrator_takes_part_in_no_decision():
    decisions = {
        "request_revision",
        "accept_documents",
        "reject",
        "start",
        "submit_report",
        "accept_all",
        "reopen",
        "escalate",
        "approve",
        "return",
    }
    assert not [row for row in TRANSITIONS if row.event in decisions and ADMIN in row.who]
