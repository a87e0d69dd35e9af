"""Papers and form: the same person, the same name, the same land."""

from datetime import date

import pytest

from backend.certification.quality.names import bare_name, similarity
from tests.support.rule_cases import GONE, POLICY, issues, result

NAMES = POLICY.quality.name_similarity
CARD = "documents.ID_CARD"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({f"{CARD}.numberOnDocument": "1000200002021"}, [("NATIONAL_ID_MISMATCH", CARD)]),
        ({f"{CARD}.numberOnDocument": "1-0001-00001-01-5"}, []),
        ({f"{CARD}.numberOnDocument": ""}, [("CHECK_NOT_PERFORMED", "NATIONAL_ID_VS_ID_CARD")]),
        ({f"{CARD}.numberOnDocument": None}, [("CHECK_NOT_PERFORMED", "NATIONAL_ID_VS_ID_CARD")]),
        ({f"{CARD}.nameOnDocument": "นายอื่น ใครไม่รู้"}, [("NAME_MISMATCH", CARD)]),
        ({f"{CARD}.nameOnDocument": "น.ส. สายใจ  ทองดีสมมุติ"}, []),
        ({f"{CARD}.nameOnDocument": "นางสายใจ ทองดีสมมติ"}, []),
        ({f"{CARD}.nameOnDocument": "นางสายใส ทองดำสมมติ"}, [("NAME_MISMATCH_MINOR", CARD)]),
        ({f"{CARD}.nameOnDocument": ""}, [("CHECK_NOT_PERFORMED", "NAME_VS_ID_CARD")]),
        ({CARD: GONE}, [("DOCUMENT_MISSING", CARD)]),
        ({"documents.LAND_RIGHTS.nameOnDocument": "นายเจ้าของ คนละคน"}, [("NAME_MISMATCH", "documents.LAND_RIGHTS")]),
        ({"documents.LAND_RIGHTS.nameOnDocument": "สายใจ ทองดีสมมุติ"}, []),
        (
            {"documents.LAND_RIGHTS.nameOnDocument": "นายเจ้าของ คนละคน", "farm.land.ownerName": ""},
            [("NAME_MISMATCH", "documents.LAND_RIGHTS")],
        ),
        ({"documents.LAND_RIGHTS": GONE}, [("DOCUMENT_MISSING", "documents.LAND_RIGHTS")]),
    ],
)
def test_the_papers_are_compared_with_the_form(changes, found):
    assert issues(changes) == found


def test_the_owner_of_rented_land_is_not_the_applicant():
    rented = {"farm.land.tenure": "STATE_PERMITTED", "farm.land.ownerName": "", "documents.LAND_RIGHTS.nameOnDocument": "กรมป่าไม้"}
    assert issues(rented) == []


def test_an_organisation_is_compared_by_its_name_and_its_representative():
    before = issues(base=2)
    assert issues({"documents.CE_REGISTRATION.nameOnDocument": "ชมรมคนละชื่อกัน"}, base=2)[0] == ("NAME_MISMATCH", "documents.CE_REGISTRATION")
    assert issues({"documents.CE_REGISTRATION.nameOnDocument": "วิสาหกิจชุมชน สมุนไพร บ้านทุ่งสมมุติ"}, base=2) == before
    assert ("NATIONAL_ID_MISMATCH", CARD) in issues({"applicant.representative.nationalId": "1000400004044"}, base=2)
    company = {"applicant.nameTh": "บริษัท ตัวอย่าง จำกัด", "documents.COMPANY_CERTIFICATE.nameOnDocument": "บริษัท อื่นไกล จำกัด"}
    assert ("NAME_MISMATCH", "documents.COMPANY_CERTIFICATE") in issues(company, base=5)


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("นางสาวสายใจ ใจดี", "สายใจใจดี"),
        ("น.ส. สายใจ", "สายใจ"),
        ("นายก. ข.", "กข"),
        ("ว่าที่ ร.ต. เอก โท", "เอกโท"),
        ("บริษัท สมุนไพร จำกัด", "สมุนไพร"),
        ("บริษัท สมุนไพร จำกัด (มหาชน)", "สมุนไพร"),
        ("ห้างหุ้นส่วนจำกัด ตัวอย่าง", "ตัวอย่าง"),
        ("Miss A. Bee", "missabee"),
    ],
)
def test_titles_and_legal_forms_do_not_count(name, bare):
    assert bare_name(name, NAMES) == bare


@pytest.mark.parametrize(("one", "other", "alike"), [("นายกขคงจ", "กขคงจ", 1.0), ("กขคง", "กขคจ", 0.75), ("กข", "คง", 0.0)])
def test_likeness_is_twice_the_common_characters_by_all(one, other, alike):
    assert similarity(one, other, NAMES) == alike


@pytest.mark.parametrize(
    ("on_card", "found"),
    [
        ("กขคงจฉชซฌญ", []),
        ("กขคงจฉชซฌฎ", []),  # 0.9 exactly is no mismatch
        ("กขคงจฉชซฎฏ", ["NAME_MISMATCH_MINOR"]),
        ("กขคงจฉชฐฎฏ", ["NAME_MISMATCH_MINOR"]),  # 0.7 exactly is a minor one
        ("กขคงจฉฑฐฎฏ", ["NAME_MISMATCH"]),
    ],
)
def test_the_limits_of_likeness_belong_to_the_milder_side(on_card, found):
    changes = {"applicant.nameTh": "กขคงจฉชซฌญ", "farm.land.ownerName": "x", f"{CARD}.nameOnDocument": on_card}
    assert [code for code, _ in issues(changes)] == found


def paper(rai, ngan=0, sq_wah=0):
    return {"farm.area": {"rai": 100}, "documents.LAND_RIGHTS.areaOnDocument": {"rai": rai, "ngan": ngan, "sqWah": sq_wah}}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"farm.area": {"rai": 105}, "documents.LAND_RIGHTS.areaOnDocument": {"rai": 100}}, []),
        ({"farm.area": {"rai": 105, "sqWah": 1}, "documents.LAND_RIGHTS.areaOnDocument": {"rai": 100}}, ["AREA_MISMATCH_MINOR"]),
        ({"farm.area": {"rai": 115}, "documents.LAND_RIGHTS.areaOnDocument": {"rai": 100}}, ["AREA_MISMATCH_MINOR"]),
        ({"farm.area": {"rai": 115, "sqWah": 1}, "documents.LAND_RIGHTS.areaOnDocument": {"rai": 100}}, ["AREA_MISMATCH"]),
        ({"farm.area": {"rai": 95}, "documents.LAND_RIGHTS.areaOnDocument": {"rai": 100}}, []),
        ({"farm.area": {"rai": 84}, "documents.LAND_RIGHTS.areaOnDocument": {"rai": 100}}, ["AREA_MISMATCH"]),
        (paper(100), []),
        ({"documents.LAND_RIGHTS.areaOnDocument": {}}, ["CHECK_NOT_PERFORMED"]),
        ({"documents.LAND_RIGHTS.areaOnDocument": {"rai": 0}}, ["CHECK_NOT_PERFORMED"]),
    ],
)
def test_the_area_is_compared_with_the_land_document(changes, found):
    assert [code for code, _ in issues(changes)] == found


def test_facts_that_nobody_has_checked_are_listed_and_stop_a_video_inspection():
    unchecked = result({"documents.LAND_RIGHTS.areaOnDocument": {}})
    assert unchecked.checks_not_performed == ("AREA_VS_LAND_DOCUMENT",)
    assert (unchecked.overall_score, unchecked.inspection_type) == (99.5, "HYBRID")
    assert unchecked.decision_reasons == ("SCORE_VIDEO", "CEILING:HYBRID")
    assert unchecked.ceiling_reasons == ("CHECKS_NOT_PERFORMED",)


@pytest.mark.parametrize(
    ("ends", "found"),
    [
        ("2026-11-01", ["LEASE_EXPIRED"]),
        ("2026-11-02", ["LEASE_SHORTER_THAN_CERTIFICATE"]),
        ("2029-10-31", ["LEASE_SHORTER_THAN_CERTIFICATE"]),
        ("2029-11-01", []),
        ("2572-10-31", ["LEASE_SHORTER_THAN_CERTIFICATE"]),
        ("whenever", []),
        (None, []),
    ],
)
def test_a_lease_has_to_outlast_the_certificate(ends, found):
    assert issues({"farm.land.leaseEndsOn": ends}) == [(code, "farm.land.leaseEndsOn") for code in found]


@pytest.mark.parametrize(("ends", "short"), [("2031-02-27", True), ("2031-02-28", False)])
def test_a_certificate_of_29_february_ends_with_february(ends, short):
    found = issues({"farm.land.leaseEndsOn": ends}, as_of=date(2028, 2, 29))
    assert (("LEASE_SHORTER_THAN_CERTIFICATE", "farm.land.leaseEndsOn") in found) is short


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"previousCertificate.expiresOn": "2026-11-01"}, [("RENEWAL_AFTER_EXPIRY", "previousCertificate.expiresOn")]),
        ({"previousCertificate.expiresOn": "2026-11-02"}, []),
        ({"previousCertificate": {}}, []),
        (
            {"previousCertificate": {}, "documents.PREVIOUS_CERTIFICATE.expiresOn": "2026-11-01"},
            [("DOCUMENT_EXPIRED", "documents.PREVIOUS_CERTIFICATE"), ("RENEWAL_AFTER_EXPIRY", "previousCertificate.expiresOn")],
        ),
        ({"previousCertificate": {}, "documents.PREVIOUS_CERTIFICATE": GONE}, [("DOCUMENT_MISSING", "documents.PREVIOUS_CERTIFICATE")]),
    ],
)
def test_a_renewal_comes_before_the_certificate_expires(changes, found):
    assert issues(changes) == found


def test_a_new_application_is_no_late_renewal():
    codes = [code for code, _ in issues({"requestType": "NEW", "previousCertificate.expiresOn": "2020-01-01"})]
    assert "RENEWAL_AFTER_EXPIRY" not in codes


def test_names_are_compared_as_far_as_a_name_may_go():
    long = "ก" * 200
    assert similarity(long + "ข" * 50_000, long + "ค" * 50_000, NAMES) == 1
    assert similarity("ข" * 199 + "ก", "ข" * 199 + "ค", NAMES) == 0.995
