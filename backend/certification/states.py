"""The state machine of an application as data: every state, and every transition with who may make it and its guards."""

from dataclasses import dataclass
from enum import StrEnum

from backend.certification.actors import ADMIN, APPROVER, FARMER, INSPECTOR, REVIEWER, STAFF, SYSTEM
from backend.errors import Conflict, NotAllowed

OWNER = "OWNER"
"""Not a role but a relation: the one whom the application belongs to."""

_SYSTEM = SYSTEM.role


class Status(StrEnum):
    """Where an application stands; the values are those of the API."""

    NONE = ""  # before it exists
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    REVISION_REQUESTED = "REVISION_REQUESTED"
    REVIEW_PASSED = "REVIEW_PASSED"
    INSPECTION_SCHEDULED = "INSPECTION_SCHEDULED"
    INSPECTION_IN_PROGRESS = "INSPECTION_IN_PROGRESS"
    CAR_OPEN = "CAR_OPEN"
    CAR_SUBMITTED = "CAR_SUBMITTED"
    INSPECTION_COMPLETED = "INSPECTION_COMPLETED"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    CERTIFICATE_ISSUED = "CERTIFICATE_ISSUED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


EDITABLE = frozenset({Status.DRAFT, Status.REVISION_REQUESTED})
WITHDRAWABLE = (
    Status.DRAFT,
    Status.SUBMITTED,
    Status.IN_REVIEW,
    Status.REVISION_REQUESTED,
    Status.REVIEW_PASSED,
    Status.INSPECTION_SCHEDULED,
    Status.INSPECTION_IN_PROGRESS,
    Status.CAR_OPEN,
    Status.CAR_SUBMITTED,
    Status.INSPECTION_COMPLETED,
    Status.PENDING_APPROVAL,
)


@dataclass(frozen=True)
class Transition:
    """One row of the table: `row` is its number in the department's description of the process.

    `when` names the case in which this row applies where an event leads to different states; `guards` name checks
    (see `guards.GUARDS`) that must all pass; a guard that is not written yet refuses.
    """

    row: str
    source: Status
    event: str
    target: Status
    who: frozenset[str]
    guards: tuple[str, ...] = ()
    when: str = ""


def _row(row: str, source: Status, event: str, target: Status, who: str, *, guards: str = "", when: str = "") -> Transition:
    return Transition(row, source, event, target, frozenset(who.split()), tuple(guards.split()), when)


_S = Status
TRANSITIONS: tuple[Transition, ...] = (
    _row("1", _S.NONE, "create", _S.DRAFT, " ".join((FARMER, *sorted(STAFF)))),
    _row("2", _S.DRAFT, "submit", _S.SUBMITTED, OWNER, guards="form_is_valid"),
    _row("2b", _S.DRAFT, "submit", _S.IN_REVIEW, OWNER, guards="form_is_valid", when="REPLACEMENT"),
    _row("3", _S.SUBMITTED, "qc_finished", _S.IN_REVIEW, _SYSTEM),
    _row("3", _S.SUBMITTED, "qc_degraded", _S.IN_REVIEW, _SYSTEM),
    _row("3", _S.SUBMITTED, "qc_failed", _S.IN_REVIEW, _SYSTEM),
    _row("3b", _S.SUBMITTED, "sweep", _S.IN_REVIEW, _SYSTEM, guards="waited_too_long"),
    _row("4", _S.IN_REVIEW, "request_revision", _S.REVISION_REQUESTED, REVIEWER, guards="items_with_reasons comment rounds_left due_date"),
    _row("5", _S.REVISION_REQUESTED, "resubmit", _S.SUBMITTED, OWNER, guards="form_is_valid"),
    _row("6", _S.IN_REVIEW, "accept_documents", _S.REVIEW_PASSED, REVIEWER, guards="slots_accepted inspection_type_confirmed"),
    _row("6b", _S.IN_REVIEW, "accept_documents", _S.PENDING_APPROVAL, REVIEWER, guards="slots_accepted", when="REPLACEMENT"),
    _row("7", _S.IN_REVIEW, "reject", _S.REJECTED, APPROVER, guards="comment proposed_by_reviewer appeal_text revised_once"),
    _row("8", _S.REVIEW_PASSED, "schedule", _S.INSPECTION_SCHEDULED, f"{REVIEWER} {ADMIN}", guards="appointment_is_valid"),
    _row(
        "9",
        _S.INSPECTION_SCHEDULED,
        "reschedule",
        _S.INSPECTION_SCHEDULED,
        f"{REVIEWER} {ADMIN}",
        guards="notice_or_comment reschedules_left",
    ),
    _row("10", _S.INSPECTION_SCHEDULED, "start", _S.INSPECTION_IN_PROGRESS, INSPECTOR, guards="assigned within_slot checked_in"),
    _row("11", _S.INSPECTION_IN_PROGRESS, "submit_report", _S.INSPECTION_COMPLETED, INSPECTOR, guards="assigned report_complete"),
    _row(
        "12",
        _S.INSPECTION_IN_PROGRESS,
        "submit_report",
        _S.CAR_OPEN,
        INSPECTOR,
        guards="assigned report_complete cars_have_due_dates",
        when="CARS",
    ),
    _row("13", _S.CAR_OPEN, "respond", _S.CAR_SUBMITTED, OWNER, guards="evidence_per_car"),
    _row("14", _S.CAR_SUBMITTED, "accept_all", _S.INSPECTION_COMPLETED, INSPECTOR, guards="assigned"),
    _row("14", _S.CAR_SUBMITTED, "reopen", _S.CAR_OPEN, INSPECTOR, guards="assigned comment"),
    _row("15", _S.INSPECTION_IN_PROGRESS, "escalate", _S.REVIEW_PASSED, INSPECTOR, guards="assigned comment type_becomes_stricter"),
    _row("16", _S.INSPECTION_COMPLETED, "forward", _S.PENDING_APPROVAL, _SYSTEM, guards="report_final cars_closed"),
    _row("17", _S.PENDING_APPROVAL, "approve", _S.APPROVED, APPROVER, guards="score_passes cars_closed evidence_complete three_people"),
    _row("18", _S.PENDING_APPROVAL, "return", _S.IN_REVIEW, APPROVER, guards="comment"),
    _row("18", _S.PENDING_APPROVAL, "return", _S.REVIEW_PASSED, APPROVER, guards="comment", when="INSPECTION"),
    _row("19", _S.PENDING_APPROVAL, "reject", _S.REJECTED, APPROVER, guards="comment legal_basis appeal_text"),
    _row("20", _S.APPROVED, "certificate_ready", _S.CERTIFICATE_ISSUED, f"{_SYSTEM} {ADMIN}", guards="certificate_stored"),
    *(_row("21", source, "withdraw", _S.WITHDRAWN, OWNER) for source in WITHDRAWABLE),
    _row("22", _S.DRAFT, "expire", _S.EXPIRED, _SYSTEM, guards="past_its_time"),
    _row("22", _S.REVISION_REQUESTED, "expire", _S.EXPIRED, _SYSTEM, guards="past_its_time"),
    _row("22", _S.CAR_OPEN, "expire", _S.EXPIRED, _SYSTEM, guards="past_its_time"),
)


def allowed(status: str, event: str, *capacities: str) -> bool:
    """Whether somebody with one of these capacities (a role, `OWNER`, `SYSTEM`) may make that transition; guards come after."""
    return any(row.source == status and row.event == event and not row.who.isdisjoint(capacities) for row in TRANSITIONS)


def find(status: str, event: str, capacities: frozenset[str], when: str = "") -> Transition:
    """The row for an event in the case `when` (or the row without a case).

    Raises Conflict where the state does not know the event, and NotAllowed where nobody of these capacities may make it.
    """
    rows = [row for row in TRANSITIONS if row.source == status and row.event == event]
    if not rows:
        raise Conflict(f"ทำรายการ “{event}” ไม่ได้ในสถานะ {status} / “{event}” is not possible while the application is {status}.")
    row = next((row for row in rows if row.when == when), rows[0])
    if row.who.isdisjoint(capacities):
        raise NotAllowed(f"“{event}” ทำได้เฉพาะ {_people(row)} เท่านั้น / Only {_people(row)} may do “{event}”.")
    return row


def _people(row: Transition) -> str:
    return ", ".join(sorted(row.who))
