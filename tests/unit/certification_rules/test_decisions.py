"""The form of inspection: by score, forced, under a ceiling; decided in one place."""

import pytest

from backend.certification.quality.decision import ceiling_of, decide
from backend.certification.quality.result import Issue
from tests.support.rule_cases import GONE, POLICY, result

QUALITY = POLICY.quality


def issue(severity="MEDIUM", code="X"):
    return Issue(code, severity, "DOCUMENTS", "x")


@pytest.mark.parametrize(
    ("overall", "severities", "evidence", "kind"),
    [
        (90.0, [], 80.0, "VIDEO"),
        (100.0, ["MEDIUM", "LOW", "INFO"], 100.0, "VIDEO"),
        (89.9, [], 100.0, "HYBRID"),
        (90.0, [], 79.9, "HYBRID"),
        (84.0, ["HIGH"], 100.0, "HYBRID"),
        (95.0, ["HIGH"], 100.0, "HYBRID"),
        (70.0, [], 0.0, "HYBRID"),
        (69.9, [], 100.0, "ONSITE"),
        (0.0, [], 0.0, "ONSITE"),
    ],
)
def test_the_score_proposes(overall, severities, evidence, kind):
    decision = decide(overall, [issue(severity) for severity in severities], evidence, QUALITY)
    assert (decision.inspection_type, decision.reasons) == (kind, (f"SCORE_{kind}",))


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (issue("CRITICAL"), "CRITICAL_ISSUE"),
        (issue(code="NO_GEOTAGGED_PHOTO"), "NO_GEOTAGGED_PHOTO"),
        (issue("HIGH", "ADVERSE_HISTORY"), "ADVERSE_HISTORY"),
        (issue("HIGH", "PROMPT_INJECTION_SUSPECTED"), "PROMPT_INJECTION_SUSPECTED"),
    ],
)
def test_some_issues_force_a_visit(found, reason):
    decision = decide(80.0, [found], 100.0, QUALITY)
    assert (decision.inspection_type, decision.reasons) == ("ONSITE", ("SCORE_HYBRID", f"FORCED_ONSITE:{reason}"))


@pytest.mark.parametrize(
    ("confidence", "kind", "reasons"),
    [
        (None, "VIDEO", ("SCORE_VIDEO",)),
        (0.6, "VIDEO", ("SCORE_VIDEO",)),
        (0.59, "ONSITE", ("SCORE_VIDEO", "FORCED_ONSITE:LOW_CONFIDENCE")),
        (0.0, "ONSITE", ("SCORE_VIDEO", "FORCED_ONSITE:LOW_CONFIDENCE")),
    ],
)
def test_a_model_that_is_not_sure_forces_a_visit(confidence, kind, reasons):
    decision = decide(100.0, [], 100.0, QUALITY, confidence=confidence)
    assert (decision.inspection_type, decision.reasons) == (kind, reasons)


@pytest.mark.parametrize(
    ("overall", "ceiling", "kind", "reasons"),
    [
        (100.0, "VIDEO", "VIDEO", ("SCORE_VIDEO",)),
        (100.0, "HYBRID", "HYBRID", ("SCORE_VIDEO", "CEILING:HYBRID")),
        (100.0, "ONSITE", "ONSITE", ("SCORE_VIDEO", "CEILING:ONSITE")),
        (75.0, "HYBRID", "HYBRID", ("SCORE_HYBRID",)),
        (75.0, "ONSITE", "ONSITE", ("SCORE_HYBRID", "CEILING:ONSITE")),
        (10.0, "HYBRID", "ONSITE", ("SCORE_ONSITE",)),
    ],
)
def test_a_ceiling_lowers_and_never_raises(overall, ceiling, kind, reasons):
    decision = decide(overall, [], 100.0, QUALITY, ceiling=ceiling)
    assert (decision.inspection_type, decision.reasons) == (kind, reasons)


def test_a_ceiling_that_changes_nothing_is_no_reason():
    decision = decide(100.0, [issue("CRITICAL")], 100.0, QUALITY, ceiling="ONSITE")
    assert decision.reasons == ("SCORE_HYBRID", "FORCED_ONSITE:CRITICAL_ISSUE")


def test_all_reasons_for_a_visit_are_told_in_one_order():
    found = [
        issue("HIGH", "PROMPT_INJECTION_SUSPECTED"),
        issue("HIGH", "ADVERSE_HISTORY"),
        issue("CRITICAL"),
        issue(code="NO_GEOTAGGED_PHOTO"),
    ]
    reasons = decide(59.0, found, 0.0, QUALITY, confidence=0.1).reasons
    assert reasons == (
        "SCORE_ONSITE",
        "FORCED_ONSITE:CRITICAL_ISSUE",
        "FORCED_ONSITE:NO_GEOTAGGED_PHOTO",
        "FORCED_ONSITE:ADVERSE_HISTORY",
        "FORCED_ONSITE:PROMPT_INJECTION_SUSPECTED",
        "FORCED_ONSITE:LOW_CONFIDENCE",
    )


def test_without_a_usable_result_somebody_goes():
    decision = decide(None, [], 100.0, QUALITY)
    assert (decision.inspection_type, decision.reasons) == ("ONSITE", ("FALLBACK:REVIEW_UNAVAILABLE",))


@pytest.mark.parametrize(
    ("circumstances", "kind", "reasons"),
    [
        (set(), "VIDEO", ()),
        ({"NEW", "SPECIAL_REGIME"}, "ONSITE", ("SPECIAL_REGIME_NEW", "SPECIAL_REGIME")),
        ({"RENEWAL", "SPECIAL_REGIME"}, "HYBRID", ("SPECIAL_REGIME",)),
        ({"NEW", "PROCESSING"}, "HYBRID", ("NEW_PROCESSING_OR_COLLECTION",)),
        ({"NEW", "COLLECTION"}, "HYBRID", ("NEW_PROCESSING_OR_COLLECTION",)),
        ({"RENEWAL", "PROCESSING"}, "VIDEO", ()),
        ({"NEW", "CULTIVATION"}, "VIDEO", ()),
    ],
)
def test_policy_sets_a_ceiling(circumstances, kind, reasons):
    ceiling = ceiling_of(frozenset(circumstances), [], QUALITY)
    assert (ceiling.type, ceiling.reasons) == (kind, reasons)


def test_unchecked_facts_set_a_ceiling_too():
    ceiling = ceiling_of(frozenset(), [issue("INFO", "CHECK_NOT_PERFORMED")], QUALITY)
    assert (ceiling.type, ceiling.reasons) == ("HYBRID", ("CHECKS_NOT_PERFORMED",))


@pytest.mark.parametrize(
    ("changes", "kind", "ceiling"),
    [
        ({}, "VIDEO", "VIDEO"),
        ({"crops.0.herbCode": "CANNABIS"}, "HYBRID", "HYBRID"),
        ({"crops.0.herbCode": "KRATOM"}, "HYBRID", "HYBRID"),
        ({"crops.0.herbCode": "CANNABIS", "requestType": "NEW"}, "ONSITE", "ONSITE"),
        ({"certificationScopes": ["CULTIVATION", "PROCESSING"]}, "HYBRID", "VIDEO"),
        ({"documents.LAND_RIGHTS.areaOnDocument": GONE}, "HYBRID", "HYBRID"),
    ],
)
def test_a_whole_application_is_decided(changes, kind, ceiling):
    found = result({"crops.0.scientificName": "", "crops.0.expectedYieldKgPerCycle": 3000} | changes)
    assert (found.inspection_type, found.ceiling) == (kind, ceiling)
