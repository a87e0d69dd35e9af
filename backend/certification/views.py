"""What an applicant sees of an application: everything but suspicions and notes among officers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from backend.certification.actors import Actor
from backend.certification.application import Application
from backend.certification.ports import Appointment


def application_json_for(actor: Actor, application: Application, appointments: Sequence[Appointment] = ()) -> dict[str, Any]:
    """The application for that person: a farmer does not see suspicions, earlier runs and officers' reports."""
    whole = application.to_json(appointments)
    if actor.is_staff:
        return whole
    return {
        **whole,
        "aiQc": quality_for_applicant(whole["aiQc"]),
        "qcRuns": [],
        "reports": [report for report in whole["reports"] if report["variant"] == "applicant"],
    }


def quality_for_applicant(result: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a quality check without the issues that only officers see, and without what would give them away."""
    if "issues" not in result:
        return dict(result)
    visible = [issue for issue in result["issues"] if issue["visibleToApplicant"]]
    hidden = {issue["code"] for issue in result["issues"] if not issue["visibleToApplicant"]}
    counts = Counter(issue["severity"] for issue in visible)
    reasons = result["decisionReasons"]
    return {
        **result,
        "issues": visible,
        "issueCounts": {severity: counts[severity] for severity in result["issueCounts"] if counts[severity]},
        "decisionReasons": reasons and [reason for reason in reasons if reason.rpartition(":")[2] not in hidden],
        "recommendations": [item for item in result["recommendations"] if item["audience"] == "APPLICANT"],
        "error": None,
    }
