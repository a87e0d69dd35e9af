"""Rules: what does the applicant say of the fourteen categories?"""

from collections.abc import Iterator

from backend.certification.formats import Fault
from backend.certification.quality.case import Case


def find(case: Case) -> Iterator[Fault]:
    """A category that was left blank, or that the applicant does not comply with."""
    known = case.policy.formats.vocabularies["selfAssessment.*.status"]
    for category in case.quality.category_evidence:
        assessment = case.form.self_assessment.get(category)
        if assessment is None or assessment.status not in known:
            yield Fault(f"selfAssessment.{category}", "SELF_ASSESSMENT_MISSING")
        elif assessment.status == "NON_COMPLIANT":
            yield Fault(f"selfAssessment.{category}", "SELF_DECLARED_NON_COMPLIANCE")
