"""Every code and every place has words in both languages."""

import json
import re
from pathlib import Path

import pytest

from backend.certification.messages.texts import message, name_of, reasons_of
from tests.support.rule_cases import POLICY, form

CODES = json.loads(Path("backend/certification/messages/codes.json").read_text("utf-8"))
NAMES = json.loads(Path("backend/certification/messages/names.json").read_text("utf-8"))
RECOMMENDATIONS = json.loads(Path("backend/certification/messages/recommendations.json").read_text("utf-8"))
SOURCES = [Path("backend/certification") / name for name in ("formats.py", "vocabulary.py", "validation.py", "warnings.py", "geo.py")]
UNFIXABLE = {"ADVERSE_HISTORY", "PROMPT_INJECTION_SUSPECTED", "CHECK_NOT_PERFORMED"}


def emitted():
    """The codes that the submit gate and the warnings can give, read from their sources."""
    text = "".join(path.read_text("utf-8") for path in SOURCES)
    return set(re.findall(r'"([A-Z]+_[A-Z_]+|REQUIRED)"', text)) & set(CODES) | {"REQUIRED"}


def test_every_code_of_the_catalogue_has_words():
    assert set(POLICY.quality.catalogue) <= set(CODES)


def test_no_words_are_left_over():
    assert set(CODES) == set(POLICY.quality.catalogue) | emitted()


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_thai_english_and_a_cure(code):
    words = message(code, "farm.nameTh")
    assert re.search("[ก-๙]", words.th)
    assert re.fullmatch(r"[\x20-\x7e]+", words.en)
    assert bool(words.how_to_fix_th) == bool(words.how_to_fix_en) == (code not in UNFIXABLE)
    assert words.how_to_fix_en.isascii()


def test_a_code_without_words_is_an_error_of_ours():
    with pytest.raises(KeyError):
        message("NO_SUCH_CODE", "x")


@pytest.mark.parametrize("slot", POLICY.requirements.document_slots)
def test_a_document_slot_has_a_name(slot):
    assert slot in NAMES["documents"]
    assert name_of(f"documents.{slot}").th == NAMES["documents"][slot][0]


@pytest.mark.parametrize("slot", POLICY.requirements.photo_slots)
def test_a_photo_slot_has_a_name(slot):
    assert name_of(f"photos.{slot}").en == NAMES["photos"][slot][1]


def test_every_required_field_and_every_field_with_a_format_has_a_name():
    required = [f"{rule.each}.*.{field}" if rule.each else field for rule in POLICY.requirements.fields for field in rule.fields]
    formats = [*POLICY.formats.vocabularies, *POLICY.formats.ranges, *POLICY.requirements.consents]
    elsewhere = ("documents.", "selfAssessment.", "licenses.")
    named = {path for path in (*required, *formats) if not path.startswith(elsewhere)}
    assert named - set(NAMES["fields"]) == set()


def test_every_condition_of_a_document_has_a_name():
    conditions = {code for rule in POLICY.requirements.documents for group in rule.when for code in group}
    assert conditions - set(NAMES["circumstances"]) == {"NOT_REPLACEMENT"}


@pytest.mark.parametrize(
    ("path", "en"),
    [
        ("documents.POLICE_REPORT|DAMAGED_CERTIFICATE", "Police report or The damaged certificate"),
        ("documents.ID_CARD.expiresOn", "Copy of the ID card"),
        ("documents.LOVE_LETTER", "LOVE_LETTER"),
        ("photos.3", "Close-up of the crop (photo 4)"),
        ("photos.99", "photo (photo 100)"),
        ("photos", "Photos"),
        ("selfAssessment.WATER.note", "Water"),
        ("selfAssessment.LUCK", "selfAssessment.LUCK"),
        ("crops.1.herbCode", "Herb (no. 2)"),
        ("practices.pesticides.0", "Pesticide (no. 1)"),
        ("AREA_VS_LAND_DOCUMENT", "the area against the land document"),
        ("farm.nowhere", "farm.nowhere"),
        ("farm.area", "Total area"),
    ],
)
def test_a_place_has_the_name_that_people_use(path, en):
    assert name_of(path, form()).en == en


def test_without_the_form_a_photo_is_called_by_its_number():
    assert name_of("photos.0").en == "photo (photo 1)"


def test_reasons_are_listed_and_unknown_circumstances_left_out():
    assert reasons_of(["NEW", "NOT_REPLACEMENT", "CANNABIS"]).en == "new application, cannabis"
    assert reasons_of(["NOT_REPLACEMENT"]).th == "ทุกคำขอ"


def test_recommendations_name_codes_that_exist():
    codes = {code for row in RECOMMENDATIONS for code in row.get("codes", ())}
    assert codes <= set(POLICY.quality.catalogue)
    assert {row["audience"] for row in RECOMMENDATIONS} == {"APPLICANT", "REVIEWER", "INSPECTOR"}
    assert {row["dimension"] for row in RECOMMENDATIONS if "dimension" in row} == set(POLICY.quality.dimension_weights)
