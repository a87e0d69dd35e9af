"""The submit gate: everything that stops an application from being submitted, and warnings that do not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

from backend.certification.form import ApplicationForm
from backend.certification.formats import Fault, format_faults
from backend.certification.messages.texts import message
from backend.certification.paths import values_at
from backend.certification.policy import Policy
from backend.certification.requirements import missing_documents, missing_fields, missing_photos
from backend.certification.vocabulary import vocabulary_faults
from backend.certification.warnings import warning_faults
from backend.errors import FieldError


@dataclass(frozen=True)
class Finding:
    """One thing to put right before submitting: where, which rule, and the cure in words."""

    path: str
    code: str
    message_th: str
    message_en: str
    how_to_fix_th: str = ""
    how_to_fix_en: str = ""

    def to_json(self) -> dict[str, str]:
        return {
            "path": self.path,
            "code": self.code,
            "messageTh": self.message_th,
            "messageEn": self.message_en,
            "howToFixTh": self.how_to_fix_th,
            "howToFixEn": self.how_to_fix_en,
        }

    def to_field_error(self) -> FieldError:
        """As an HTTP answer names it: Thai first, English behind."""
        return FieldError(self.path, f"{self.message_th} / {self.message_en}", self.code)


def validate(form: ApplicationForm, as_of: date, policy: Policy | None = None) -> list[Finding]:
    """What stops this application from being submitted: nothing does where the list is empty.

    In the order of the form: missing fields, faults of form, documents, photos, consents. Papers that contradict each
    other are not here: those are for people to judge.
    """
    rules = policy or Policy.in_force(as_of)
    return [_finding(fault, form) for fault in dict.fromkeys(_blocking(form, rules))]


def warnings(form: ApplicationForm, as_of: date, policy: Policy | None = None) -> list[Finding]:
    """What looks odd and is worth a second look, but never stops a submission."""
    return [_finding(fault, form) for fault in warning_faults(form, policy or Policy.in_force(as_of))]


def _blocking(form: ApplicationForm, policy: Policy) -> Iterator[Fault]:
    return chain(
        (Fault(path, "REQUIRED") for path in missing_fields(form, policy)),
        format_faults(form, policy),
        vocabulary_faults(form, policy),
        (Fault(f"documents.{slot}", "DOCUMENT_MISSING") for slot in missing_documents(form, policy)),
        (Fault(f"photos.{slot}", "PHOTO_MISSING") for slot, _, _ in missing_photos(form, policy)),
        (Fault(path, "CONSENT_REQUIRED") for path in policy.requirements.consents for _, given in values_at(form, path) if not given),
    )


def _finding(fault: Fault, form: ApplicationForm) -> Finding:
    words = message(fault.code, fault.path, form)
    return Finding(fault.path, fault.code, words.th, words.en, words.how_to_fix_th, words.how_to_fix_en)
