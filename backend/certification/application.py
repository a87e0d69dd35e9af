"""The application: an immutable value whose every change carries its own entry in the audit trail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from backend.certification.actors import Actor
from backend.certification.appointments import appointment_json
from backend.certification.events import ApplicationEvent
from backend.certification.form import ApplicationForm
from backend.certification.guards import Evidence, check
from backend.certification.history import HistoryEntry, entry_id
from backend.certification.ports import Appointment
from backend.certification.quality.result import QcResult
from backend.certification.revision import Revision
from backend.certification.states import EDITABLE, OWNER, Status, find
from backend.clock import to_iso
from backend.errors import Conflict


@dataclass(frozen=True)
class Act:
    """Who does something, when, and within which request."""

    actor: Actor
    at: datetime
    request_id: str = ""


@dataclass(frozen=True)
class Submission:
    """What the applicant signed in one round: the form as it was, frozen."""

    round: int
    at: datetime
    submitted_by: str
    form: dict[str, Any]


@dataclass(frozen=True)
class ReportLink:
    """A report that was made of the application, such as the summary for the `applicant` or the `officer`."""

    key: str
    variant: str
    sha256: str
    created_at: datetime


@dataclass(frozen=True)
class Application:
    """One application for one site. `version` is that of the stored document; a change is saved under the version it was read at.

    `qc_runs` holds every result of the quality check, the last one in force; `outbox` the events nobody has heard yet.
    """

    id: str
    owner_id: str
    owner_email: str
    created_by: str
    form: ApplicationForm
    created_at: datetime
    updated_at: datetime
    status_since: datetime
    status: str = Status.NONE
    number: str | None = None
    version: int = 0
    submitted_at: datetime | None = None
    qc_status: str = "NOT_STARTED"
    qc_run_id: str = ""
    qc_started_at: datetime | None = None
    qc_runs: tuple[QcResult, ...] = ()
    revisions: tuple[Revision, ...] = ()
    submissions: tuple[Submission, ...] = ()
    reports: tuple[ReportLink, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    outbox: tuple[ApplicationEvent, ...] = ()

    @property
    def ai_qc(self) -> QcResult | None:
        """The result in force, or None before the first run ended."""
        return self.qc_runs[-1] if self.qc_runs else None

    @property
    def inspection_type(self) -> str | None:
        return self.ai_qc.inspection_type if self.ai_qc else None

    @property
    def revision(self) -> Revision | None:
        """The list that the applicant has to work off now."""
        return self.revisions[-1] if self.status == Status.REVISION_REQUESTED else None

    @property
    def is_replacement(self) -> bool:
        return self.form.request_type == "REPLACEMENT"

    def run(self, run_id: str) -> QcResult | None:
        """The result of that run, where it ended already."""
        return next((result for result in self.qc_runs if result.run_id == run_id), None)

    def belongs_to(self, actor: Actor) -> bool:
        return self.owner_id == actor.id

    def capacities(self, actor: Actor) -> frozenset[str]:
        """In what capacities somebody acts on this application: OWNER where it is theirs, else their role.

        Officers are never officers of their own application.
        """
        owns = self.belongs_to(actor) and self.status != Status.NONE
        return frozenset({OWNER if owns else actor.role})

    def require_editable(self) -> None:
        """Raises Conflict where the form is closed."""
        if self.status not in EDITABLE:
            raise Conflict(f"แก้ไขไม่ได้ในสถานะ {self.status} / The application cannot be edited while it is {self.status}.")

    def transition(self, event: str, act: Act, evidence: Evidence | None = None, *, when: str = "", reason: str = "") -> Self:
        """The application after an event of the table of states, with its entry in the audit trail.

        Raises Conflict (the state does not know the event), NotAllowed (not for this person) and what the guards raise.
        """
        row = find(self.status, event, self.capacities(act.actor), when)
        check(row.guards, evidence or Evidence())
        entered = self.record(event, act, reason=reason, target=row.target)
        return replace(entered, status=str(row.target), status_since=act.at)

    def record(self, event: str, act: Act, *, reason: str = "", target: str | None = None, **changes: Any) -> Self:
        """The application with `changes` and the entry that tells of them; nothing changes without one."""
        entry = HistoryEntry(
            id=entry_id(self.id, self.version + 1, event),
            at=act.at,
            actor_id=act.actor.id,
            actor_role=act.actor.role,
            event=event,
            source=str(self.status),
            target=str(self.status if target is None else target),
            reason=reason,
            request_id=act.request_id,
        )
        return replace(self, updated_at=act.at, history=(*self.history, entry), **changes)

    def announce(self, kind: Callable[..., ApplicationEvent], **fields: Any) -> Self:
        """The application with an event in its outbox, about the change that was recorded last."""
        entry = self.history[-1]
        event = kind(
            event_id=entry.id,
            at=entry.at,
            application_id=self.id,
            application_number=self.number or "",
            version=self.version + 1,
            request_id=entry.request_id,
            actor_id=entry.actor_id,
            **fields,
        )
        return replace(self, outbox=(*self.outbox, event))

    def without_events(self, event_ids: frozenset[str]) -> Self:
        """The application after these events were heard by everybody."""
        return replace(self, outbox=tuple(event for event in self.outbox if event.event_id not in event_ids))

    def to_json(self, appointments: Sequence[Appointment] = ()) -> dict[str, Any]:
        """The whole application as the API gives it to officers.

        All keys of the form stand beside those of the server; `history` is the form's own (certificates held), the audit
        trail is `timeline`.
        """
        revision = self.revision
        return {
            **self.form.to_json(),
            "id": self.id,
            "applicationNumber": self.number,
            "status": self.status,
            "statusSince": to_iso(self.status_since),
            "version": self.version,
            "ownerId": self.owner_id,
            "createdBy": self.created_by,
            "createdAt": to_iso(self.created_at),
            "updatedAt": to_iso(self.updated_at),
            "submittedAt": to_iso(self.submitted_at) if self.submitted_at else None,
            "aiQc": {**(self.ai_qc.to_json() if self.ai_qc else {}), "status": self.qc_status},
            "qcRuns": [_run_json(result) for result in self.qc_runs],
            "inspectionType": self.inspection_type,
            "appointments": [appointment_json(appointment) for appointment in appointments],
            "revision": revision.to_json() if revision else None,
            "revisionRound": len(self.revisions),
            "reports": [
                {"key": link.key, "variant": link.variant, "sha256": link.sha256, "createdAt": to_iso(link.created_at)}
                for link in self.reports
            ],
            "timeline": [entry.to_json() for entry in self.history],
        }


def _run_json(result: QcResult) -> dict[str, Any]:
    return {
        "runId": result.run_id,
        "status": result.status,
        "reviewer": result.reviewer,
        "overallScore": result.overall_score,
        "inspectionType": result.inspection_type,
    }
