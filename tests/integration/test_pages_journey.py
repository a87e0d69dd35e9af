"""From registering to the status page, without a script: what most farmers will do."""

import pytest

from tests.support.pages import CONSENTS, Visitor
from tests.support.site import Site


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.close()


@pytest.fixture
def farmer(site):
    return Visitor(site)


def test_a_farmer_registers_fills_in_uploads_checks_submits_and_sees_the_result(farmer):
    application = farmer.submitted()

    assert farmer.path == application
    assert "ส่งคำขอแล้ว" in farmer.text
    assert "GACP-2569-000001" in farmer.text
    assert "ผลเบื้องต้น ไม่ใช่คำตัดสิน" in farmer.text
    assert "วัน" in farmer.text
    assert "2569" in farmer.text


def test_the_summary_of_a_submitted_application_can_be_downloaded(farmer):
    application = farmer.submitted()

    report = farmer.client.get(f"/api/v1{application}/report.pdf")

    assert f'href="/api/v1{application}/report.pdf"' in farmer.last.text
    assert report.status_code == 200
    assert report.data.startswith(b"%PDF")


def test_the_button_pressed_twice_hands_in_once(farmer, site):
    application = farmer.submitted()

    farmer.get("/applications")
    again = farmer.post(f"{application}/check", {"version": "3", **CONSENTS})

    assert again.status_code == 200
    assert farmer.path == application
    assert "GACP-2569-000001" in farmer.text


def test_what_was_typed_is_stored_as_the_rules_need_it(farmer, site):
    application = farmer.submitted()

    stored = farmer.client.get(f"/api/v1{application}").get_json()["application"]

    assert stored["applicant"]["address"]["postalCode"] == "84230"
    assert stored["farm"]["area"] == {"rai": 6, "ngan": 2, "sqWah": 40}
    assert stored["farm"]["location"]["source"] == "TYPED"
    assert stored["crops"][0]["expectedYieldKgPerCycle"] == 12500
    assert stored["consents"]["truthDeclaration"] is True
    assert stored["consents"]["allowCrossBorderAi"] is False
