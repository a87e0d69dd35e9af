"""The status page: where the application stands, in honest words, and what to do."""

import re

import pytest

from backend.accounts.roles import Role
from backend.adapters.memory.broker import MemoryBroker
from backend.app import create_app
from backend.bootstrap import Parts, build
from backend.certification.actors import Actor
from backend.clock import FrozenClock
from backend.settings import load
from tests.support.pages import Visitor
from tests.support.site import THE_DAY, Site, sample

PLAI = "02_plai_community_enterprise_new.json"


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.close()


@pytest.fixture
def farmer(site):
    return Visitor(site).sign_in(Role.FARMER)


def actor_of(site, email, role):
    user = site.services.accounts.find_by_email(email)
    return Actor(user.id, role, user.email)


def handed_in(site, name=None):
    """The address of an application of the farmer that was submitted."""
    actor = actor_of(site, "a.farmer@example.com", "FARMER")
    draft = site.services.certification.import_draft(actor, sample(name) if name else sample(), actor)
    site.services.certification.submit(actor, draft.id)
    return f"/applications/{draft.id}"


def sent_back(site, *paths):
    application = handed_in(site)
    Visitor(site).sign_in(Role.REVIEWER)
    reviewer = actor_of(site, "a.reviewer@example.com", "REVIEWER")
    items = [{"path": path, "reason": "ภาพไม่ชัด"} for path in paths]
    site.services.certification.request_revision(reviewer, application.rpartition("/")[2], items, "โปรดแก้ไขตามรายการ")
    return application


def test_the_result_is_shown_with_score_inspection_reasons_and_appointment(site, farmer):
    farmer.get(handed_in(site))

    for words in ("99.5", "ตรวจทางวิดีโอ", "คะแนนและหลักฐานถึงเกณฑ์ตรวจทางวิดีโอ", "ผลเบื้องต้น ไม่ใช่คำตัดสิน", "เสนอวัน", "08.30 น."):
        assert words in farmer.text, words


def test_issues_come_with_how_to_put_them_right(site, farmer):
    farmer.get(handed_in(site, PLAI))

    assert "เอกสารไม่ชัด: สำเนาทะเบียนบ้าน – ถ่ายหรือสแกนใหม่ในที่สว่าง" in farmer.text
    assert "ตรวจแบบผสม" in farmer.text


def test_days_are_of_the_buddhist_era_in_thai_and_of_the_common_one_in_english(site, farmer):
    application = handed_in(site)

    farmer.get(application)
    assert "วันพฤหัสบดีที่ 5 พฤศจิกายน 2569" in farmer.text
    farmer.get(f"{application}?lang=en")
    assert "Thursday 5 November 2026" in farmer.text


def test_the_timeline_tells_the_latest_first_and_leaves_out_every_keystroke(site, farmer):
    timeline = farmer.get(handed_in(site)).text.partition('class="timeline"')[2]

    assert timeline.index("ตรวจเบื้องต้นเสร็จ") < timeline.index("ยื่นคำขอ") < timeline.index("สร้างคำขอ")
    assert "จัดทำเอกสารสรุป" not in timeline


def test_a_finished_page_does_not_reload_itself(site, farmer):
    text = farmer.get(handed_in(site)).text

    assert 'http-equiv="refresh"' not in text
    assert "data-watch" not in text


def test_what_has_to_be_put_right_leads_to_its_pages_and_names_the_day(site, farmer):
    application = sent_back(site, "documents.LAND_RIGHTS", "farm.area")

    text = farmer.get(application).text

    assert f'href="{application}/files/LAND_RIGHTS"' in text
    assert f'href="{application}/form/area?check=1#farm.area"' in text
    assert "วันพุธที่ 2 ธันวาคม 2569" in farmer.text
    assert "ภาพไม่ชัด" in farmer.text


def test_a_part_that_is_not_on_the_list_stays_closed(site, farmer):
    application = sent_back(site, "farm.area")
    farmer.get(f"{application}/form/contact")

    response = farmer.post(f"{application}/form/contact", {"applicant.phone": "0899999999", "applicant.email": "saijai@example.com"})

    assert response.status_code == 422
    assert "ส่วนนี้ไม่อยู่ในรายการที่ขอแก้ไข" in farmer.text
    assert 'value="0899999999"' in response.text


def test_a_corrected_application_is_sent_again_without_new_declarations(site, farmer):
    application = sent_back(site, "farm.area")
    farmer.get(f"{application}/form/area")
    answers = {
        "farm.area.rai": "6",
        "farm.area.ngan": "2",
        "farm.area.sqWah": "41",
        "farm.cultivatedArea.rai": "5",
        "farm.areaTypes": "OUTDOOR",
    }
    answers |= {"farm.cultivatedArea.ngan": "0", "farm.cultivatedArea.sqWah": "0"}
    assert farmer.post(f"{application}/form/area", answers).status_code == 200

    farmer.get(f"{application}/check")
    version = re.search(r'name="version" value="(\d+)"', farmer.last.text)[1]
    assert "consents.truthDeclaration" not in farmer.last.text
    farmer.post(f"{application}/check", {"version": version})

    assert farmer.path == application
    assert "กำลังตรวจเอกสาร" in farmer.text


def test_giving_up_is_asked_twice_and_then_final(site, farmer):
    application = handed_in(site)
    assert "นัดตรวจจะถูกยกเลิก" in (farmer.get(f"{application}/withdraw"), farmer.text)[1]

    farmer.post(f"{application}/withdraw", {"reason": "ย้ายแปลง"})

    assert "ถอนคำขอ" in farmer.text
    assert farmer.get(f"{application}/withdraw").status_code == 409


def test_an_application_has_one_page_for_everybody_and_officers_are_led_to_theirs(site, farmer):
    application = handed_in(site)
    reviewer = Visitor(site).sign_in(Role.REVIEWER)

    reviewer.get(application)

    assert reviewer.path == f"/officer{application}"


def test_a_farmer_is_not_shown_what_only_officers_may_know(site, farmer):
    application = handed_in(site)
    officer = Visitor(site).sign_in(Role.REVIEWER)

    assert "variant=officer" in officer.get(f"/officer{application}").text
    assert "variant=officer" not in farmer.get(application).text
    assert farmer.get(f"/officer{application}").status_code == 403


@pytest.fixture
def queued_site(tmp_path):
    """A site whose jobs wait for a worker that never comes."""
    site = Site(tmp_path)
    site.close()
    site.settings = load(DATA_DIR=tmp_path, GACP_ENV="test", SECRET_KEY="k" * 32, ENABLE_QUEUE="true", REDIS_URL="redis://127.0.0.1:1")
    clock = FrozenClock(THE_DAY)
    site.services = build(site.settings, Parts(clock=clock, broker=MemoryBroker()))
    site.app = create_app(site.services)
    yield site
    site.close()


def test_while_the_check_runs_the_page_says_so_and_looks_again_by_itself(queued_site):
    farmer = Visitor(queued_site).sign_in(Role.FARMER)
    application = handed_in(queued_site)

    text = farmer.get(application).text

    assert "กำลังตรวจเบื้องต้น" in farmer.text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in text
    assert f'data-watch="{application}/state"' in text
    assert "ผลการตรวจเบื้องต้น" not in farmer.text


def test_the_fingerprint_changes_when_there_is_news(queued_site):
    farmer = Visitor(queued_site).sign_in(Role.FARMER)
    application = handed_in(queued_site)
    before = re.search(r'data-fingerprint="([^"]+)"', farmer.get(application).text)[1]
    assert farmer.get(f"{application}/state").get_json() == {"fingerprint": before}

    application_id = application.rpartition("/")[2]
    stored = queued_site.services.certification.get(actor_of(queued_site, "a.farmer@example.com", "FARMER"), application_id)
    queued_site.services.certification.run_quality_check(application_id, stored.qc_run_id)

    assert farmer.get(f"{application}/state").get_json()["fingerprint"] != before
