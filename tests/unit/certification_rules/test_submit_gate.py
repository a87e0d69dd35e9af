"""What stops a submission, where, and in which order; and what only warns."""

import pytest

from backend.certification.validation import validate, warnings
from tests.support.rule_cases import AS_OF, GONE, POLICY, errors, form


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"applicant.nationalId": "1000100001014"}, ("applicant.nationalId", "NATIONAL_ID_INVALID")),
        ({"applicant.phone": "12345"}, ("applicant.phone", "PHONE_INVALID")),
        ({"applicant.representative.phone": "12345"}, ("applicant.representative.phone", "PHONE_INVALID")),
        ({"applicant.attorney.phone": "12345"}, ("applicant.attorney.phone", "PHONE_INVALID")),
        ({"applicant.email": "nobody"}, ("applicant.email", "EMAIL_INVALID")),
        ({"applicant.address.postalCode": "7300"}, ("applicant.address.postalCode", "POSTAL_CODE_INVALID")),
        ({"farm.address.postalCode": "7300"}, ("farm.address.postalCode", "POSTAL_CODE_INVALID")),
        ({"farm.location": {"lat": 98.9, "lng": 8.9}}, ("farm.location", "GPS_SWAPPED")),
        ({"farm.location": {"lat": 48.8, "lng": 2.3}}, ("farm.location", "GPS_OUTSIDE_THAILAND")),
        ({"farm.area": {"rai": 6, "ngan": 4}}, ("farm.area", "AREA_INVALID")),
        ({"farm.area": {"rai": 0, "ngan": 0, "sqWah": 0}}, ("farm.area", "AREA_INVALID")),
        ({"farm.cultivatedArea": {"rai": -1}}, ("farm.cultivatedArea", "AREA_INVALID")),
        ({"farm.cultivatedArea": {"rai": 6, "ngan": 2, "sqWah": 40.01}}, ("farm.cultivatedArea", "AREA_EXCEEDS_FARM")),
        ({"crops.0.herbCode": "MAGIC"}, ("crops.0.herbCode", "HERB_UNKNOWN")),
        ({"crops.0.herbCode": ""}, ("crops.0.herbCode", "REQUIRED")),
        ({"farm.cultivatedArea": {"rai": 60, "ngan": 9}}, ("farm.cultivatedArea", "AREA_INVALID")),
        ({"crops.0.plantedArea": {"ngan": 9}}, ("crops.0.plantedArea", "AREA_INVALID")),
        ({"crops.0.herbCode": "OTHER"}, ("crops.0.herbNameOther", "REQUIRED")),
        ({"requestType": "TRANSFER"}, ("requestType", "CODE_UNKNOWN")),
        ({"certificationScopes": ["CULTIVATION", "EXPORT"]}, ("certificationScopes", "CODE_UNKNOWN")),
        ({"purposes": ["FUN"]}, ("purposes", "CODE_UNKNOWN")),
        ({"applicant.type": "COMPANY"}, ("applicant.type", "CODE_UNKNOWN")),
        ({"farm.location.source": "GUESS"}, ("farm.location.source", "CODE_UNKNOWN")),
        ({"farm.areaTypes": ["ROOF"]}, ("farm.areaTypes", "CODE_UNKNOWN")),
        ({"farm.land.tenure": "MINE"}, ("farm.land.tenure", "CODE_UNKNOWN")),
        ({"farm.landHistory.contaminationSources": ["WAR"]}, ("farm.landHistory.contaminationSources", "CODE_UNKNOWN")),
        ({"farm.water.sources": ["SEA"]}, ("farm.water.sources", "CODE_UNKNOWN")),
        ({"crops.0.partsUsed": ["SOUL"]}, ("crops.0.partsUsed", "CODE_UNKNOWN")),
        ({"crops.0.materialKind": "EGG"}, ("crops.0.materialKind", "CODE_UNKNOWN")),
        ({"crops.0.materialOrigin": "MARS"}, ("crops.0.materialOrigin", "CODE_UNKNOWN")),
        ({"practices.fertilizers.0.kind": "HOPE"}, ("practices.fertilizers.0.kind", "CODE_UNKNOWN")),
        ({"sopSections.+": "COOKING"}, ("sopSections", "CODE_UNKNOWN")),
        ({"selfAssessment.WATER.status": "YES"}, ("selfAssessment.WATER.status", "CODE_UNKNOWN")),
        ({"documents.SOIL_TEST.labResult": "GOOD"}, ("documents.SOIL_TEST.labResult", "CODE_UNKNOWN")),
        ({"documents.SITE_MAP.legibility": "FINE"}, ("documents.SITE_MAP.legibility", "CODE_UNKNOWN")),
        ({"licenses.+": {"status": "LOST"}}, ("licenses.0.status", "CODE_UNKNOWN")),
        ({"applicant.address.province": "แอตแลนติส"}, ("applicant.address.province", "PROVINCE_UNKNOWN")),
        ({"farm.address.province": "แอตแลนติส"}, ("farm.address.province", "PROVINCE_UNKNOWN")),
        ({"farm.soil.ph": 2.9}, ("farm.soil.ph", "OUT_OF_RANGE")),
        ({"farm.soil.ph": 10.1}, ("farm.soil.ph", "OUT_OF_RANGE")),
        ({"crops.0.cyclesPerYear": 0}, ("crops.0.cyclesPerYear", "OUT_OF_RANGE")),
        ({"crops.0.cyclesPerYear": 13}, ("crops.0.cyclesPerYear", "OUT_OF_RANGE")),
        ({"crops.0.plantingMonth": 13}, ("crops.0.plantingMonth", "OUT_OF_RANGE")),
        ({"crops.0.harvestMonth": 0}, ("crops.0.harvestMonth", "OUT_OF_RANGE")),
        ({"crops.0.expectedYieldKgPerCycle": 0}, ("crops.0.expectedYieldKgPerCycle", "OUT_OF_RANGE")),
        ({"applicant.nameTh": "ก"}, ("applicant.nameTh", "NAME_LENGTH")),
        ({"farm.nameTh": "ก" * 201}, ("farm.nameTh", "NAME_LENGTH")),
        ({"notes": "ก" * 4001}, ("notes", "TEXT_TOO_LONG")),
        ({"notes": "a\x07b"}, ("notes", "CONTROL_CHARACTERS")),
        ({"farm.description": "a\x85b"}, ("farm.description", "CONTROL_CHARACTERS")),
        ({"applicant.houseCode": "123"}, ("applicant.houseCode", "HOUSE_CODE_INVALID")),
        ({"documents.ID_CARD.expiresOn": "31/12/68"}, ("documents.ID_CARD.expiresOn", "DATE_INVALID")),
        ({"documents.ID_CARD.issuedOn": "x"}, ("documents.ID_CARD.issuedOn", "DATE_INVALID")),
        ({"photos.2.takenOn": "1800-01-01"}, ("photos.2.takenOn", "DATE_INVALID")),
        ({"farm.land.leaseEndsOn": "soon"}, ("farm.land.leaseEndsOn", "DATE_INVALID")),
        ({"previousCertificate.expiresOn": "?"}, ("previousCertificate.expiresOn", "DATE_INVALID")),
        ({"previousCertificate.issuedOn": "?"}, ("previousCertificate.issuedOn", "DATE_INVALID")),
        ({"licenses.+": {"issuedOn": "?"}}, ("licenses.0.issuedOn", "DATE_INVALID")),
        ({"licenses.+": {"expiresOn": "?"}}, ("licenses.0.expiresOn", "DATE_INVALID")),
        ({"selfAssessment.WATER": {"status": "NOT_APPLICABLE"}}, ("selfAssessment.WATER.note", "REQUIRED")),
        ({"selfAssessment.WATER": {"status": "NON_COMPLIANT"}}, ("selfAssessment.WATER.note", "REQUIRED")),
        ({"documents.SITE_MAP": GONE}, ("documents.SITE_MAP", "DOCUMENT_MISSING")),
        ({"photos.0": GONE}, ("photos.FIELD_OVERVIEW", "PHOTO_MISSING")),
        ({"consents.privacyNoticeAcceptedAt": None}, ("consents.privacyNoticeAcceptedAt", "CONSENT_REQUIRED")),
        ({"consents.truthDeclaration": False}, ("consents.truthDeclaration", "CONSENT_REQUIRED")),
        ({"farm.nameTh": ""}, ("farm.nameTh", "REQUIRED")),
    ],
)
def test_one_fault_gives_one_error_at_its_field(changes, error):
    kinds = {"requestType", "applicant.type"}  # an unknown kind also changes what else is required
    found = errors(changes)
    assert found == [error] if not kinds & set(changes) else error in found


@pytest.mark.parametrize(
    "changes",
    [
        {"applicant.email": ""},
        {"applicant.email": None},
        {"farm.soil.ph": 3.0},
        {"farm.soil.ph": 10.0},
        {"crops.0.cyclesPerYear": 12},
        {"farm.cultivatedArea": {"rai": 6, "ngan": 2, "sqWah": 40}},
        {"farm.nameTh": "ก" * 200},
        {"farm.nameTh": "<script>alert(1)</script>"},
        {"applicant.nameTh": "ยู"},
        {"notes": "ก" * 4000},
        {"notes": "two\nlines"},
        {"applicant.address.province": "จังหวัดสุราษฎร์ธานี"},
        {"applicant.address.province": "จ.สุราษฎร์ธานี"},
        {"applicant.address.province": "กรุงเทพฯ"},
        {"applicant.address.province": "Surat Thani"},
        {
            "crops.0": {
                "herbCode": "OTHER",
                "herbNameOther": "ว่านหางจระเข้",
                "partsUsed": ["LEAF"],
                "materialSource": "x",
                "expectedYieldKgPerCycle": 1,
                "cyclesPerYear": 1,
            }
        },
        {"selfAssessment.WATER": {"status": "NOT_APPLICABLE", "note": "ไม่ใช้น้ำ"}},
        {"selfAssessment.WATER": {"status": ""}},
        {"applicant.houseCode": "00990000421"},
        {"documents.ID_CARD.expiresOn": "2025-01-01"},
        {"documents.ID_CARD.nameOnDocument": "นายคนอื่น ทั้งหมด"},
        {"practices.pesticides.0.name": "พาราควอต"},
    ],
)
def test_what_is_well_formed_may_be_submitted_even_where_people_have_to_judge_it(changes):
    assert errors(changes) == []


def test_eleven_crops_are_too_many_and_ten_are_not():
    crop = form().to_json()["crops"][0]
    assert errors({"crops": [crop] * 10}) == []
    assert errors({"crops": [crop] * 11}) == [("crops", "TOO_MANY_CROPS")]


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("JURISTIC", "1000100001015", "JURISTIC_ID_INVALID"),
        ("COMMUNITY_ENTERPRISE", "x", "CE_REGISTRATION_INVALID"),
    ],
)
def test_an_organisation_is_known_by_its_number(kind, number, code):
    found = errors({"applicant.type": kind, "applicant.registrationNumber": number}, base=2)
    assert ("applicant.registrationNumber", code) in found


def test_the_registration_number_of_an_individual_is_not_looked_at():
    assert errors({"applicant.registrationNumber": "x"}) == []


def test_the_id_of_an_organisation_is_its_representatives():
    found = errors({"applicant.nationalId": "wrong", "applicant.representative.nationalId": "1000200002020"}, base=2)
    assert found == [("applicant.representative.nationalId", "NATIONAL_ID_INVALID")]


def test_errors_come_in_the_order_of_the_form():
    found = errors(
        {
            "purposes": [],
            "applicant.phone": "1",
            "farm.soil.ph": 1,
            "documents.SITE_MAP": GONE,
            "photos.2": GONE,
            "consents": {},
        }
    )
    assert [code for _, code in found] == [
        "REQUIRED",
        "PHONE_INVALID",
        "OUT_OF_RANGE",
        "DOCUMENT_MISSING",
        "PHOTO_MISSING",
        "CONSENT_REQUIRED",
        "CONSENT_REQUIRED",
    ]


def test_a_replacement_needs_the_consents_too():
    assert errors({"consents.truthDeclaration": False}, base=7) == [("consents.truthDeclaration", "CONSENT_REQUIRED")]


def test_the_policy_of_the_day_is_used_where_none_is_given():
    assert validate(form(base=5), AS_OF) == validate(form(base=5), AS_OF, POLICY)


def test_a_finding_tells_thai_first_and_english_behind():
    [finding] = validate(form({"applicant.phone": "1"}), AS_OF)
    error = finding.to_field_error()
    assert (error.field, error.code) == ("applicant.phone", "PHONE_INVALID")
    assert error.message == "โทรศัพท์ ไม่ถูกต้อง / Phone is not a valid Thai phone number"
    assert finding.to_json()["howToFixTh"] == "ใช้เบอร์มือถือ 10 หลัก หรือเบอร์บ้าน 9 หลัก"
    assert finding.to_json()["howToFixEn"] == "Use a mobile number of 10 digits or a landline of 9"


QUIET = {"applicant.nationalId": "1101700230708", "documents.ID_CARD.numberOnDocument": "1101700230708"}


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"applicant.nationalId": "1000100001015"}, ("applicant.nationalId", "PROVINCE_DIGITS_UNUSUAL")),
        ({"applicant.representative.nationalId": "1000200002021"}, ("applicant.representative.nationalId", "PROVINCE_DIGITS_UNUSUAL")),
        ({"applicant.address.postalCode": "10100"}, ("applicant.address.postalCode", "POSTAL_CODE_UNUSUAL")),
        ({"farm.address.postalCode": "83000"}, ("farm.address.postalCode", "POSTAL_CODE_UNUSUAL")),
        ({"farm.location.accuracyM": 101}, ("farm.location", "GPS_INACCURATE")),
        ({"farm.location.lat": 8.91, "farm.location.lng": 98.9}, ("farm.location", "GPS_COARSE")),
        ({"documents.SOIL_TEST.slot": "LOVE_LETTER"}, ("documents.LOVE_LETTER", "SLOT_UNKNOWN")),
        ({"photos.+": {"slot": "SELFIE"}}, ("photos.6", "SLOT_UNKNOWN")),
    ],
)
def test_what_looks_odd_warns_and_does_not_block(changes, warning):
    odd = form(QUIET | changes)
    assert [(finding.path, finding.code) for finding in warnings(odd, AS_OF)] == [warning]
    assert validate(odd, AS_OF) == []


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"farm.location.accuracyM": 100},
        {"farm.location.lat": 8.91},
        {"applicant.address.province": "", "applicant.address.postalCode": "1"},
    ],
)
def test_what_looks_usual_does_not_warn(changes):
    assert warnings(form(QUIET | changes), AS_OF) == []
