"""What a model reads points to no person."""

import json

import pytest

from backend.certification.quality.redaction import redact
from backend.certification.quality.scrub import Scrubber
from tests.support.rule_cases import AS_OF, GONE, POLICY, form

TOLD = {
    "applicant.lineId": "saijai-herb",
    "applicant.attorney": {"name": "นายทนาย ว่าความ", "phone": "0812223333", "relation": "บุตร"},
    "applicant.houseCode": "00990000421",
    "farm.description": "แปลงของนางสายใจ ทองดีสมมุติ โทร 081-000-0001 อยู่ที่ 8.9142, 98.9035",
    "notes": "ติดต่อ saijai@example.com หรือ line: saijai-herb บัตร 1-0001-00001-01-5 บ้าน 99/9 หมู่ 4",
    "selfAssessment.EQUIPMENT.note": "ถามนายทนาย ว่าความ",
}


@pytest.mark.parametrize("number", [1, 2, 4, 5])
def test_nothing_that_points_to_a_person_is_told(number):
    original = form(TOLD if number == 1 else None, base=number)
    told = json.dumps(redact(original, AS_OF), ensure_ascii=False)
    applicant = original.applicant
    secrets = [
        applicant.name_th,
        applicant.person_name,
        applicant.person_id,
        applicant.registration_number,
        applicant.phone,
        applicant.email,
        applicant.line_id,
        applicant.house_code,
        applicant.address.line,
        applicant.attorney.name,
        applicant.attorney.phone,
        original.farm.name_th,
        original.farm.land.owner_name,
        original.farm.land.document_number,
        str(original.farm.location.lat),
        *(document.number_on_document for document in original.documents),
        *(document.name_on_document for document in original.documents),
        *(file.file_name for file in (*original.documents, *original.photos)),
        *(file.sha256 for file in (*original.documents, *original.photos)),
    ]
    assert [secret for secret in secrets if secret and secret in told] == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, "ID_PRESENT_VALID"), ({"applicant.nationalId": "123"}, "ID_PRESENT_INVALID"), ({"applicant.nationalId": ""}, "ID_MISSING")],
)
def test_of_the_national_id_only_its_state_is_told(changes, status):
    assert redact(form(changes), AS_OF)["applicant"]["nationalId"] == status


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"applicant.registrationNumber": "1", "applicant.phone": "0810000001"}, ("PRESENT", "PRESENT")),
        ({"applicant.registrationNumber": "", "applicant.phone": ""}, ("MISSING", "MISSING")),
    ],
)
def test_of_registration_and_phone_only_their_presence_is_told(changes, told):
    applicant = redact(form(changes), AS_OF)["applicant"]
    assert (applicant["registrationNumber"], applicant["phone"]) == told


def test_of_files_only_what_is_known_is_told():
    bare = [{"slot": "SITE_MAP"}, {"slot": "LAND_RIGHTS", "nameOnDocument": "นางสายใจ", "expiresOn": "2027-01-02"}]
    photos = [{"slot": "STORAGE"}, {"slot": "SIGNAGE", "takenOn": "2026-10-01"}]
    facts = redact(form({"documents": bare, "photos": photos}), AS_OF)
    assert facts["documents"] == [{"slot": "SITE_MAP"}, {"slot": "LAND_RIGHTS", "expiresOn": "2027-01-02", "nameOnDocument": "PRESENT"}]
    assert facts["photos"] == [{"slot": "STORAGE"}, {"slot": "SIGNAGE", "takenOn": "2026-10-01"}]


@pytest.mark.parametrize(("name", "text", "cleaned"), [("กขค", "ของกขคเอง", "ของ[APPLICANT]เอง"), ("กข", "ของกขเอง", "ของกขเอง")])
def test_a_name_of_three_characters_is_found_and_one_of_two_is_not(name, text, cleaned):
    people = form({"applicant.nameTh": name, "applicant.nameEn": "", "documents": []})
    assert Scrubber(people, POLICY.quality.name_similarity).clean(text) == cleaned


def test_of_an_organisation_the_representatives_id_is_meant():
    assert redact(form(base=2), AS_OF)["applicant"]["nationalId"] == "ID_PRESENT_VALID"
    assert redact(form(base=5), AS_OF)["applicant"]["nationalId"] == "ID_PRESENT_INVALID"


def test_of_positions_the_district_and_distances_are_told():
    told = redact(form({"photos.0.gps": {"lat": 9.0, "lng": 98.9035}}), AS_OF)
    assert (told["farm"]["district"], told["farm"]["province"]) == ("บ้านตาขุน", "สุราษฎร์ธานี")
    assert told["photos"][0]["kmFromFarm"] == 9.5
    assert "lat" not in json.dumps(told)


def test_what_the_rules_need_to_be_judged_by_is_told():
    told = redact(form(base=2), AS_OF)
    assert told["required"]["documents"][0] == "ID_CARD"
    assert told["required"]["photos"]["FIELD_OVERVIEW"] == 2
    assert told["farm"]["area"] == "22-1-60 ไร่"
    assert told["farm"]["leaseEndsOn"] == "2028-04-30"
    assert told["crops"][0]["herbCode"] == "PLAI"
    assert told["documents"][0]["numberOnDocument"] == "SAME_AS_FORM"
    assert told["documents"][-1] == {
        "slot": "WATER_TEST",
        "mime": "application/pdf",
        "sizeBytes": 420000,
        "issuedOn": "2025-07-01",
        "labResult": "PASS",
    }
    assert told["selfAssessment"]["DOCUMENTATION"] == {"status": "PARTIAL", "note": "เริ่มจดบันทึกปีนี้"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"documents.ID_CARD.numberOnDocument": "1000200002021"}, "DIFFERS_FROM_FORM"),
        ({"documents.ID_CARD.numberOnDocument": GONE}, None),
        ({}, "SAME_AS_FORM"),
    ],
)
def test_of_the_number_on_the_card_only_the_comparison_is_told(changes, told):
    assert redact(form(changes), AS_OF)["documents"][0].get("numberOnDocument") == told


def test_of_other_numbers_only_the_presence_is_told():
    told = redact(form({"documents.SITE_MAP.numberOnDocument": "77"}), AS_OF)
    assert {item["slot"]: item for item in told["documents"]}["SITE_MAP"]["numberOnDocument"] == "PRESENT"


def test_codes_that_somebody_wrote_a_number_into_are_scrubbed_too():
    told = redact(form({"purposes": ["call 0812345678"], "selfAssessment.0812345678": {"status": "PARTIAL"}}), AS_OF)
    assert told["purposes"] == ["call [PHONE]"]
    assert "0812345678" not in json.dumps(told)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("โทร 081-234-5678", "โทร [PHONE]"),
        ("โทร +66 81 234 5678 ค่ะ", "โทร [PHONE] ค่ะ"),
        ("02 123 4567", "[PHONE]"),
        ("mail a.b@example.co.th now", "mail [EMAIL] now"),
        ("1 1017 00230 70 8", "[ID]"),
        ("เลข 1101700230708", "เลข [ID]"),
        ("พิกัด 13.7563, 100.5018", "พิกัด [POSITION]"),
        ("line id: abc.def", "[LINE]"),
        ("ไลน์ไอดี: abc", "[LINE]"),
        ("ดู https://example.com/me?x=1 ด้วย", "ดู [LINK] ด้วย"),
        ("123/4 หมู่ 7", "[ADDRESS] หมู่ 7"),
        ("บ้านเลขที่ 55", "[ADDRESS]"),
        ("พบนายสมชาย ใจดี ที่แปลง", "พบ[PERSON] ที่แปลง"),
        ("สายใจ เป็นคนปลูก", "[APPLICANT] เป็นคนปลูก"),
        ("นางสายใจ ทองดีสมมุติ", "[APPLICANT]"),
        ("ผลผลิต 12500 กก. ปี 2569 ไร่ละ 2500", "ผลผลิต 12500 กก. ปี 2569 ไร่ละ 2500"),
        ("online shop sells 5-2-10 ไร่", "online shop sells 5-2-10 ไร่"),
        ("", ""),
        (None, None),
    ],
)
def test_a_free_text_is_scrubbed(text, clean):
    cleaned = Scrubber(form(), POLICY.quality.name_similarity).clean(text)
    assert (cleaned.strip() if cleaned else cleaned) == clean


def test_the_longest_name_goes_first_so_that_no_part_is_left():
    changes = {"applicant.nameTh": "นางสาวแก้วตา แก้ว", "farm.land.ownerName": "แก้วตาดวงใจ"}
    cleaned = Scrubber(form(changes), POLICY.quality.name_similarity).clean("แก้วตาดวงใจ กับ แก้วตา")
    assert cleaned == "[OWNER] กับ [APPLICANT]"


def test_a_part_of_two_letters_stays_because_it_is_in_too_many_words():
    scrubber = Scrubber(form({"applicant.nameTh": "นายกา ดี"}), POLICY.quality.name_similarity)
    assert scrubber.clean("การปลูกที่ดี") == "การปลูกที่ดี"
    assert "กา ดี" not in scrubber.clean("คือ กา ดี")
