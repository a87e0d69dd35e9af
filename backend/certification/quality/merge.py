"""Joins a model's opinion to the rules' result: it can lower a score and add an issue, never raise, remove or decide."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from backend.certification.policy import Policy
from backend.certification.policy_tables import Quality
from backend.certification.ports import AiOpinion
from backend.certification.quality.decision import VIDEO, decide
from backend.certification.quality.result import COMPLETED, GEMINI, SEVERITIES, SKIPPED, Issue, QcResult
from backend.certification.quality.scoring import overall, rounded

_AUDIENCES = frozenset({"APPLICANT", "REVIEWER", "INSPECTOR"})
_LONGEST_TEXT, _LONGEST_CODE, _LONGEST_PATH = 500, 64, 200
_DIMENSION_OF_PATH = {"documents": "DOCUMENTS", "photos": "EVIDENCE", "selfAssessment": "GACP_READINESS"}
_PREFIX = "AI_"


def merge_ai(result: QcResult, opinion: AiOpinion) -> QcResult:
    """The result with the opinion, scored, capped and decided anew (domain.md d.7).

    A dimension falls by at most 20 points; at most 50 issues come in, under `AI_`, a CRITICAL one as HIGH. A confidence
    under 0.6, or one that is no number, means ONSITE. A SKIPPED result has nothing to merge with.
    """
    if result.status == SKIPPED:
        return result
    quality = Policy.in_force(result.as_of).quality
    dimensions = _lowered(result.dimension_scores, opinion.dimension_scores, quality.decision.ai_max_deduction_per_dimension)
    issues = tuple(sorted((*result.issues, *_added(opinion, quality)), key=lambda issue: issue.order))
    scores = overall(dimensions, issues, quality)
    confidence = _within(opinion.confidence, 1.0, if_unusable=0.0)
    decision = decide(scores.overall, issues, dimensions["EVIDENCE"], quality, ceiling=result.ceiling or VIDEO, confidence=confidence)
    return replace(
        result,
        status=COMPLETED,
        reviewer=GEMINI,
        model=opinion.model,
        prompt_version=opinion.prompt_version,
        tokens=opinion.tokens,
        confidence=confidence,
        dimension_scores=dimensions,
        issues=issues,
        overall_score=scores.overall,
        raw_score=scores.raw,
        grade=scores.grade,
        inspection_type=decision.inspection_type,
        decision_reasons=decision.reasons,
        recommendations=(*result.recommendations, *_recommendations(opinion, quality)),
    )


def _lowered(ours: Mapping[str, float], theirs: Mapping[str, float], most: float) -> dict[str, float]:
    return {name: _lower(score, theirs.get(name, score), most) for name, score in ours.items()}


def _lower(ours: float, theirs: float, most: float) -> float:
    floor = max(0.0, ours - most)
    return rounded(Decimal(str(max(floor, min(ours, _within(theirs, 100.0, if_unusable=ours))))))


def _within(value: float, most: float, *, if_unusable: float) -> float:
    return min(most, max(0.0, value)) if math.isfinite(value) else if_unusable


def _added(opinion: AiOpinion, quality: Quality) -> list[Issue]:
    issues = dict.fromkeys(_issue(raw, quality) for raw in opinion.issues)
    return list(issues)[: quality.ai_max_issues]


def _issue(raw: Mapping[str, str], quality: Quality) -> Issue:
    code = _PREFIX + re.sub(r"[^A-Z0-9_]", "_", _text(raw, "code", _LONGEST_CODE).upper()).removeprefix(_PREFIX)
    path = _text(raw, "path", _LONGEST_PATH)
    return Issue(
        code=code,
        severity=_severity(raw.get("severity", "")),
        dimension=_DIMENSION_OF_PATH.get(path.partition(".")[0], "CONSISTENCY"),
        path=path,
        message_th=_text(raw, "message_th", _LONGEST_TEXT),
        message_en=_text(raw, "message_en", _LONGEST_TEXT),
        source="AI",
        visible_to_applicant=not any(word in code for word in quality.ai_suspicion_words),
    )


def _severity(said: str) -> str:
    if said == "CRITICAL":
        return "HIGH"  # only a rule may force a visit: a model can err, and can be talked into anything
    return said if said in SEVERITIES else "MEDIUM"


def _recommendations(opinion: AiOpinion, quality: Quality) -> list[dict[str, str]]:
    known = [raw for raw in opinion.recommendations if raw.get("audience") in _AUDIENCES and raw.get("text_th")]
    chosen = known[: quality.ai_max_issues]
    return [{"audience": raw["audience"], "textTh": _text(raw, "text_th", _LONGEST_TEXT), "textEn": "", "source": "AI"} for raw in chosen]


def _text(raw: Mapping[str, str], key: str, longest: int) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", " ", str(raw.get(key, "")))[:longest].strip()
