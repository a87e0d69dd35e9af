"""The whole answer about one form, as the console and the API show it: may it be submitted, and what the review says."""

from datetime import date
from typing import Any

from backend.certification.form import ApplicationForm
from backend.certification.policy import Policy
from backend.certification.quality.result import SKIPPED, QcResult
from backend.certification.quality.review import review
from backend.certification.requirements import required_documents
from backend.certification.validation import Finding, validate, warnings


def outcome(form: ApplicationForm, as_of: date, policy: Policy | None = None, *, full: bool = False) -> dict[str, Any]:
    """`{submitAllowed, validationErrors, requiredDocuments, qc}`; `full` adds words, warnings and the whole result."""
    policy = policy or Policy.in_force(as_of)
    findings = validate(form, as_of, policy)
    result = review(form, as_of, policy)
    answer: dict[str, Any] = {
        "submitAllowed": not findings,
        "validationErrors": [_finding(finding, full=full) for finding in findings],
        "requiredDocuments": required_documents(form, policy),
        "qc": result.to_json() if full else short_result(result),
    }
    if full:
        answer["warnings"] = [finding.to_json() for finding in warnings(form, as_of, policy)]
    return answer


def short_result(result: QcResult) -> dict[str, Any]:
    """Scores, decision and issues by code, severity and path, without words; null where a SKIPPED review has nothing."""
    skipped = result.status == SKIPPED
    return {
        "status": result.status,
        "overallScore": result.overall_score,
        "rawScore": result.raw_score,
        "grade": result.grade,
        "dimensionScores": dict(result.dimension_scores) or None,
        "inspectionType": result.inspection_type,
        "decisionReasons": None if skipped else list(result.decision_reasons),
        "checksNotPerformed": None if skipped else list(result.checks_not_performed),
        "issueCounts": result.issue_counts,
        "issues": [{"code": issue.code, "severity": issue.severity, "path": issue.path} for issue in result.issues],
        "missingDocuments": [item["slot"] for item in result.missing_documents],
        "missingPhotos": [item["slot"] for item in result.missing_photos],
    }


def _finding(finding: Finding, *, full: bool) -> dict[str, str]:
    return finding.to_json() if full else {"path": finding.path, "code": finding.code}
