"""An application as JSON, for officers whole and for its owner without what is only a suspicion."""

from collections.abc import Sequence
from typing import Any

from backend.certification.actors import Actor
from backend.certification.application import Application
from backend.certification.ports import Appointment
from backend.certification.quality.result import QcResult
from backend.clock import to_iso

_FOR_APPLICANT = frozenset({"APPLICANT"})


def application_json(application: Application, appointments: Sequence[Appointment] = ()) -> dict[str, Any]:
    """The whole application as the API gives it to officers.

    All keys of the form stand beside those of the server; `history` is the form's own (certificates held), the audit
    trail is `timeline`.
    """
    revision = application.revision
    return {
        **application.form.to_json(),
        "id": application.id,
        "applicationNumber": application.number,
        "status": application.status,
        "statusSince": to_iso(application.status_since),
        "version": application.version,
        "ownerId": application.owner_id,
        "createdBy": application.created_by,
        "createdAt": to_iso(application.created_at),
        "updatedAt": to_iso(application.updated_at),
        "submittedAt": to_iso(application.submitted_at) if application.submitted_at else None,
        "aiQc": {**(application.ai_qc.to_json() if application.ai_qc else {}), "status": application.qc_status},
        "qcRuns": [_run(result) for result in application.qc_runs],
        "inspectionType": application.inspection_type,
        "appointments": [appointment_json(appointment) for appointment in appointments],
        "revision": revision.to_json() if revision else None,
        "revisionRound": len(application.revisions),
        "reports": [
            {"key": link.key, "variant": link.variant, "sha256": link.sha256, "createdAt": to_iso(link.created_at)}
            for link in application.reports
        ],
        "timeline": [entry.to_json() for entry in application.history],
    }


def application_json_for(actor: Actor, application: Application, appointments: Sequence[Appointment] = ()) -> dict[str, Any]:
    """The application for that person: a farmer does not see suspicions, notes for officers, and officers' reports."""
    whole = application_json(application, appointments)
    if actor.is_staff:
        return whole
    return {
        **whole,
        "aiQc": {**_for_applicant(application.ai_qc, whole["aiQc"]), "status": application.qc_status},
        "qcRuns": [],
        "reports": [report for report in whole["reports"] if report["variant"] == "applicant"],
    }


def appointment_json(appointment: Appointment) -> dict[str, Any]:
    """One appointment as the API shows it."""
    return {
        "id": appointment.id,
        "type": appointment.type,
        "start": to_iso(appointment.start),
        "end": to_iso(appointment.end),
        "status": appointment.status,
        "place": dict(appointment.place),
        "meetingUrl": appointment.meeting_url,
        "htmlLink": appointment.html_link,
        "syncStatus": appointment.sync_status,
    }


def _for_applicant(result: QcResult | None, shown: dict[str, Any]) -> dict[str, Any]:
    if result is None:
        return shown
    hidden = {issue.code for issue in result.issues if not issue.visible_to_applicant}
    visible = [issue for issue in result.issues if issue.visible_to_applicant]
    counts = {severity: sum(issue.severity == severity for issue in visible) for severity in result.issue_counts}
    return {
        **shown,
        "issues": [issue.to_json() for issue in visible],
        "issueCounts": {severity: count for severity, count in counts.items() if count},
        "decisionReasons": [reason for reason in result.decision_reasons if reason.rpartition(":")[2] not in hidden],
        "recommendations": [dict(item) for item in result.recommendations if item.get("audience") in _FOR_APPLICANT],
        "error": None,
    }


def _run(result: QcResult) -> dict[str, Any]:
    return {
        "runId": result.run_id,
        "status": result.status,
        "reviewer": result.reviewer,
        "overallScore": result.overall_score,
        "inspectionType": result.inspection_type,
    }
