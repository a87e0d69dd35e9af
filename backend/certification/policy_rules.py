"""The rule book of the product: the dated policy tables, applied by validation and the quality rules."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from backend.certification.application import Application
from backend.certification.form import ApplicationForm
from backend.certification.ports import AiOpinion
from backend.certification.quality.merge import merge_ai
from backend.certification.quality.outcome import outcome
from backend.certification.quality.redaction import redact
from backend.certification.quality.result import QcResult
from backend.certification.quality.review import fallback, review
from backend.certification.validation import validate
from backend.errors import FieldError


class PolicyRules:
    """The `RuleBook` on the tables in force on the day in question."""

    def findings(self, form: ApplicationForm, on: date) -> tuple[FieldError, ...]:
        return tuple(finding.to_field_error() for finding in validate(form, on))

    def precheck(self, form: ApplicationForm, on: date) -> dict[str, Any]:
        return outcome(form, on, full=True)

    def review(self, application: Application, on: date, run_id: str) -> QcResult:
        return review(application.form, on, application_id=application.id, application_version=application.version, run_id=run_id)

    def facts(self, application: Application, on: date) -> Mapping[str, Any]:
        return redact(application.form, on)

    def merge(self, result: QcResult, opinion: AiOpinion) -> QcResult:
        return merge_ai(result, opinion)

    def degraded(self, result: QcResult, reason: str) -> QcResult:
        return fallback(reason, result.as_of, rules=result)

    def failed(self, application: Application, on: date, run_id: str, reason: str) -> QcResult:
        return fallback(reason, on, application_id=application.id, application_version=application.version, run_id=run_id)
