"""What one quality check found: the structured result that is stored, one per run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

COMPLETED, DEGRADED, FAILED, SKIPPED = "COMPLETED", "DEGRADED", "FAILED", "SKIPPED"
RULES, GEMINI, FALLBACK = "RULES", "GEMINI", "FALLBACK"
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO")


@dataclass(frozen=True)
class Issue:
    """One thing that is missing, wrong or doubtful; `path` is where in the form, `source` RULE or AI."""

    code: str
    severity: str
    dimension: str
    path: str
    message_th: str = ""
    message_en: str = ""
    how_to_fix_th: str = ""
    how_to_fix_en: str = ""
    source: str = "RULE"
    visible_to_applicant: bool = True

    @property
    def order(self) -> tuple[int, str, str]:
        """Worst first, then by code and path."""
        return SEVERITIES.index(self.severity), self.code, self.path

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "dimension": self.dimension,
            "path": self.path,
            "messageTh": self.message_th,
            "messageEn": self.message_en,
            "source": self.source,
            "visibleToApplicant": self.visible_to_applicant,
            "howToFixTh": self.how_to_fix_th,
            "howToFixEn": self.how_to_fix_en,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            code=data["code"],
            severity=data["severity"],
            dimension=data["dimension"],
            path=data["path"],
            message_th=data.get("messageTh", ""),
            message_en=data.get("messageEn", ""),
            how_to_fix_th=data.get("howToFixTh", ""),
            how_to_fix_en=data.get("howToFixEn", ""),
            source=data.get("source", "RULE"),
            visible_to_applicant=data.get("visibleToApplicant", True),
        )


@dataclass(frozen=True)
class QcResult:
    """The result of domain.md d.3: scores are 0 to 100 with one decimal, or None where nothing was scored.

    `inspection_type` is None only where the check was SKIPPED; a category of None does not apply to the farm.
    """

    as_of: date
    status: str
    reviewer: str
    ruleset: str
    run_id: str = ""
    application_id: str = ""
    application_version: int = 1
    model: str | None = None
    prompt_version: str | None = None
    input_sha256: str = ""
    duration_ms: int = field(default=0, compare=False)
    attempts: int = 1
    tokens: int | None = None
    overall_score: float | None = None
    raw_score: float | None = None
    grade: str | None = None
    dimension_scores: Mapping[str, float] = field(default_factory=dict)
    category_scores: Mapping[str, float | None] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    missing_documents: Sequence[Mapping[str, Any]] = ()  # slot, reason
    missing_photos: Sequence[Mapping[str, Any]] = ()  # slot, required, present
    checks_not_performed: tuple[str, ...] = ()
    recommendations: Sequence[Mapping[str, str]] = ()  # audience, textTh, textEn
    inspection_type: str | None = None
    ceiling: str | None = None
    ceiling_reasons: tuple[str, ...] = ()
    decision_reasons: tuple[str, ...] = ()
    confidence: float | None = None
    error: str | None = None
    override: Mapping[str, Any] | None = None

    @property
    def issue_counts(self) -> dict[str, int]:
        """How many issues of each severity, worst first, none left out but the absent."""
        counts = Counter(issue.severity for issue in self.issues)
        return {severity: counts[severity] for severity in SEVERITIES if counts[severity]}

    def to_json(self) -> dict[str, Any]:
        """The result in camelCase; a SKIPPED one has null where nothing was looked at."""
        skipped = self.status == SKIPPED
        return {
            "runId": self.run_id,
            "applicationId": self.application_id,
            "applicationVersion": self.application_version,
            "asOf": self.as_of.isoformat(),
            "status": self.status,
            "reviewer": self.reviewer,
            "ruleset": self.ruleset,
            "model": self.model,
            "promptVersion": self.prompt_version,
            "inputSha256": self.input_sha256,
            "durationMs": self.duration_ms,
            "attempts": self.attempts,
            "tokens": self.tokens,
            "overallScore": self.overall_score,
            "rawScore": self.raw_score,
            "grade": self.grade,
            "dimensionScores": dict(self.dimension_scores) or None,
            "categoryScores": dict(self.category_scores) or None,
            "issues": [issue.to_json() for issue in self.issues],
            "issueCounts": self.issue_counts,
            "missingDocuments": [dict(item) for item in self.missing_documents],
            "missingPhotos": [dict(item) for item in self.missing_photos],
            "checksNotPerformed": None if skipped else list(self.checks_not_performed),
            "recommendations": [dict(item) for item in self.recommendations],
            "inspectionType": self.inspection_type,
            "ceiling": self.ceiling,
            "ceilingReasons": list(self.ceiling_reasons),
            "decisionReasons": None if skipped else list(self.decision_reasons),
            "confidence": self.confidence,
            "error": self.error,
            "override": dict(self.override) if self.override else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        return cls(
            as_of=date.fromisoformat(data["asOf"]),
            status=data["status"],
            reviewer=data["reviewer"],
            ruleset=data["ruleset"],
            run_id=data["runId"],
            application_id=data["applicationId"],
            application_version=data["applicationVersion"],
            model=data["model"],
            prompt_version=data["promptVersion"],
            input_sha256=data["inputSha256"],
            duration_ms=data["durationMs"],
            attempts=data["attempts"],
            tokens=data["tokens"],
            overall_score=data["overallScore"],
            raw_score=data["rawScore"],
            grade=data["grade"],
            dimension_scores=data["dimensionScores"] or {},
            category_scores=data["categoryScores"] or {},
            issues=tuple(Issue.from_json(issue) for issue in data["issues"]),
            missing_documents=tuple(data["missingDocuments"]),
            missing_photos=tuple(data["missingPhotos"]),
            checks_not_performed=tuple(data["checksNotPerformed"] or ()),
            recommendations=tuple(data["recommendations"]),
            inspection_type=data["inspectionType"],
            ceiling=data["ceiling"],
            ceiling_reasons=tuple(data.get("ceilingReasons", ())),
            decision_reasons=tuple(data["decisionReasons"] or ()),
            confidence=data["confidence"],
            error=data.get("error"),
            override=data["override"],
        )
