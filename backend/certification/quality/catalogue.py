"""Turns a fault that a rule found into an issue: severity, dimension, words and who may see it."""

from backend.certification.form import ApplicationForm
from backend.certification.formats import Fault
from backend.certification.messages.texts import message
from backend.certification.policy_tables import Quality
from backend.certification.quality.result import Issue


def issue_of(fault: Fault, form: ApplicationForm, quality: Quality) -> Issue:
    """The issue of a fault; raises KeyError for a code that the catalogue does not have."""
    row = quality.catalogue[fault.code]
    words = message(fault.code, fault.path, form)
    return Issue(
        code=fault.code,
        severity=severity_of(fault, quality),
        dimension=row.dimension,
        path=fault.path,
        message_th=words.th,
        message_en=words.en,
        how_to_fix_th=words.how_to_fix_th,
        how_to_fix_en=words.how_to_fix_en,
        visible_to_applicant=row.visible_to_applicant,
    )


def severity_of(fault: Fault, quality: Quality) -> str:
    """As the catalogue says; an expired ID card, licence or permit weighs more than another paper."""
    if fault.code == "DOCUMENT_EXPIRED" and fault.path.removeprefix("documents.") in quality.official_papers:
        return "HIGH"
    return quality.catalogue[fault.code].severity
