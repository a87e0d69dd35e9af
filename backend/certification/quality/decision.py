"""Which form of inspection follows (domain.md d.6); nobody else decides, least of all a model."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.certification.circumstances import holds
from backend.certification.policy_tables import Quality
from backend.certification.quality.result import Issue

VIDEO, HYBRID, ONSITE = "VIDEO", "HYBRID", "ONSITE"
REVIEW_UNAVAILABLE = "FALLBACK:REVIEW_UNAVAILABLE"


@dataclass(frozen=True)
class Decision:
    """The form of inspection, and every reason for it in the order in which it was applied."""

    inspection_type: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class PolicyCeiling:
    """The most remote form that the policy allows, and why it is not VIDEO."""

    type: str
    reasons: tuple[str, ...]


def ceiling_of(circumstances: frozenset[str], issues: Iterable[Issue], quality: Quality) -> PolicyCeiling:
    """The strictest ceiling whose conditions hold; facts nobody has checked count as a circumstance."""
    unchecked = {"UNCHECKED_FACTS"} if any(issue.code == "CHECK_NOT_PERFORMED" for issue in issues) else set()
    found = [ceiling for ceiling in quality.ceilings if holds(ceiling.when, circumstances | unchecked)]
    strictest = _strictest([VIDEO, *(ceiling.type for ceiling in found)], quality)
    return PolicyCeiling(strictest, tuple(ceiling.reason for ceiling in found))


def decide(
    overall: float | None,
    issues: Iterable[Issue],
    evidence: float,
    quality: Quality,
    *,
    ceiling: str = VIDEO,
    confidence: float | None = None,
) -> Decision:
    """The form of inspection for a score of 0 to 100, its issues and the evidence score.

    `overall` of None means that there is no usable result: ONSITE. `confidence` is the model's, None without a model.
    """
    if overall is None:
        return Decision(ONSITE, (REVIEW_UNAVAILABLE,))
    issues = tuple(issues)
    by_score = _by_score(overall, issues, evidence, quality)
    forced = [f"FORCED_ONSITE:{reason}" for reason in _forced(issues, quality, confidence)]
    allowed = ONSITE if forced else by_score
    chosen = _strictest([allowed, ceiling], quality)
    lowered = [f"CEILING:{ceiling}"] if chosen != allowed else []
    return Decision(chosen, (f"SCORE_{by_score}", *forced, *lowered))


def _by_score(overall: float, issues: tuple[Issue, ...], evidence: float, quality: Quality) -> str:
    limits = quality.decision
    grave = any(issue.severity in {"CRITICAL", "HIGH"} for issue in issues)
    if overall >= limits.video_min and not grave and evidence >= limits.evidence_min_for_video:
        return VIDEO
    return HYBRID if overall >= limits.hybrid_min else ONSITE


def _forced(issues: tuple[Issue, ...], quality: Quality, confidence: float | None) -> list[str]:
    reasons = [rule.reason for rule in quality.forced_onsite if any(rule.severity == i.severity or rule.code == i.code for i in issues)]
    if confidence is not None and confidence < quality.decision.confidence_min:
        reasons.append("LOW_CONFIDENCE")
    return reasons


def _strictest(types: list[str], quality: Quality) -> str:
    return min(types, key=quality.decision.remoteness.index)
