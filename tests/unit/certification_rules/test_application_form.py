"""The form reads what people send: lenient about content, strict about types."""

from datetime import date

import pytest

from backend.certification.form import ApplicationForm
from backend.errors import InvalidInput
from tests.support.rule_cases import body, form


@pytest.mark.parametrize("number", [1, 2, 4])
def test_what_was_sent_comes_back(number):
    sent = body(base=number)
    del sent["_fixture"], sent["applicationNumber"]
    assert ApplicationForm.parse(sent).to_json() == sent


@pytest.mark.parametrize("number", [1, 2, 4, 5, 7])
def test_reading_what_was_written_changes_nothing(number):
    once = form(base=number)
    assert ApplicationForm.parse(once.to_json()) == once
    assert ApplicationForm.from_json(once.to_json()) == once


def test_an_empty_body_is_a_draft():
    assert ApplicationForm.parse({}).to_json() == {}


def test_keys_that_no_form_has_are_dropped():
    assert ApplicationForm.parse({"status": "APPROVED", "farm": {"isAdmin": True}}).to_json() == {"farm": {}}


def test_values_that_break_a_rule_are_kept_for_validation_to_name():
    kept = form({"farm.area.ngan": 7, "documents.ID_CARD.expiresOn": "31/12/68", "requestType": "WHATEVER"})
    assert kept.farm.area.ngan == 7
    assert kept.documents[0].expires_on == "31/12/68"
    assert kept.request_type == "WHATEVER"


def test_dates_of_the_buddhist_era_are_stored_in_the_common_one():
    read = form(base=5).current_documents()
    assert read["ID_CARD"].expires_on == date(2025, 12, 31)
    assert form(base=5).to_json()["documents"][0]["expiresOn"] == "2025-12-31"


def test_thai_digits_are_read_as_numbers():
    read = form({"farm.area": {"rai": "๖", "ngan": "๒", "sqWah": "๔๐.๕"}, "crops.0.expectedYieldKgPerCycle": "12,500"})
    assert (read.farm.area.rai, read.farm.area.ngan, read.farm.area.sq_wah) == (6, 2, 40.5)
    assert read.crops[0].expected_yield_kg_per_cycle == 12500


def test_an_area_may_be_sent_in_the_notation_of_deeds():
    assert form({"farm.area": "๔-๒-๒๕ ไร่"}).to_json()["farm"]["area"] == {"rai": 4, "ngan": 2, "sqWah": 25}


def test_null_for_a_list_or_a_part_means_empty():
    read = ApplicationForm.parse({"crops": None, "farm": None, "applicant": {"address": None}, "selfAssessment": None})
    assert (read.crops, read.farm.area_types, read.applicant.address.line, read.self_assessment) == ([], [], None, {})


def test_null_for_a_category_means_that_nothing_was_said_of_it():
    read = ApplicationForm.parse({"selfAssessment": {"WATER": None, "HARVEST": {"status": "PARTIAL"}}})
    assert list(read.self_assessment) == ["HARVEST"]


def test_an_empty_text_for_a_yes_or_no_means_no_answer():
    read = ApplicationForm.parse({"consents": {"truthDeclaration": "", "marketing": "true"}, "applicant": {"filedByAttorney": ""}})
    assert (read.consents.truth_declaration, read.consents.marketing, read.applicant.filed_by_attorney) == (None, True, None)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("5", 5), ("-5", -5), ("1,250", 1250), ("1,250.5", 1250.5), ("3.", 3.0), (".5", 0.5), ("1e3", 1000.0), ("๑๒.๕", 12.5), (" ", None)],
)
def test_a_number_is_read_as_people_type_it(typed, read):
    assert ApplicationForm.parse({"farm": {"soil": {"ph": typed}}}).farm.soil.ph == read


@pytest.mark.parametrize("typed", ["1_0", "1,5", "1,25,000", ",5", ".", "e3", "0x10", "٣", "nan", "inf", "1e400", "5 rai"])
def test_what_may_be_a_slip_of_the_finger_is_no_number(typed):
    with pytest.raises(InvalidInput) as caught:
        ApplicationForm.parse({"farm": {"soil": {"ph": typed}}})
    assert [error.field for error in caught.value.errors] == ["farm.soil.ph"]


def test_a_number_sent_for_a_text_becomes_the_text():
    assert form({"applicant.nationalId": 1000100001015}).applicant.national_id == "1000100001015"


@pytest.mark.parametrize(
    ("sent", "field", "needed"),
    [
        ({"applicant": []}, "applicant", "an object"),
        ({"crops": {}}, "crops", "a list"),
        ({"crops": [None]}, "crops.0", "an object"),
        ({"purposes": ["EXPORT", 3.5, {}]}, "purposes.2", "a text"),
        ({"farm": {"area": {"rai": "many"}}}, "farm.area.rai", "a number"),
        ({"farm": {"area": {"rai": True}}}, "farm.area.rai", "a number"),
        ({"farm": {"area": "big"}}, "farm.area", "rai-ngan-square wah"),
        ({"farm": {"location": {"lat": float("nan")}}}, "farm.location.lat", "a number"),
        ({"farm": {"location": {"lat": 10**40}}}, "farm.location.lat", "a number"),
        ({"farm": {"location": {"lat": "1e999"}}}, "farm.location.lat", "a number"),
        ({"consents": {"truthDeclaration": "perhaps"}}, "consents.truthDeclaration", "true or false"),
        ({"farm": {"nameTh": {"a": 1}}}, "farm.nameTh", "a text"),
        ({"photos": [{"takenOn": []}]}, "photos.0.takenOn", "a date"),
        ({"selfAssessment": {"WATER": "COMPLIANT"}}, "selfAssessment.WATER", "an object"),
    ],
)
def test_a_wrong_type_is_refused_with_the_field_and_the_cure(sent, field, needed):
    with pytest.raises(InvalidInput) as refused:
        ApplicationForm.parse(sent)
    [error] = refused.value.errors
    assert (error.field, error.code) == (field, "TYPE_INVALID")
    assert needed in error.message


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(InvalidInput) as refused:
        ApplicationForm.parse({"applicant": 1, "crops": 2, "farm": {"area": {"rai": "x", "ngan": "y"}}})
    assert [error.field for error in refused.value.errors] == ["applicant", "farm.area.rai", "farm.area.ngan", "crops"]


def test_the_refusal_does_not_repeat_what_was_sent():
    with pytest.raises(InvalidInput) as refused:
        ApplicationForm.parse({"farm": {"area": {"rai": "1000100001015 x"}}})
    assert "1000100001015" not in str(refused.value.errors)


def test_the_last_document_of_a_slot_that_nothing_superseded_is_in_force():
    old = {"slot": "SITE_MAP", "fileName": "old.pdf", "supersededBy": "2"}
    documents = form({"documents.+": old}).current_documents()
    assert documents["SITE_MAP"].file_name == "map.png"
    newer = form({"documents.+": {"slot": "SITE_MAP", "fileName": "new.pdf"}}).current_documents()
    assert newer["SITE_MAP"].file_name == "new.pdf"


def test_the_person_of_an_organisation_is_its_representative():
    assert form(base=2).applicant.person_name == "นายประเสริฐ ใจกว้างสมมุติ"
    assert form(base=5).applicant.person_id == "1-0005-00005-05-9"
    assert form(base=1).applicant.person_id == "1000100001015"
    assert form(base=1).applicant.person_name == "นางสายใจ ทองดีสมมุติ"
