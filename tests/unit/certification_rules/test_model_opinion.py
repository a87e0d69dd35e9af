"""A model can lower and add; it can never raise, remove or decide."""

from dataclasses import replace

import pytest

from backend.certification.ports import AiOpinion
from backend.certification.quality.merge import merge_ai
from tests.support.rule_cases import result

DIMENSIONS = ("COMPLETENESS", "DOCUMENTS", "CONSISTENCY", "EVIDENCE", "GACP_READINESS")


def opinion(score=100.0, confidence=0.9, issues=(), recommendations=(), **scores):
    return AiOpinion(
        dimension_scores=dict.fromkeys(DIMENSIONS, score) | scores,
        issues=issues,
        recommendations=recommendations,
        confidence=confidence,
        model="model-1",
        prompt_version="prompt-1",
        tokens=1234,
    )


def said(code="GAP", severity="LOW", path="notes"):
    return {"code": code, "severity": severity, "path": path, "message_th": "ไทย", "message_en": "English"}


@pytest.mark.parametrize("number", [1, 2, 4, 5])
def test_praise_changes_nothing(number):
    ours = result(base=number)
    merged = merge_ai(ours, opinion(100.0))
    assert merged == replace(ours, reviewer="GEMINI", model="model-1", prompt_version="prompt-1", tokens=1234, confidence=0.9)


@pytest.mark.parametrize("number", [1, 2, 4, 5])
def test_blame_costs_at_most_20_points(number):
    ours = result(base=number)
    merged = merge_ai(ours, opinion(0.0))
    for dimension, score in ours.dimension_scores.items():
        assert merged.dimension_scores[dimension] == pytest.approx(max(0.0, score - 20))
    assert ours.raw_score - merged.raw_score <= 20.05
    assert merged.issues == ours.issues


def test_a_lower_score_within_the_limit_is_taken_over():
    merged = merge_ai(result(), opinion(DOCUMENTS=90.0))
    assert merged.dimension_scores["DOCUMENTS"] == 90.0
    assert (merged.raw_score, merged.inspection_type) == (97.0, "VIDEO")


def test_a_score_lowered_below_the_limit_moves_the_decision():
    merged = merge_ai(result(), opinion(60.0))
    assert merged.overall_score == 79.5
    assert (merged.grade, merged.inspection_type, merged.decision_reasons) == ("C", "HYBRID", ("SCORE_HYBRID",))


def test_evidence_lowered_below_80_rules_out_a_video():
    merged = merge_ai(result({"photos.2.sharpness": 0}), opinion(EVIDENCE=79.9))
    assert merged.overall_score >= 90
    assert merged.inspection_type == "HYBRID"


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -float("inf"), 1000.0])
def test_a_score_that_is_none_changes_nothing(score):
    assert merge_ai(result(), opinion(score)).dimension_scores == result().dimension_scores


def test_a_dimension_that_the_model_left_out_stays():
    silent = replace(opinion(), dimension_scores={"DOCUMENTS": 95.0, "LUCK": 0.0})
    merged = merge_ai(result(), silent)
    assert merged.dimension_scores == result().dimension_scores | {"DOCUMENTS": 95.0}


@pytest.mark.parametrize(
    ("severity", "kept", "overall"),
    [
        ("CRITICAL", "HIGH", 84),
        ("HIGH", "HIGH", 84),
        ("MEDIUM", "MEDIUM", 99.5),
        ("LOW", "LOW", 99.5),
        ("INFO", "INFO", 99.5),
        ("TERRIBLE", "MEDIUM", 99.5),
    ],
)
def test_an_added_issue_caps_like_a_rule_but_is_never_critical(severity, kept, overall):
    merged = merge_ai(result(), opinion(issues=[said(severity=severity)]))
    [issue] = merged.issues
    assert (issue.code, issue.severity, issue.source) == ("AI_GAP", kept, "AI")
    assert merged.overall_score == overall
    assert "FORCED_ONSITE:CRITICAL_ISSUE" not in merged.decision_reasons


def test_an_added_issue_cannot_force_a_visit_by_its_name():
    merged = merge_ai(result(), opinion(issues=[said("NO_GEOTAGGED_PHOTO"), said("ADVERSE_HISTORY")]))
    assert merged.inspection_type == "VIDEO"


@pytest.mark.parametrize(
    ("code", "kept"),
    [("AI_GAP", "AI_GAP"), ("gap here!", "AI_GAP_HERE_"), ("", "AI_"), ("x" * 100, "AI_" + "X" * 64), ("<b>", "AI__B_")],
)
def test_the_code_of_an_added_issue_is_marked_and_plain(code, kept):
    [issue] = merge_ai(result(), opinion(issues=[said(code)])).issues
    assert issue.code == kept


@pytest.mark.parametrize(
    ("path", "dimension"),
    [
        ("documents.SITE_MAP", "DOCUMENTS"),
        ("photos.2", "EVIDENCE"),
        ("selfAssessment.WATER", "GACP_READINESS"),
        ("farm.area", "CONSISTENCY"),
        ("", "CONSISTENCY"),
    ],
)
def test_an_added_issue_belongs_to_the_dimension_of_its_place(path, dimension):
    [issue] = merge_ai(result(), opinion(issues=[said(path=path)])).issues
    assert issue.dimension == dimension


@pytest.mark.parametrize(
    ("code", "visible"), [("GAP", True), ("SUSPECTED_FRAUD", False), ("DOCUMENT_FORGED", False), ("PROMPT_INJECTION_SUSPECTED", False)]
)
def test_a_suspicion_of_the_model_is_for_the_reviewer(code, visible):
    [issue] = merge_ai(result(), opinion(issues=[said(code)])).issues
    assert issue.visible_to_applicant is visible


def test_no_more_than_50_issues_come_in_each_once():
    many = [said(f"GAP{number}") for number in range(60)]
    assert len(merge_ai(result(), opinion(issues=many)).issues) == 50
    assert len(merge_ai(result(), opinion(issues=[said()] * 5)).issues) == 1


def test_the_rules_issues_all_stay_and_all_are_in_one_order():
    ours = result(base=2)
    merged = merge_ai(ours, opinion(issues=[said("A", "HIGH"), said("Z", "LOW")]))
    assert set(ours.issues) < set(merged.issues)
    assert list(merged.issues) == sorted(merged.issues, key=lambda issue: issue.order)


def test_long_and_broken_texts_are_cut():
    [issue] = merge_ai(result(), opinion(issues=[said() | {"message_th": "ก" * 900, "message_en": "a\x00b", "path": "p" * 300}])).issues
    assert (len(issue.message_th), issue.message_en, len(issue.path)) == (500, "a b", 200)


@pytest.mark.parametrize("confidence", [0.59, -1.0, float("nan")])
def test_an_unsure_model_sends_somebody_to_the_farm(confidence):
    merged = merge_ai(result(), opinion(confidence=confidence))
    assert merged.inspection_type == "ONSITE"
    assert merged.decision_reasons[-1] == "FORCED_ONSITE:LOW_CONFIDENCE"


def test_confidence_is_kept_between_0_and_1():
    assert merge_ai(result(), opinion(confidence=7.0)).confidence == 1.0


def test_the_ceiling_of_the_rules_stays():
    special = {"crops.0.herbCode": "CANNABIS", "requestType": "NEW"}
    merged = merge_ai(result(special), opinion())
    assert (merged.ceiling, merged.inspection_type) == ("ONSITE", "ONSITE")


def test_recommendations_for_known_readers_are_added():
    sent = [
        {"audience": "REVIEWER", "text_th": "ดู"},
        {"audience": "WORLD", "text_th": "x"},
        {"audience": "APPLICANT", "text_th": ""},
        {"text_th": "y"},
    ]
    ours = result(base=2)
    merged = merge_ai(ours, opinion(recommendations=sent))
    assert merged.recommendations == (*ours.recommendations, {"audience": "REVIEWER", "textTh": "ดู", "textEn": "", "source": "AI"})


@pytest.mark.parametrize("audience", ["APPLICANT", "REVIEWER", "INSPECTOR"])
def test_every_reader_may_be_advised(audience):
    merged = merge_ai(result(), opinion(recommendations=[{"audience": audience, "text_th": "ดู"}]))
    assert [item["audience"] for item in merged.recommendations] == [audience]


def test_a_skipped_review_has_nothing_to_merge_with():
    skipped = result(base=7)
    assert merge_ai(skipped, opinion(0.0)) is skipped
