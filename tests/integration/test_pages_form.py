"""The form on its pages: nothing typed is lost, what is wrong is said beside it, and nothing is asked that does not apply."""

import re

import pytest

from tests.support.pages import ADDRESS, Visitor
from tests.support.site import INCOMPLETE, REPLACEMENT, Site, sample

SCRIPT = '<script>alert("x")</script>'


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("form"))
    yield site
    site.close()


@pytest.fixture
def farmer(site):
    return Visitor(site).sign_in("FARMER")


@pytest.fixture
def application(farmer):
    return farmer.begin()


def stored(farmer, application):
    return farmer.client.get(f"/api/v1{application}").get_json()["application"]


def imported(farmer, name, **changes):
    """A draft made of a sample, through the API with the token of the session."""
    farmer.get("/applications")
    answer = farmer.client.post("/api/v1/applications", json=sample(name, **changes), headers={"X-CSRFToken": farmer.token()})
    return f"/applications/{answer.get_json()['application']['id']}"


def send(farmer, application, step, **fields):
    farmer.get(f"{application}/form/{step}")
    return farmer.post(f"{application}/form/{step}", {name.replace("__", "."): value for name, value in fields.items()})


def test_a_new_draft_begins_with_the_task_list_and_the_address_of_the_account(farmer, application):
    assert farmer.path == f"{application}/form"
    assert stored(farmer, application)["applicant"]["email"] == "a.farmer@example.com"
    for words in ("คำขอและผู้ยื่นคำขอ", "ฟาร์มและแปลง", "สมุนไพร", "การปฏิบัติและการประเมินตนเอง", "เอกสาร", "รูปถ่าย", "ตรวจทานและส่ง"):
        assert words in farmer.text


def test_continue_saves_and_leads_to_the_next_step(farmer, application):
    send(farmer, application, "request", requestType="NEW")

    assert farmer.path == f"{application}/form/scope"
    assert stored(farmer, application)["requestType"] == "NEW"


def test_one_may_save_and_go_back_to_the_list(farmer, application):
    send(farmer, application, "request", requestType="NEW", action="hub")

    assert farmer.path == f"{application}/form"


def test_a_wrong_number_is_kept_and_said_beside_the_field(farmer, application):
    send(farmer, application, "kind", applicant__type="INDIVIDUAL")

    response = send(farmer, application, "person", applicant__nameTh="สายใจ", applicant__nationalId="1234567890123")

    assert response.status_code == 422
    assert 'value="1234567890123"' in response.text
    assert 'href="#applicant.nationalId"' in response.text
    assert 'aria-describedby="applicant.nationalId-hint applicant.nationalId-error"' in response.text
    assert "<title>ข้อผิดพลาด:" in response.text
    assert stored(farmer, application)["applicant"]["nameTh"] == "สายใจ"


def test_what_cannot_be_kept_at_all_is_still_on_the_page(farmer, application):
    response = send(farmer, application, "location", farm__location__lat="แปด", farm__location__lng="98.9")

    assert response.status_code == 422
    assert 'value="แปด"' in response.text
    assert 'value="98.9"' in response.text
    assert "พิมพ์เป็นตัวเลข" in farmer.text
    assert "บันทึกแล้ว แต่" not in farmer.text


def test_a_field_left_empty_is_taken_off_the_form(farmer, application):
    send(farmer, application, "contact", applicant__phone="0810000001", applicant__lineId="saijai")
    send(farmer, application, "contact", applicant__phone="0810000001", applicant__lineId="")

    assert "lineId" not in stored(farmer, application)["applicant"]


def test_a_swapped_position_is_put_right_by_one_press(farmer, application):
    farmer.get(f"{application}/form/request")
    wrong = send(farmer, application, "location", farm__location__lat="98.9035", farm__location__lng="8.9142")
    assert 'value="swap"' in wrong.text

    farmer.post(f"{application}/form/location", {"farm.location.lat": "98.9035", "farm.location.lng": "8.9142", "action": "swap"})

    assert farmer.path == f"{application}/form/area"
    assert stored(farmer, application)["farm"]["location"] == {"lat": 8.9142, "lng": 98.9035, "source": "TYPED"}


def test_a_position_of_the_phone_keeps_how_exact_it_is(farmer, application):
    fields = {"farm__location__lat": "8.9142", "farm__location__lng": "98.9035", "farm__location__accuracyM": "8"}
    send(farmer, application, "location", **fields)

    assert stored(farmer, application)["farm"]["location"]["source"] == "PHONE_GPS"
    assert stored(farmer, application)["farm"]["location"]["accuracyM"] == 8


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"rai": "4-2-25"}, {"rai": 4, "ngan": 2, "sqWah": 25}),
        ({"rai": "๔-๒-๒๕ ไร่"}, {"rai": 4, "ngan": 2, "sqWah": 25}),
        ({"rai": "๖", "ngan": "2", "sqWah": "40.5"}, {"rai": 6, "ngan": 2, "sqWah": 40.5}),
        ({"rai": "6"}, {"rai": 6}),
    ],
)
def test_an_area_may_be_typed_in_parts_or_as_deeds_write_it(farmer, application, typed, kept):
    send(farmer, application, "area", **{f"farm__area__{part}": value for part, value in typed.items()})

    assert {part: value for part, value in stored(farmer, application)["farm"]["area"].items() if value is not None} == kept


def test_an_area_is_shown_in_square_metres(farmer, application):
    send(farmer, application, "area", farm__area__rai="4-2-25")

    farmer.get(f"{application}/form/area")

    assert "= 7,300 ตารางเมตร" in farmer.text


def test_four_ngan_are_refused_with_the_cure_and_stay_on_the_page(farmer, application):
    response = send(farmer, application, "area", farm__area__rai="2", farm__area__ngan="7")

    assert response.status_code == 422
    assert "งานใส่ได้ 0 ถึง 3" in farmer.text
    assert 'name="farm.area.ngan" value="7"' in response.text


@pytest.mark.parametrize("typed", ["31/12/2572", "๓๑/๑๒/๒๕๗๒", "2029-12-31"])
def test_a_date_may_be_typed_in_either_era(farmer, application, typed):
    send(farmer, application, "scope", certificationScopes=["CULTIVATION"])
    send(farmer, application, "tenure", farm__land__tenure="RENTED")
    send(farmer, application, "land", farm__land__leaseEndsOn=typed)

    assert stored(farmer, application)["farm"]["land"]["leaseEndsOn"] == "2029-12-31"


BRANCHES = [
    ("kind", {"applicant__type": "INDIVIDUAL"}, {"person": ["applicant.nationalId"]}, ["representative"], ["applicant.registrationNumber"]),
    (
        "kind",
        {"applicant__type": "COMMUNITY_ENTERPRISE"},
        {"person": ["applicant.registrationNumber", "applicant.memberCount"], "representative": ["applicant.representative.nationalId"]},
        [],
        ["applicant.nationalId"],
    ),
    (
        "kind",
        {"applicant__type": "JURISTIC"},
        {"person": ["applicant.registrationNumber"], "representative": ["applicant.representative.nameTh"]},
        [],
        ["applicant.nationalId", "applicant.memberCount"],
    ),
    ("filer", {"applicant__filedByAttorney": "yes"}, {"attorney": ["applicant.attorney.name"]}, [], []),
    ("filer", {"applicant__filedByAttorney": "no"}, {}, ["attorney"], []),
    ("request", {"requestType": "NEW"}, {"farm-name": ["farm.nameTh"]}, ["previous"], []),
    ("request", {"requestType": "RENEWAL"}, {"previous": ["previousCertificate.expiresOn"]}, [], ["replacementReason"]),
    (
        "request",
        {"requestType": "REPLACEMENT"},
        {"previous": ["replacementReason", "previousCertificateNumber"]},
        ["farm-name", "crops", "sop"],
        ["previousCertificate.expiresOn"],
    ),
]


@pytest.mark.parametrize(("step", "answer", "asked", "pages_gone", "never_asked"), BRANCHES)
def test_only_what_applies_is_asked(farmer, application, *, step, answer, asked, pages_gone, never_asked):
    send(farmer, application, step, **answer)

    for name, paths in asked.items():
        text = farmer.get(f"{application}/form/{name}").text
        assert all(f'name="{path}"' in text for path in paths), name
        assert not any(f'name="{path}"' in text for path in never_asked), name
    for name in pages_gone:
        assert farmer.get(f"{application}/form/{name}").status_code == 404, name


def test_land_of_others_is_asked_about_and_own_land_is_not(farmer, application):
    send(farmer, application, "scope", certificationScopes=["CULTIVATION"])
    for tenure, asked in (("RENTED", True), ("OWNED", False), ("OWNER_PERMITTED", True)):
        send(farmer, application, "tenure", farm__land__tenure=tenure)
        assert ('name="farm.land.leaseEndsOn"' in farmer.get(f"{application}/form/land").text) is asked, tenure


def test_every_choice_can_be_chosen(farmer, application):
    """A radio without options asks for what cannot be answered."""
    send(farmer, application, "request", requestType="REPLACEMENT")

    text = farmer.get(f"{application}/form/previous").text

    assert re.findall(r'type="radio" name="replacementReason" value="(\w+)"', text) == ["LOST", "DAMAGED"]


def test_what_is_not_needed_is_marked_as_optional_and_what_is_needed_is_not(farmer, application):
    send(farmer, application, "kind", applicant__type="INDIVIDUAL")
    text = farmer.get(f"{application}/form/person").text
    labels = dict(re.findall(r'<label for="([^"]+)">(.*?)</label>', text, re.DOTALL))

    assert "(ไม่บังคับ)" in labels["applicant.nameEn"]
    assert "(ไม่บังคับ)" not in labels["applicant.nationalId"]


def test_herbs_are_added_changed_and_taken_off_one_by_one(farmer, application):
    for number, herb in enumerate(("TURMERIC", "GINGER")):
        send(farmer, application, f"crops/{number}", herbCode=herb, partsUsed=["RHIZOME"], variety=f"พันธุ์ {number}")
    assert [crop["herbCode"] for crop in stored(farmer, application)["crops"]] == ["TURMERIC", "GINGER"]

    send(farmer, application, "crops/1", herbCode="PLAI", partsUsed=["RHIZOME"])
    send(farmer, application, "crops/0", action="remove")

    (left,) = stored(farmer, application)["crops"]
    assert left["herbCode"] == "PLAI"
    assert not left.get("variety")


def test_an_item_that_is_not_there_cannot_be_opened(farmer, application):
    assert farmer.get(f"{application}/form/crops/0").status_code == 200
    assert farmer.get(f"{application}/form/crops/1").status_code == 404
    assert farmer.get(f"{application}/form/records/0").status_code == 404


def test_an_item_that_is_wrong_says_so_in_its_page_and_in_the_list(farmer, application):
    response = send(farmer, application, "crops/0", herbCode="TURMERIC", cyclesPerYear="13")

    assert response.status_code == 422
    assert 'href="#cyclesPerYear"' in response.text
    assert "ต้องแก้ไข" in (farmer.get(f"{application}/form/crops"), farmer.text)[1]


def test_an_item_with_letters_for_a_number_keeps_them_on_the_page(farmer, application):
    response = send(farmer, application, "crops/0", herbCode="TURMERIC", expectedYieldKgPerCycle="มาก")

    assert response.status_code == 422
    assert 'value="มาก"' in response.text
    assert "crops" not in stored(farmer, application)


def test_fertilisers_stand_in_their_own_list(farmer, application):
    send(farmer, application, "fertilizers/0", kind="COMPOST", name="ปุ๋ยหมัก")

    assert stored(farmer, application)["practices"]["fertilizers"][0]["name"] == "ปุ๋ยหมัก"


def test_the_self_assessment_keeps_answer_and_note(farmer, application):
    fields = {"selfAssessment__WATER__status": "NOT_APPLICABLE"}
    response = send(farmer, application, "assess-field", **fields)
    assert response.status_code == 422, "a category that does not apply needs a note"

    send(farmer, application, "assess-field", **fields, selfAssessment__WATER__note="ใช้น้ำฝน")

    assert stored(farmer, application)["selfAssessment"]["WATER"] == {"status": "NOT_APPLICABLE", "note": "ใช้น้ำฝน"}


def test_markup_in_a_name_is_text_on_every_page(farmer, application):
    send(farmer, application, "farm-name", farm__nameTh=SCRIPT)

    for path in ("/applications", f"{application}/form", f"{application}/form/farm-name", f"{application}/check"):
        text = farmer.get(path).text
        assert SCRIPT not in text, path
    assert "&lt;script&gt;" in text


def test_the_check_page_lists_what_is_missing_and_leads_there(farmer):
    application = imported(farmer, INCOMPLETE)

    text = farmer.get(f"{application}/check").text
    links = re.findall(r'<section class="problems".*?</section>', text, re.DOTALL)[0]

    assert f'href="{application}/form/scope?check=1#purposes"' in links
    assert f'href="{application}/files/LAND_RIGHTS"' in links
    assert f'href="{application}/form/crops/0#materialSource"' in links
    for address in re.findall(r'href="([^"#]+)', links):
        assert farmer.get(address.replace("&amp;", "&")).status_code == 200, address


def test_an_incomplete_application_is_not_handed_in(farmer):
    application = imported(farmer, INCOMPLETE)

    assert farmer.submit(application).status_code == 422
    assert stored(farmer, application)["status"] == "DRAFT"


def test_the_declarations_are_needed_and_asked_for_beside_their_boxes(farmer):
    application = imported(farmer, REPLACEMENT, consents={})
    farmer.get(f"{application}/check")

    response = farmer.post(f"{application}/check", {"consents.allowCrossBorderAi": "yes"})

    assert response.status_code == 422
    assert 'href="#consents.truthDeclaration"' in response.text
    assert re.search(r'name="consents.allowCrossBorderAi" value="yes" checked', response.text)


def test_what_changed_since_the_page_was_shown_is_not_handed_in_unseen(farmer):
    application = imported(farmer, REPLACEMENT)
    farmer.get(f"{application}/check")
    version = stored(farmer, application)["version"]
    send(farmer, application, "contact", applicant__phone="0810000009")
    farmer.get(f"{application}/check")

    response = farmer.post(
        f"{application}/check",
        {"version": str(version), "consents.privacyNoticeAcceptedAt": "yes", "consents.truthDeclaration": "yes"},
    )

    assert response.status_code == 409
    assert stored(farmer, application)["status"] == "DRAFT"


def test_a_replacement_needs_no_farm_no_photos_and_goes_to_review(farmer):
    application = imported(farmer, REPLACEMENT)
    hub = farmer.get(f"{application}/form").text
    assert f"{application}/photos" not in hub

    assert farmer.submit(application).status_code == 200
    assert stored(farmer, application)["status"] == "IN_REVIEW"


def test_addresses_offer_the_77_provinces(farmer, application):
    text = farmer.get(f"{application}/form/address").text

    assert len(re.findall(r"<option value=", text)) == 77
    send(farmer, application, "address", **{f"applicant__address__{name}": value for name, value in ADDRESS.items()})
    assert farmer.path == f"{application}/form/contact"


def test_another_farmers_draft_does_not_exist(site, farmer, application):
    neighbour = Visitor(site).sign_in("FARMER", "neighbour")

    for path in ("", "/form", "/form/request", "/form/crops/0", "/documents", "/files/ID_CARD", "/check", "/withdraw", "/state"):
        assert neighbour.get(f"{application}{path}").status_code == 404, path


def test_a_draft_that_was_handed_in_is_closed(farmer):
    application = imported(farmer, REPLACEMENT)
    farmer.submit(application)

    for path in ("/form", "/form/request", "/check"):
        assert farmer.get(f"{application}{path}").request.path == application, path
    assert farmer.post(f"{application}/form/request", {"requestType": "NEW"}).status_code in {403, 409}


@pytest.mark.parametrize(("language", "cure"), [("en", "Set the pin of the farm on the map again"), ("th", "ปักหมุดแปลงบนแผนที่ใหม่")])
def test_the_check_says_in_each_language_how_to_put_things_right(farmer, language, cure):
    application = imported(farmer, INCOMPLETE, farm={"location": {"lat": 51.5, "lng": 0.1}})
    farmer.get(f"{application}/check?lang={language}")
    assert cure in farmer.text
