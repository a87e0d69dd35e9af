"""Crops, inputs, water and laboratory results."""

import pytest

from tests.support.rule_cases import GONE, issues

CROP = "crops.0"


@pytest.mark.parametrize(
    ("herb", "name", "accepted"),
    [
        ("TURMERIC", "Curcuma longa L.", True),
        ("TURMERIC", "curcuma  LONGA", True),
        ("TURMERIC", "Curcuma longa var. vanaharidra", True),
        ("TURMERIC", "Curcuma domestica Valeton", True),
        ("TURMERIC", "Curcuma zedoaria", False),
        ("TURMERIC", "Zingiber longa", False),
        ("PLAI", "Zingiber montanum", True),
        ("PLAI", "Zingiber cassumunar Roxb.", True),
        ("PLAI", "Zingiber officinale", False),
        ("WHITE_KWAO_KRUA", "Pueraria candollei var. mirifica", True),
        ("TURMERIC", "", True),
        ("TURMERIC", None, True),
        ("MAGIC_HERB", "Planta ficta", True),
    ],
)
def test_the_scientific_name_belongs_to_the_herb(herb, name, accepted):
    found = issues({f"{CROP}.herbCode": herb, f"{CROP}.scientificName": name})
    assert (("SPECIES_MISMATCH", f"{CROP}.scientificName") not in found) is accepted


@pytest.mark.parametrize(
    ("kilograms", "rai", "accepted"),
    [(2500, 5, True), (2499, 5, False), (30_000, 5, True), (30_001, 5, False), (6000.5, 1, False), (12_500, 5, True)],
)
def test_the_yield_per_rai_is_plausible(kilograms, rai, accepted):
    found = issues({f"{CROP}.expectedYieldKgPerCycle": kilograms, f"{CROP}.plantedArea": {"rai": rai}})
    assert found == ([] if accepted else [("YIELD_IMPLAUSIBLE", f"{CROP}.expectedYieldKgPerCycle")])


@pytest.mark.parametrize("area", [{}, {"rai": 0}, {"ngan": 9}])
def test_without_a_usable_area_no_yield_is_worked_out(area):
    assert "YIELD_IMPLAUSIBLE" not in [code for code, _ in issues({f"{CROP}.expectedYieldKgPerCycle": 1, f"{CROP}.plantedArea": area})]


def test_the_herbs_together_fit_into_the_field():
    assert issues({f"{CROP}.plantedArea": {"rai": 5}}) == []
    assert issues({f"{CROP}.plantedArea": {"rai": 5, "sqWah": 1}}) == [("CROP_AREA_EXCEEDS_FIELD", "crops")]
    assert ("CROP_AREA_EXCEEDS_FIELD", "crops") in issues({"crops.1.plantedArea": {"rai": 8, "ngan": 1}}, base=2)
    assert ("CROP_AREA_EXCEEDS_FIELD", "crops") not in issues(base=2)


def test_without_a_usable_field_the_herbs_are_not_measured():
    assert issues({"farm.cultivatedArea": {"ngan": 9}}) == [("AREA_INVALID", "farm.cultivatedArea")]


@pytest.mark.parametrize(
    ("fertilizer", "found"),
    [
        ({"kind": "HUMAN_WASTE"}, ["HUMAN_WASTE_FERTILIZER"]),
        ({"kind": "CHEMICAL"}, ["INPUT_NOT_REGISTERED"]),
        ({"kind": "CHEMICAL", "registrationNo": " "}, ["INPUT_NOT_REGISTERED"]),
        ({"kind": "CHEMICAL", "registrationNo": "ป. 1"}, []),
        ({"kind": "COMPOST"}, []),
        ({"kind": "MANURE"}, []),
        ({"kind": "BIO"}, []),
        ({"kind": "COMPOST", "name": "ปุ๋ยผสม Paraquat"}, ["PROHIBITED_SUBSTANCE"]),
    ],
)
def test_fertilisers_are_looked_at(fertilizer, found):
    assert issues({"practices.fertilizers.+": fertilizer}) == [(code, "practices.fertilizers.1") for code in found]


@pytest.mark.parametrize(
    ("pesticide", "found"),
    [
        ({"name": "x", "registrationNo": "1"}, []),
        ({"name": "x"}, ["INPUT_NOT_REGISTERED"]),
        ({"name": "Gramoxone", "activeIngredient": "PARAQUAT dichloride", "registrationNo": "1"}, ["PROHIBITED_SUBSTANCE"]),
        ({"name": "พาราควอต", "registrationNo": "1"}, ["PROHIBITED_SUBSTANCE"]),
        ({"name": "พาราควอท", "registrationNo": "1"}, ["PROHIBITED_SUBSTANCE"]),
        ({"name": "Chlorpyrifos 40%", "registrationNo": "1"}, ["PROHIBITED_SUBSTANCE"]),
        ({"name": "ยาคลอร์ไพริฟอส"}, ["PROHIBITED_SUBSTANCE", "INPUT_NOT_REGISTERED"]),
        ({"name": "พารา\u200bควอต", "registrationNo": "1"}, ["PROHIBITED_SUBSTANCE"]),
    ],
)
def test_pesticides_are_looked_at(pesticide, found):
    assert issues({"practices.pesticides.+": pesticide}) == [(code, "practices.pesticides.1") for code in found]


def test_untreated_wastewater_is_noticed():
    assert issues({"farm.water.sources": ["POND", "UNTREATED_WASTEWATER"]}) == [("UNTREATED_WASTEWATER", "farm.water.sources")]
    assert issues({"farm.water.sources": ["TREATED_WASTEWATER"]}) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"documents.SOIL_TEST.labResult": "FAIL"}, [("LAB_RESULT_FAIL", "documents.SOIL_TEST")]),
        ({"documents.SOIL_TEST.labResult": "PENDING"}, []),
        ({"documents.SOIL_TEST.issuedOn": "2025-11-01"}, [("LAB_RESULT_OLD", "documents.SOIL_TEST")]),
        ({"documents.SOIL_TEST.issuedOn": "2025-11-02"}, []),
        ({"documents.SOIL_TEST.issuedOn": GONE}, []),  # of unknown age
        ({"documents.WATER_TEST.issuedOn": "2020-01-01"}, [("LAB_RESULT_OLD", "documents.WATER_TEST")]),
        ({"documents.+": {"slot": "PRODUCT_TEST", "issuedOn": "2020-01-01"}}, [("LAB_RESULT_OLD", "documents.PRODUCT_TEST")]),
        (
            {"documents.SOIL_TEST.labResult": "FAIL", "documents.SOIL_TEST.issuedOn": "2020-01-01"},
            [("LAB_RESULT_FAIL", "documents.SOIL_TEST"), ("LAB_RESULT_OLD", "documents.SOIL_TEST")],
        ),
    ],
)
def test_laboratory_results_are_looked_at(changes, found):
    assert issues(changes) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"status": "COMPLIANT"}, []),
        ({"status": "PARTIAL"}, []),
        ({"status": "NOT_APPLICABLE", "note": "x"}, []),
        ({"status": "NON_COMPLIANT", "note": "x"}, ["SELF_DECLARED_NON_COMPLIANCE"]),
        ({"status": ""}, ["SELF_ASSESSMENT_MISSING"]),
        ({}, ["SELF_ASSESSMENT_MISSING"]),
        ({"status": "YES"}, ["SELF_ASSESSMENT_MISSING"]),
    ],
)
def test_the_self_assessment_is_looked_at(said, found):
    assert issues({"selfAssessment.WATER": said}) == [(code, "selfAssessment.WATER") for code in found]
