"""The policy is dated data: the right edition for a day, and tables that agree with each other."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from backend.certification.paths import values_at
from backend.certification.policy import Dated, Policy, edition
from backend.certification.policy_tables import Quality
from tests.support.rule_cases import AS_OF, POLICY, form

QUALITY = POLICY.quality


def head(first, last=None, table="herbs"):
    return Dated(table=table, about="", effectiveFrom=first, effectiveTo=last, source="", verified=False)


EDITIONS = [
    ("first", head(date(2026, 1, 1), date(2026, 12, 31))),
    ("second", head(date(2027, 1, 1))),
    ("other", head(date(2020, 1, 1), table="quality")),
]


@pytest.mark.parametrize(
    ("on", "name"),
    [
        (date(2026, 1, 1), "first"),
        (date(2026, 12, 31), "first"),
        (date(2027, 1, 1), "second"),
        (date(2050, 1, 1), "second"),
        (date(2025, 12, 31), "first"),
    ],
)
def test_the_edition_of_a_day_is_in_force(on, name):
    assert edition("herbs", on, EDITIONS) == name


def test_two_editions_that_overlap_leave_the_newer_in_force():
    overlapping = [("old", head(date(2026, 1, 1))), ("new", head(date(2026, 6, 1)))]
    assert edition("herbs", date(2026, 7, 1), overlapping) == "new"


def test_the_same_day_gives_the_same_policy_without_reading_it_again():
    assert Policy.in_force(AS_OF) is Policy.in_force(date(2026, 11, 3))


def test_a_day_before_the_first_edition_gets_the_first():
    assert Policy.in_force(date(2001, 1, 1)).ruleset == "qc-rules-2026.11-draft"


def test_the_dimensions_weigh_100_together():
    assert dict(QUALITY.dimension_weights) == {"COMPLETENESS": 25, "DOCUMENTS": 25, "CONSISTENCY": 20, "EVIDENCE": 15, "GACP_READINESS": 15}


def test_weights_that_do_not_add_up_are_refused():
    data = QUALITY.model_dump(by_alias=True) | {"dimensionWeights": {"COMPLETENESS": 99}}
    with pytest.raises(ValidationError, match="add up to 100"):
        Quality.model_validate(data)


def test_an_unknown_key_in_a_table_is_refused():
    data = QUALITY.model_dump(by_alias=True) | {"videoMinimum": 90}
    with pytest.raises(ValidationError, match="videoMinimum"):
        Quality.model_validate(data)


@pytest.mark.parametrize(
    ("code", "regime", "least", "most"),
    [
        ("CANNABIS", "DTAM_CONTROLLED", 20, 1500),
        ("KRATOM", "ONCB", 50, 4000),
        ("WHITE_KWAO_KRUA", "DTAM_CONTROLLED", 100, 6000),
        ("TURMERIC", None, 500, 6000),
        ("GINGER", None, 800, 9000),
        ("BLACK_GALINGALE", None, 150, 2500),
        ("PLAI", None, 800, 8000),
        ("ANDROGRAPHIS", None, 200, 5000),
        ("CENTELLA", None, 300, 6000),
    ],
)
def test_a_herb_has_its_regime_and_plausible_yield(code, regime, least, most):
    herb = POLICY.herb(code)
    assert (herb.regime, *herb.plausible_yield_kg_per_rai_per_cycle) == (regime, Decimal(least), Decimal(most))
    assert not herb.yield_verified


def test_an_unknown_herb_is_none():
    assert POLICY.herb("MAGIC_HERB") is None
    assert POLICY.herb(None) is None


def test_there_are_77_provinces_each_by_both_names():
    assert len(POLICY.provinces.provinces) == 77
    assert len(POLICY.provinces.by_name) == 154


def test_the_fourteen_categories_have_their_evidence():
    assert len(QUALITY.category_evidence) == 14
    assert QUALITY.category_evidence["CULTIVATION"].sop == ("CROP_CARE", "PEST_MANAGEMENT")
    known = set(POLICY.formats.vocabularies["sopSections"])
    assert {section for evidence in QUALITY.category_evidence.values() for section in evidence.sop} == known


def test_evidence_and_special_cases_name_documents_that_exist():
    slots = set(POLICY.requirements.document_slots)
    evidence = {slot for row in QUALITY.category_evidence.values() for slot in row.doc}
    assert evidence | set(QUALITY.official_papers) | set(QUALITY.lab_tests) | set(QUALITY.document_max_age_days) <= slots


def test_every_code_that_scores_or_decides_is_in_the_catalogue():
    forced = {rule.code for rule in QUALITY.forced_onsite if rule.code}
    scored = set(QUALITY.document_values) | set(QUALITY.photo_values) | set(QUALITY.photo_penalties)
    assert scored | forced <= set(QUALITY.catalogue)
    assert {row.dimension for row in QUALITY.catalogue.values()} == set(QUALITY.dimension_weights)


def test_every_path_of_a_format_table_exists_in_the_form():
    formats, whole = POLICY.formats, form({"licenses.+": {"kind": "EXPORT"}}, base=2)
    patterns = [*formats.vocabularies, *formats.ranges, *formats.positive, *formats.names, *POLICY.requirements.consents]
    for pattern in patterns:
        assert list(values_at(whole, pattern)), pattern
