"""Scores from issues: five dimensions of 0 to 100 with one decimal, and the overall score under its caps (domain.md d.4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from backend.certification.form import Assessment
from backend.certification.policy_tables import Evidence, Quality
from backend.certification.quality.case import Case
from backend.certification.quality.result import Issue
from backend.certification.requirements import required_documents, required_fields, required_photos

_FULL, _NONE, _TENTH = Decimal(100), Decimal(0), Decimal("0.1")


@dataclass(frozen=True)
class Scores:
    """The overall score after caps, before them, and its grade."""

    overall: float
    raw: float
    grade: str


def rounded(score: Decimal) -> float:
    """One decimal, half up."""
    return float(score.quantize(_TENTH, ROUND_HALF_UP))


def dimension_scores(case: Case, issues: Sequence[Issue], categories: Mapping[str, float | None]) -> dict[str, float]:
    """The five dimensions; what is missing counts 0 and stays in the denominator."""
    completeness = _completeness(case, issues)
    documents = _documents(case, issues)
    consistency = min(_consistency(issues, case.quality), completeness, documents)
    scores = {
        "COMPLETENESS": completeness,
        "DOCUMENTS": documents,
        "CONSISTENCY": consistency,
        "EVIDENCE": _evidence(case, issues),
        "GACP_READINESS": _mean([Decimal(str(score)) for score in categories.values() if score is not None]),
    }
    return {dimension: rounded(score) for dimension, score in scores.items()}


def category_scores(case: Case) -> dict[str, float | None]:
    """Each of the fourteen categories, 0 to 100; None for one that does not apply."""
    return {
        name: _category(case.form.self_assessment.get(name), evidence, case) for name, evidence in case.quality.category_evidence.items()
    }


def overall(dimensions: Mapping[str, float], issues: Iterable[Issue], quality: Quality) -> Scores:
    """The weighted mean of the dimensions as stored, so that anybody can work it out again, under the cap of the worst issue."""
    weighted = sum((Decimal(str(dimensions[name])) * weight for name, weight in quality.dimension_weights.items()), _NONE)
    raw = rounded(weighted / 100)
    severities = {issue.severity for issue in issues}
    score = min([raw, *(cap for severity, cap in quality.overall_cap.items() if severity in severities)])
    grade = next(grade for grade, least in quality.grades.items() if score >= least)
    return Scores(score, raw, grade)


def _completeness(case: Case, issues: Sequence[Issue]) -> Decimal:
    required = required_fields(case.form, case.policy)
    missing = sum(issue.code == "FIELD_MISSING" for issue in issues)
    return _FULL * (len(required) - missing) / len(required)


def _documents(case: Case, issues: Sequence[Issue]) -> Decimal:
    worst = _worst_values(issues, case.quality)
    values = [
        max((worst.get(f"documents.{name}", Decimal(1)) for name in slot.split("|") if name in case.documents), default=_NONE)
        for slot in required_documents(case.form, case.policy)
    ]
    return _mean(values) * _FULL


def _worst_values(issues: Sequence[Issue], quality: Quality) -> dict[str, Decimal]:
    """The value of each document that has an issue; an expired official paper is worth nothing."""
    worst: dict[str, Decimal] = {}
    for issue in issues:
        if issue.code in quality.document_values:
            expired_official = issue.code == "DOCUMENT_EXPIRED" and issue.severity == "HIGH"
            value = _NONE if expired_official else quality.document_values[issue.code]
            worst[issue.path] = min(value, worst.get(issue.path, value))
    return worst


def _consistency(issues: Sequence[Issue], quality: Quality) -> Decimal:
    penalty = sum(quality.consistency_penalty[issue.severity] for issue in issues if issue.dimension == "CONSISTENCY")
    return max(_NONE, _FULL - penalty)


def _evidence(case: Case, issues: Sequence[Issue]) -> Decimal:
    values = _photo_values(case, issues)
    best: list[Decimal] = []
    needed = required_photos(case.form, case.policy)
    for slot, count in needed:
        in_slot = sorted((value for name, value in values if name == slot), reverse=True)[:count]
        best += in_slot + [_NONE] * (count - len(in_slot))
    penalty = sum(case.quality.photo_penalties.get(issue.code, 0) for issue in issues)
    return max(_NONE, _mean(best) * _FULL - penalty)


def _photo_values(case: Case, issues: Sequence[Issue]) -> list[tuple[str | None, Decimal]]:
    values = [Decimal(1)] * len(case.form.photos)
    for issue in issues:
        if issue.code in case.quality.photo_values:
            index = int(issue.path.removeprefix("photos."))
            values[index] = min(values[index], case.quality.photo_values[issue.code])
    return [(photo.slot, value) for photo, value in zip(case.form.photos, values, strict=True)]


def _category(assessment: Assessment | None, evidence: Evidence, case: Case) -> float | None:
    status = assessment.status if assessment else None
    scores = case.quality.category_scores
    if status == "NOT_APPLICABLE":
        return None
    if status == "COMPLIANT":
        return float(scores.with_evidence if _is_proven(evidence, case) else scores.without_evidence)
    return float(scores.partial if status == "PARTIAL" else 0)


def _is_proven(evidence: Evidence, case: Case) -> bool:
    return any(section in case.form.sop_sections for section in evidence.sop) or any(slot in case.documents for slot in evidence.doc)


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, _NONE) / len(values) if values else _NONE
