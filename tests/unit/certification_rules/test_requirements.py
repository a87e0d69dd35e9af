"""What an application needs follows from what it is: documents, photos and fields by circumstance."""

import pytest

from backend.certification.requirements import (
    missing_documents,
    missing_fields,
    missing_photos,
    required_documents,
    required_fields,
    required_photos,
)
from tests.support.rule_cases import GONE, POLICY, form

RENEWAL = ["ID_CARD", "HOUSE_REGISTRATION", "LAND_RIGHTS", "SITE_MAP", "PREVIOUS_CERTIFICATE", "OPERATION_REPORT", "PRODUCTION_PLAN"]
NEW = ["ID_CARD", "HOUSE_REGISTRATION", "LAND_RIGHTS", "SITE_MAP", "PRODUCTION_PLAN", "SOP_MANUAL"]
NEW_CANNABIS = {"requestType": "NEW", "crops.0.herbCode": "CANNABIS"}


@pytest.mark.parametrize(
    ("changes", "slots"),
    [
        ({}, RENEWAL),
        ({"requestType": "NEW"}, NEW),
        ({"applicant.filedByAttorney": True}, [*RENEWAL[:2], "POWER_OF_ATTORNEY", *RENEWAL[2:]]),
        ({"applicant.filedByAttorney": False}, RENEWAL),
        ({"farm.land.tenure": "RENTED"}, [*RENEWAL[:3], "LAND_CONSENT", *RENEWAL[3:]]),
        ({"farm.land.tenure": "OWNER_PERMITTED"}, [*RENEWAL[:3], "LAND_CONSENT", *RENEWAL[3:]]),
        ({"farm.land.tenure": "STATE_PERMITTED"}, RENEWAL),
        ({"farm.areaTypes": ["OUTDOOR", "GREENHOUSE"]}, [*RENEWAL[:4], "BUILDING_PLAN", *RENEWAL[4:]]),
        ({"farm.areaTypes": ["INDOOR"]}, [*RENEWAL[:4], "BUILDING_PLAN", *RENEWAL[4:]]),
        ({"farm.areaTypes": ["WILD"]}, RENEWAL),
        ({"certificationScopes": ["PROCESSING"]}, [*RENEWAL[:4], "CONTROL_PLAN", *RENEWAL[4:]]),
        ({"certificationScopes": ["COLLECTION"]}, ["ID_CARD", "HOUSE_REGISTRATION", *RENEWAL[3:], "COLLECTION_PERMIT"]),
        ({"certificationScopes": []}, ["ID_CARD", "HOUSE_REGISTRATION", *RENEWAL[3:]]),
        (NEW_CANNABIS, [*NEW, "SECURITY_PLAN", "SUPERVISION_LETTER"]),
        (
            NEW_CANNABIS | {"applicant.type": "JURISTIC"},
            [*NEW[:2], "COMPANY_CERTIFICATE", "DIRECTOR_LIST", "AUTHORITY_LETTER", *NEW[2:], "SECURITY_PLAN"],
        ),
        (NEW_CANNABIS | {"purposes": ["EXPORT"]}, [*NEW, "SECURITY_PLAN", "SUPERVISION_LETTER", "CONTROLLED_HERB_LICENSE"]),
        ({"crops.0.herbCode": "CANNABIS"}, [*RENEWAL, "SUPERVISION_LETTER"]),
        ({"crops.0.herbCode": "WHITE_KWAO_KRUA", "purposes": ["EXPORT"]}, [*RENEWAL, "CONTROLLED_HERB_LICENSE"]),
        (
            {"crops.0.herbCode": "WHITE_KWAO_KRUA", "certificationScopes": ["PROCESSING"]},
            [*RENEWAL[:4], "CONTROL_PLAN", *RENEWAL[4:], "CONTROLLED_HERB_LICENSE"],
        ),
        ({"crops.0.herbCode": "KRATOM", "purposes": ["EXPORT"]}, [*RENEWAL, "KRATOM_EXPORT_LICENSE"]),
        ({"crops.0.herbCode": "KRATOM"}, RENEWAL),
        ({"crops.0.herbCode": "KRATOM", "requestType": "NEW"}, [*NEW, "SECURITY_PLAN"]),
        ({"crops.0.herbCode": "MAGIC"}, RENEWAL),
        ({"purposes": ["EXPORT"]}, RENEWAL),
        (
            {"applicant.type": "COMMUNITY_ENTERPRISE"},
            [*RENEWAL[:2], "CE_REGISTRATION", "CE_MEMBER_LIST", "CE_ASSIGNMENT_LETTER", *RENEWAL[2:]],
        ),
        ({"applicant.type": GONE}, RENEWAL),
        ({"requestType": GONE}, ["ID_CARD", "HOUSE_REGISTRATION", "LAND_RIGHTS", "SITE_MAP"]),
    ],
)
def test_documents_are_required_by_circumstance(changes, slots):
    assert required_documents(form(changes), POLICY) == slots


@pytest.mark.parametrize(
    ("changes", "slots"),
    [
        ({}, ["ID_CARD", "POLICE_REPORT|DAMAGED_CERTIFICATE"]),
        ({"applicant.filedByAttorney": True}, ["ID_CARD", "POWER_OF_ATTORNEY", "POLICE_REPORT|DAMAGED_CERTIFICATE"]),
        ({"certificationScopes": ["PROCESSING", "COLLECTION"], "purposes": ["EXPORT"]}, ["ID_CARD", "POLICE_REPORT|DAMAGED_CERTIFICATE"]),
        ({"farm.areaTypes": ["GREENHOUSE"], "farm.land.tenure": "RENTED"}, ["ID_CARD", "POLICE_REPORT|DAMAGED_CERTIFICATE"]),
    ],
)
def test_a_replacement_needs_only_who_asks_and_why(changes, slots):
    assert required_documents(form(changes, base=7), POLICY) == slots


def test_either_of_two_documents_will_do():
    with_the_other = {"documents.POLICE_REPORT": {"slot": "DAMAGED_CERTIFICATE"}}
    assert missing_documents(form(base=7), POLICY) == []
    assert missing_documents(form(with_the_other, base=7), POLICY) == []
    assert missing_documents(form({"documents.POLICE_REPORT": GONE}, base=7), POLICY) == ["POLICE_REPORT|DAMAGED_CERTIFICATE"]


def test_a_superseded_document_is_missing():
    assert missing_documents(form({"documents.SITE_MAP.supersededBy": "x"}), POLICY) == ["SITE_MAP"]


ALWAYS = [("FIELD_OVERVIEW", 2), ("SURROUNDINGS", 1), ("CROP_CLOSEUP", 1), ("WATER_SOURCE", 1), ("STORAGE", 1)]


@pytest.mark.parametrize(
    ("changes", "photos"),
    [
        ({}, ALWAYS),
        ({"certificationScopes": ["COLLECTION"]}, [*ALWAYS[:3], ALWAYS[4]]),
        ({"certificationScopes": ["CULTIVATION", "PROCESSING"]}, [*ALWAYS, ("DRYING_AREA", 1)]),
        ({"farm.areaTypes": ["GREENHOUSE"]}, [*ALWAYS, ("BUILDING_INTERIOR", 1)]),
        ({"farm.areaTypes": ["INDOOR", "OUTDOOR"]}, [*ALWAYS, ("BUILDING_INTERIOR", 1)]),
        ({"requestType": "REPLACEMENT"}, []),
    ],
)
def test_photos_are_required_by_circumstance(changes, photos):
    assert required_photos(form(changes), POLICY) == photos


def test_a_slot_with_too_few_photos_tells_how_many_there_are():
    assert missing_photos(form(base=4), POLICY)[0] == ("FIELD_OVERVIEW", 2, 1)
    assert missing_photos(form({"photos.4": GONE}), POLICY) == [("WATER_SOURCE", 1, 0)]


@pytest.mark.parametrize(("changes", "base", "count"), [({}, 1, 34), ({}, 2, 40), ({}, 4, 33), ({}, 7, 14), ({"crops": []}, 1, 29)])
def test_so_many_fields_are_required(changes, base, count):
    assert len(required_fields(form(changes, base), POLICY)) == count


@pytest.mark.parametrize(
    ("path", "empty"),
    [
        ("requestType", GONE),
        ("certificationScopes", []),
        ("purposes", []),
        ("applicant.type", ""),
        ("applicant.nameTh", "  "),
        ("applicant.nationalId", None),
        ("applicant.address.line", ""),
        ("applicant.address.subdistrict", ""),
        ("applicant.address.district", ""),
        ("applicant.address.province", ""),
        ("applicant.address.postalCode", ""),
        ("applicant.phone", "\u200b"),
        ("previousCertificateNumber", None),
        ("farm.nameTh", ""),
        ("farm.address.subdistrict", ""),
        ("farm.address.district", ""),
        ("farm.address.province", ""),
        ("farm.address.postalCode", ""),
        ("farm.location.lat", None),
        ("farm.location.lng", None),
        ("farm.area", {}),
        ("farm.areaTypes", []),
        ("crops", []),
        ("farm.land.tenure", ""),
        ("farm.land.documentType", ""),
        ("farm.land.documentNumber", ""),
        ("farm.cultivatedArea", {"rai": None}),
        ("farm.water.sources", []),
        ("farm.landHistory.previousUse", ""),
        ("crops.0.herbCode", ""),
        ("crops.0.partsUsed", []),
        ("crops.0.materialSource", ""),
        ("crops.0.expectedYieldKgPerCycle", None),
        ("crops.0.cyclesPerYear", None),
    ],
)
def test_an_empty_required_field_is_missing(path, empty):
    missing = missing_fields(form({path: empty}), POLICY)
    assert missing == [path]


@pytest.mark.parametrize("value", [0, 0.0])
def test_a_zero_is_filled_in(value):
    assert missing_fields(form({"farm.location.lat": value, "crops.0.cyclesPerYear": value}), POLICY) == []


def test_collection_asks_nothing_about_land_and_water():
    bare = {"certificationScopes": ["COLLECTION"], "farm.land": {}, "farm.water": {}, "farm.landHistory": {}, "farm.cultivatedArea": {}}
    assert missing_fields(form(bare), POLICY) == []


def test_an_organisation_needs_its_number_and_who_stands_for_it():
    bare = {"applicant.registrationNumber": "", "applicant.representative": {}, "applicant.nationalId": ""}
    expected = ["applicant.registrationNumber", "applicant.representative.nameTh", "applicant.representative.nationalId"]
    assert missing_fields(form(bare, base=2), POLICY) == expected
    assert missing_fields(form(bare, base=5), POLICY) == expected


def test_crops_are_asked_for_one_after_the_other():
    two = {"crops": [{"herbCode": "GINGER"}, {"partsUsed": ["ROOT"]}]}
    missing = [path for path in missing_fields(form(two), POLICY) if path.startswith("crops")]
    assert missing == [
        "crops.0.partsUsed",
        "crops.0.materialSource",
        "crops.0.expectedYieldKgPerCycle",
        "crops.0.cyclesPerYear",
        "crops.1.herbCode",
        "crops.1.materialSource",
        "crops.1.expectedYieldKgPerCycle",
        "crops.1.cyclesPerYear",
    ]


def test_a_replacement_needs_its_reason_and_the_certificate():
    bare = {"replacementReason": "", "previousCertificateNumber": "", "farm": {}, "crops": []}
    assert missing_fields(form(bare, base=7), POLICY) == ["previousCertificateNumber", "replacementReason"]
