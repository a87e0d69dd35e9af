"""The rule-based review of an application: pure, offline, reproducible (domain.md d.2 to d.6)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from time import perf_counter
from typing import Any

from backend.certification.form import ApplicationForm
from backend.certification.messages.texts import reasons_of
from backend.certification.policy import Policy
from backend.certification.quality.case import Case
from backend.certification.quality.catalogue import issue_of
from backend.certification.quality.decision import ONSITE, REVIEW_UNAVAILABLE, ceiling_of, decide
from backend.certification.quality.recommendations import recommend
from backend.certification.quality.result import COMPLETED, DEGRADED, FAILED, FALLBACK, RULES, SKIPPED, Issue, QcResult
from backend.certification.quality.rules import completeness, documents, identity, photos, practices, readiness, suspicion
from backend.certification.quality.scoring import category_scores, dimension_scores, overall
from backend.certification.requirements import missing_documents, missing_photos

_RULES = (completeness, documents, photos, identity, practices, readiness, suspicion)


def review(
    form: ApplicationForm,
    as_of: date,
    policy: Policy | None = None,
    *,
    application_id: str = "",
    application_version: int = 1,
    run_id: str = "",
) -> QcResult:
    """Review by the rules in force on that day; a request for a replacement is SKIPPED, for nothing is inspected."""
    started = perf_counter()
    case = Case(form, as_of, policy or Policy.in_force(as_of))
    result = QcResult(
        as_of=as_of,
        status=SKIPPED,
        reviewer=RULES,
        ruleset=case.policy.ruleset,
        run_id=run_id,
        application_id=application_id,
        application_version=application_version,
        input_sha256=input_sha256(form),
    )
    if form.request_type != "REPLACEMENT":
        result = _reviewed(result, case)
    return replace(result, duration_ms=round((perf_counter() - started) * 1000))


def fallback(
    reason: str, as_of: date, *, rules: QcResult | None = None, application_id: str = "", application_version: int = 1, run_id: str = ""
) -> QcResult:
    """What stands in where no usable review came about: ONSITE, for absence of evidence cannot justify less scrutiny.

    With the rules' own result the model failed: DEGRADED, and the rules' issues stay for the reviewer. Without it the
    rules failed: FAILED, and nothing is known. `reason` is kept for officers: an error id, never an applicant's text.
    """
    if rules is not None and rules.status == SKIPPED:
        return rules
    known = rules or QcResult(
        as_of=as_of,
        status=FAILED,
        reviewer=FALLBACK,
        ruleset=Policy.in_force(as_of).ruleset,
        run_id=run_id,
        application_id=application_id,
        application_version=application_version,
    )
    return replace(
        known,
        status=DEGRADED if rules else FAILED,
        reviewer=FALLBACK,
        inspection_type=ONSITE,
        decision_reasons=(REVIEW_UNAVAILABLE,),
        error=reason,
    )


def find_issues(case: Case) -> tuple[Issue, ...]:
    """Every issue of every rule, the worst first, each once."""
    faults = dict.fromkeys(fault for rule in _RULES for fault in rule.find(case))
    return tuple(sorted((issue_of(fault, case.form, case.quality) for fault in faults), key=lambda issue: issue.order))


def input_sha256(form: ApplicationForm) -> str:
    """A hash of what was reviewed, to tell two runs apart without keeping the text."""
    text = json.dumps(form.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _reviewed(result: QcResult, case: Case) -> QcResult:
    issues = find_issues(case)
    categories = category_scores(case)
    dimensions = dimension_scores(case, issues, categories)
    scores = overall(dimensions, issues, case.quality)
    ceiling = ceiling_of(case.circumstances, issues, case.quality)
    decision = decide(scores.overall, issues, dimensions["EVIDENCE"], case.quality, ceiling=ceiling.type)
    return replace(
        result,
        status=COMPLETED,
        overall_score=scores.overall,
        raw_score=scores.raw,
        grade=scores.grade,
        dimension_scores=dimensions,
        category_scores=categories,
        issues=issues,
        missing_documents=_missing_documents(case),
        missing_photos=_missing_photos(case),
        checks_not_performed=tuple(issue.path for issue in issues if issue.code == "CHECK_NOT_PERFORMED"),
        recommendations=recommend(issues, case.form),
        inspection_type=decision.inspection_type,
        ceiling=ceiling.type,
        ceiling_reasons=ceiling.reasons,
        decision_reasons=decision.reasons,
    )


def _missing_documents(case: Case) -> tuple[Mapping[str, Any], ...]:
    rules = {rule.slot: rule for rule in reversed(case.policy.requirements.documents)}
    found = []
    for slot in missing_documents(case.form, case.policy):
        why = reasons_of(code for group in rules[slot].when for code in group if code in case.circumstances)
        found.append({"slot": slot, "reason": why.en, "reasonTh": why.th})
    return tuple(found)


def _missing_photos(case: Case) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        {"slot": slot, "required": required, "present": present} for slot, required, present in missing_photos(case.form, case.policy)
    )
