"""Scores: what is missing counts nothing and stays in the mean; caps and grades; rounding half up."""

from decimal import Decimal

import pytest

from backend.certification.quality.case import Case
from backend.certification.quality.result import Issue
from backend.certification.quality.review import find_issues
from backend.certification.quality.scoring import dimension_scores, overall, rounded
from tests.support.rule_cases import AS_OF, GONE, POLICY, form, result

QUALITY = POLICY.quality
DIMENSIONS = tuple(QUALITY.dimension_weights)


def scores(changes=None, base=1):
    return result(changes, base).dimension_scores


def issue(severity):
    return Issue("X", severity, "DOCUMENTS", "x")


@pytest.mark.parametrize(
    ("exact", "shown"), [("89.95", 90.0), ("89.949", 89.9), ("0.05", 0.1), ("0", 0.0), ("100", 100.0), ("33.333", 33.3), ("66.65", 66.7)]
)
def test_scores_have_one_decimal_half_up(exact, shown):
    assert rounded(Decimal(exact)) == shown


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({}, 100.0),
        ({"documents.SITE_MAP": GONE}, 85.7),
        ({"documents.SITE_MAP.mime": "text/html"}, 85.7),
        ({"documents.SITE_MAP.legibility": "UNREADABLE"}, 85.7),
        ({"documents.SITE_MAP.legibility": "POOR"}, 92.9),
        ({"documents.SITE_MAP.expiresOn": "2026-01-01"}, 92.9),
        ({"documents.SITE_MAP.issuedOn": "2027-01-01"}, 92.9),
        ({"documents.ID_CARD.expiresOn": "2026-01-01"}, 85.7),
        ({"documents.SITE_MAP.legibility": "POOR", "documents.SITE_MAP.expiresOn": "2026-01-01"}, 92.9),
        ({"documents.ID_CARD.legibility": "POOR", "documents.ID_CARD.expiresOn": "2026-01-01"}, 85.7),
        ({"documents.SOIL_TEST.legibility": "UNREADABLE"}, 100.0),
        ({"documents": []}, 0.0),
    ],
)
def test_the_documents_score_is_the_mean_over_what_is_required(changes, score):
    assert scores(changes)["DOCUMENTS"] == score


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({}, 100.0),
        ({"documents.POLICE_REPORT": GONE}, 50.0),
        ({"documents.POLICE_REPORT.legibility": "UNREADABLE"}, 50.0),
        ({"documents.POLICE_REPORT.legibility": "UNREADABLE", "documents.+": {"slot": "DAMAGED_CERTIFICATE"}}, 100.0),
        ({"documents.POLICE_REPORT": GONE, "documents.+": {"slot": "DAMAGED_CERTIFICATE", "legibility": "POOR"}}, 75.0),
    ],
)
def test_of_two_papers_of_which_either_will_do_the_better_one_counts(changes, score):
    case = Case(form(changes, base=7), AS_OF, POLICY)
    assert dimension_scores(case, find_issues(case), {})["DOCUMENTS"] == score


def test_a_company_certificate_that_is_too_old_counts_half():
    assert scores({"documents.COMPANY_CERTIFICATE.issuedOn": "2026-10-01"}, base=5)["DOCUMENTS"] == 61.1
    assert scores(base=5)["DOCUMENTS"] == 55.6


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({}, 100.0),
        ({"photos": []}, 0.0),
        ({"photos.0": GONE}, 83.3),
        ({"photos.2.mime": "image/gif"}, 83.3),
        ({"photos.2.sharpness": 0}, 91.7),
        ({"photos.2.width": 1}, 91.7),
        ({"photos.2.takenOn": "2020-01-01"}, 91.7),
        ({"photos.2.sharpness": 0, "photos.2.width": 1, "photos.2.takenOn": "2020-01-01"}, 91.7),
        ({"photos.2.gps": {"lat": 9.0, "lng": 98.9035}}, 95.0),  # 9.5 km: still shown, 5 off
        ({"photos.2.gps": {"lat": 10.0, "lng": 98.9035}}, 63.3),  # 120 km: worth nothing, 20 off
        ({"photos.5.sha256": "47e36e65705ffc9c3f186e0d4e3c1601d9a7b0b5b38ade6619ae0349449e0cab"}, 68.3),  # worth nothing, 15 off
        ({"photos.+": {"slot": "SURROUNDINGS", "sharpness": 0.1}}, 100.0),  # the best one counts
        ({"photos.2.sharpness": 0, "photos.+": {"slot": "SURROUNDINGS"}}, 100.0),
        ({"photos.+": {"slot": "SIGNAGE", "gps": {"lat": 10.0, "lng": 98.9}}}, 80.0),  # a penalty also for what nobody asked for
    ],
)
def test_the_evidence_score_is_the_mean_of_the_best_photos_less_penalties(changes, score):
    assert scores(changes)["EVIDENCE"] == score


def test_penalties_end_at_nothing():
    assert scores({f"photos.{index}.gps": {"lat": 10, "lng": 98.9} for index in range(6)})["EVIDENCE"] == 0.0


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({"farm.water.sources": ["UNTREATED_WASTEWATER"]}, 40.0),
        ({"farm.land.leaseEndsOn": "2020-01-01"}, 75.0),
        ({"practices.pesticides.0.registrationNo": ""}, 90.0),
        ({"documents.SOIL_TEST.issuedOn": "2020-01-01"}, 97.0),
        ({"documents.LAND_RIGHTS.areaOnDocument": {}}, 100.0),
        ({"applicant.phone": "1"}, 75.0),
        ({"applicant.nationalId": "1000100001014"}, 0.0),  # not valid, and not the card's
        ({"documents.SITE_MAP.legibility": "POOR"}, 92.9),  # never above DOCUMENTS
        ({"farm.nameTh": ""}, 97.1),  # never above COMPLETENESS
        ({"photos.2.sharpness": 0}, 100.0),
        ({"selfAssessment.WATER": {"status": "NON_COMPLIANT", "note": "x"}}, 100.0),
        ({"history.rejectedOrSanctionedWithin24Months": True}, 75.0),
    ],
)
def test_contradictions_cost_consistency(changes, score):
    assert scores(changes)["CONSISTENCY"] == score


@pytest.mark.parametrize(
    ("changes", "score"), [({}, 100.0), ({"farm.nameTh": ""}, 97.1), ({"applicant.phone": "wrong"}, 100.0), ({"crops": []}, 96.6)]
)
def test_completeness_counts_what_is_filled_in(changes, score):
    assert scores(changes)["COMPLETENESS"] == score


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({}, 100.0),
        ({"sopSections": []}, 100.0),  # the water test proves it
        ({"sopSections": [], "documents.WATER_TEST": GONE}, 60.0),
        ({"documents.WATER_TEST": GONE}, 100.0),  # the manual covers irrigation
        ({"selfAssessment.WATER.status": "PARTIAL"}, 50.0),
        ({"selfAssessment.WATER": {"status": "NON_COMPLIANT"}}, 0.0),
        ({"selfAssessment.WATER": GONE}, 0.0),
        ({"selfAssessment.WATER": {"status": "MAYBE"}}, 0.0),
        ({"selfAssessment.WATER": {"status": "NOT_APPLICABLE", "note": "x"}}, None),
    ],
)
def test_a_category_is_worth_what_is_said_and_proven(changes, score):
    assert result(changes).category_scores["WATER"] == score


def test_readiness_is_the_mean_of_the_categories_that_apply():
    assert scores()["GACP_READINESS"] == 96.4  # thirteen at 100, one at 50
    assert scores({"selfAssessment.EQUIPMENT": {"status": "NOT_APPLICABLE", "note": "x"}})["GACP_READINESS"] == 100.0
    assert scores({"selfAssessment.EQUIPMENT": GONE})["GACP_READINESS"] == 92.9


def test_a_farm_to_which_nothing_applies_is_not_ready():
    nothing = {f"selfAssessment.{name}": {"status": "NOT_APPLICABLE", "note": "x"} for name in QUALITY.category_evidence}
    assert scores(nothing)["GACP_READINESS"] == 0.0


@pytest.mark.parametrize(
    ("dimension", "raw"),
    [("COMPLETENESS", 75.0), ("DOCUMENTS", 75.0), ("CONSISTENCY", 80.0), ("EVIDENCE", 85.0), ("GACP_READINESS", 85.0)],
)
def test_each_dimension_has_its_weight(dimension, raw):
    assert overall(dict.fromkeys(DIMENSIONS, 100.0) | {dimension: 0.0}, [], QUALITY).raw == raw


@pytest.mark.parametrize(
    ("severities", "capped"),
    [([], 100.0), (["INFO", "LOW", "MEDIUM"], 100.0), (["HIGH"], 84), (["CRITICAL"], 59), (["HIGH", "CRITICAL"], 59)],
)
def test_grave_issues_cap_the_overall_score_but_not_the_raw_one(severities, capped):
    score = overall(dict.fromkeys(DIMENSIONS, 100.0), [issue(severity) for severity in severities], QUALITY)
    assert (score.overall, score.raw) == (capped, 100.0)


def test_a_cap_never_raises():
    score = overall(dict.fromkeys(DIMENSIONS, 30.0), [issue("CRITICAL")], QUALITY)
    assert (score.overall, score.raw) == (30.0, 30.0)


@pytest.mark.parametrize(
    ("score", "grade"),
    [(100, "A"), (90, "A"), (89.9, "B"), (80, "B"), (79.9, "C"), (70, "C"), (69.9, "D"), (60, "D"), (59.9, "F"), (0, "F")],
)
def test_a_score_has_its_grade(score, grade):
    assert overall(dict.fromkeys(DIMENSIONS, float(score)), [], QUALITY).grade == grade


def test_the_grade_is_that_of_the_capped_score():
    assert overall(dict.fromkeys(DIMENSIONS, 100.0), [issue("HIGH")], QUALITY).grade == "B"


def test_the_overall_score_can_be_worked_out_from_what_is_stored():
    stored = result(base=2)
    assert overall(stored.dimension_scores, stored.issues, QUALITY).raw == stored.raw_score == 88.1
