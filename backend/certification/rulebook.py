"""The rules as the use cases see them, so that a test can hand in rules that fail."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from backend.certification.application import Application
from backend.certification.form import ApplicationForm
from backend.certification.ports import AiOpinion
from backend.certification.quality.result import QcResult
from backend.errors import FieldError


class RuleBook(Protocol):
    """The policy in force on a day, applied. Everything here is pure: the same input gives the same answer."""

    def findings(self, form: ApplicationForm, on: date) -> tuple[FieldError, ...]:
        """What stops the form from being submitted that day; empty where nothing does."""

    def precheck(self, form: ApplicationForm, on: date) -> dict[str, Any]:
        """`{submitAllowed, validationErrors, requiredDocuments, qc}`: what the applicant may see before submitting."""

    def review(self, application: Application, on: date, run_id: str) -> QcResult:
        """The quality check by the rules; SKIPPED for a replacement certificate."""

    def facts(self, application: Application, on: date) -> Mapping[str, Any]:
        """What a model may read: without names, numbers, addresses and exact places."""

    def merge(self, result: QcResult, opinion: AiOpinion) -> QcResult:
        """The result with a model's opinion, which can lower a score and add an issue, never raise or decide."""

    def degraded(self, result: QcResult, reason: str) -> QcResult:
        """No model could be asked: the rules' issues stay, the inspection is on site."""

    def failed(self, application: Application, on: date, run_id: str, reason: str) -> QcResult:
        """The rules themselves gave no result: nothing is known, the inspection is on site."""
