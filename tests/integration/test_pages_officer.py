"""The officers' desk and the administrator's queues."""

import re

import pytest

from backend.accounts.roles import Role
from backend.audit.ports import AuditFilter
from backend.certification.actors import Actor
from backend.pages.summary import hidden_id
from backend.queues.names import QUEUES
from tests.support.pages import Visitor
from tests.support.site import Site, sample

PLAI = "02_plai_community_enterprise_new.json"
SCRIPT = '<img src=x onerror="alert(1)">'


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.close()


@pytest.fixture
def reviewer(site):
    return Visitor(site).sign_in(Role.REVIEWER)


def handed_in(site, name=PLAI, **changes):
    Visitor(site).sign_in(Role.FARMER)
    user = site.services.accounts.find_by_email("a.farmer@example.com")
    actor = Actor(user.id, "FARMER", user.email)
    draft = site.services.certification.import_draft(actor, sample(name) | changes, actor)
    site.services.certification.submit(actor, draft.id)
    return f"/officer/applications/{draft.id}"


def asked(reviewer, application, **fields):
    """Send the form of the revision with the first issue chosen."""
    text = reviewer.get(f"{application}/revision").text
    rows = dict(re.findall(r'name="path\.(\d+)" value="([^"]+)"', text))
    form = {"row": list(rows), "version": re.search(r'name="version" value="(\d+)"', text)[1], "comment": "โปรดแก้ไขตามรายการนี้"}
    form |= {f"path.{number}": path for number, path in rows.items()} | {f"reason.{number}": "ไม่ชัด" for number in rows}
    return reviewer.post(
        f"{application}/revision", form | {"chosen.0": "1"} | {name.replace("__", "."): value for name, value in fields.items()}
    )


def test_the_list_shows_what_waits_for_review_with_score_and_inspection(site, reviewer):
    handed_in(site)

    reviewer.get("/officer")

    for words in ("GACP-2569-000001", "แปลงรวมสมุนไพรบ้านทุ่งสมมุติ", "ไพล, ขมิ้นชัน", "88.1", "ตรวจแบบผสม", "2 พ.ย. 2569"):
        assert words in reviewer.text, words


@pytest.mark.parametrize(("status", "found"), [("IN_REVIEW", True), ("all", True), ("REJECTED", False), ("NO_SUCH", False)])
def test_the_list_can_be_narrowed_to_a_state(site, reviewer, status, found):
    handed_in(site)

    reviewer.get(f"/officer?status={status}")

    assert ("GACP-2569-000001" in reviewer.text) is found


def test_one_page_holds_result_issues_appointments_letters_summaries_and_papers(site, reviewer):
    text = reviewer.get(handed_in(site)).text

    for words in ("88.1", "(B)", "DOCUMENT_POOR_QUALITY", "ตรวจแบบผสม: ณ สถานที่", "รับคำขอแล้ว", "ฉบับเจ้าหน้าที่", "ท.ว.ช.2", "ลำดับเหตุการณ์"):
        assert words in reviewer.text, words
    assert "variant=officer" in text


@pytest.mark.parametrize(("role", "shown"), [(Role.REVIEWER, True), (Role.INSPECTOR, False), (Role.APPROVER, False), (Role.ADMIN, False)])
def test_only_the_reviewer_sees_whole_id_numbers(site, role, shown):
    number = sample(PLAI)["applicant"]["representative"]["nationalId"]
    officer = Visitor(site).sign_in(role)

    text = officer.get(handed_in(site)).text

    assert (number in text) is shown
    assert (hidden_id(number) in text) is not shown


@pytest.mark.parametrize(
    ("number", "hidden"),
    [
        ("1000100001015", "x-xxxx-xxxxx-01-5"),
        ("1-0001-00001-01-5", "x-xxxx-xxxxx-01-5"),
        ("12", "x-xxxx-xxxxx-xx-x"),
        ("", "x-xxxx-xxxxx-xx-x"),
    ],
)
def test_an_id_keeps_its_last_three_digits(number, hidden):
    assert hidden_id(number) == hidden


def test_markup_in_what_applicants_wrote_stays_text(site, reviewer):
    farm = sample(PLAI)["farm"] | {"nameTh": SCRIPT}

    application = handed_in(site, farm=farm)

    for path in ("/officer", application):
        assert SCRIPT not in reviewer.get(path).text
    assert "&lt;img src=x" in reviewer.last.text


def test_a_revision_begins_with_the_issues_that_were_found(site, reviewer):
    text = reviewer.get(f"{handed_in(site)}/revision").text

    assert 'value="documents.HOUSE_REGISTRATION"' in text
    assert "เอกสารไม่ชัด" in text
    assert " checked" not in text


def test_the_chosen_items_go_back_to_the_applicant(site, reviewer):
    application = handed_in(site)

    asked(reviewer, application)

    assert reviewer.path == application
    assert "ขอแก้ไขเอกสาร" in reviewer.text
    found = reviewer.client.get(f"/api/v1{application.removeprefix('/officer')}").get_json()["application"]["revision"]
    assert found["items"] == [{"path": "documents.HOUSE_REGISTRATION", "reason": "ไม่ชัด"}]
    assert found["dueAt"].startswith("2026-12-02")


def test_another_part_and_a_day_of_the_buddhist_era_may_be_named(site, reviewer):
    application = handed_in(site)

    free = {"row": ["50"], "free__50": "1", "path__50": "farm.area", "reason__50": "ไม่ตรงกับโฉนด", "dueOn": "๑๖/๑๑/๒๕๖๙"}
    asked(reviewer, application, **free)

    found = reviewer.client.get(f"/api/v1{application.removeprefix('/officer')}").get_json()["application"]["revision"]
    assert found["items"] == [{"path": "farm.area", "reason": "ไม่ตรงกับโฉนด"}]
    assert found["dueAt"].startswith("2026-11-16")


@pytest.mark.parametrize(
    ("fields", "anchor"),
    [
        ({"comment": "สั้น"}, "comment"),
        ({"reason__0": ""}, "reason.0"),
        ({"chosen__0": ""}, "items"),
        ({"dueOn": "เมื่อวาน"}, "dueOn"),
        ({"dueOn": "1/10/2569"}, "dueOn"),
        ({"path__0": "nothing.there"}, "path.0"),
    ],
)
def test_what_is_wrong_with_a_revision_is_said_and_nothing_of_it_is_lost(site, reviewer, fields, anchor):
    application = handed_in(site)

    response = asked(reviewer, application, **fields)

    assert response.status_code == 422
    assert f'href="#{anchor}"' in response.text
    assert f'id="{anchor}' in response.text or anchor == "path.0"
    assert "ไม่ชัด" in response.text


def test_a_revision_of_what_has_moved_on_is_refused(site, reviewer):
    application = handed_in(site)
    text = reviewer.get(f"{application}/revision").text
    version = re.search(r'name="version" value="(\d+)"', text)[1]

    assert asked(reviewer, application, version=str(int(version) - 1)).status_code == 409


@pytest.mark.parametrize(("role", "status"), [(Role.INSPECTOR, 403), (Role.ADMIN, 403), (Role.FARMER, 403), (Role.REVIEWER, 200)])
def test_only_reviewers_ask_for_revisions(site, role, status):
    application = handed_in(site)
    visitor = Visitor(site).sign_in(role)

    assert visitor.get(f"{application}/revision").status_code == status
    if role not in {Role.FARMER, Role.REVIEWER}:
        assert f"{application}/revision" not in visitor.get(application).text


def test_the_check_can_be_run_again_by_hand(site, reviewer):
    application = handed_in(site)
    reviewer.get(application)

    reviewer.post(f"{application}/run-check")

    assert "สั่งตรวจแล้ว" in reviewer.text
    found = reviewer.client.get(f"/api/v1{application.removeprefix('/officer')}").get_json()["application"]
    assert len(found["qcRuns"]) == 2


@pytest.fixture
def admin(site):
    return Visitor(site).sign_in(Role.ADMIN)


def test_the_administrator_sees_four_queues_in_numbers(site, admin):
    handed_in(site)

    admin.get("/admin/queues")

    for words in ("AI QC", "Email", "Calendar", "Report", "คิวงานทั้งสี่ทำงานปกติ", "ไม่มีงานที่ล้มเหลว"):
        assert words in admin.text
    assert re.search(r'data-label="เสร็จ">1<', admin.last.text)


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_paused_and_resumed_after_a_word_about_what_that_means(site, admin, name):
    admin.get(f"/admin/queues/{name}/pause")
    assert "งานใหม่ยังรับไว้แต่จะรอ" in admin.text

    admin.post(f"/admin/queues/{name}/pause")
    assert site.services.queue_control.paused() == [name]
    assert "พักอยู่" in admin.text
    assert f"/admin/queues/{name}/resume" in admin.last.text

    admin.get(f"/admin/queues/{name}/resume")
    admin.post(f"/admin/queues/{name}/resume")
    assert site.services.queue_control.paused() == []


def test_looking_at_the_confirmation_changes_nothing(site, admin):
    admin.get("/admin/queues/email/pause")

    assert site.services.queue_control.paused() == []


def test_cleaning_says_how_many_are_affected(site, admin):
    handed_in(site)

    admin.get("/admin/queues/aiQc/clean")

    assert "7 วัน จาก 1 งาน" in admin.text
    assert "ล้างงานเก่าแล้ว" in (admin.post("/admin/queues/aiQc/clean"), admin.text)[1]


def test_what_is_done_on_the_page_is_in_the_audit(site, admin):
    for action in ("pause", "resume", "clean"):
        admin.post(f"/admin/queues/email/{action}")

    done = [entry for entry in reversed(site.services.audit.page(AuditFilter()).items) if entry.outcome == "done"]
    assert [(entry.action, entry.target, entry.by.role) for entry in done] == [
        ("queue.pause", "email", "ADMIN"),
        ("queue.resume", "email", "ADMIN"),
        ("queue.clean", "email", "ADMIN"),
    ]
    assert (done[0].before, done[0].after, done[1].after) == ({"paused": []}, {"paused": ["email"]}, {"paused": []})
    assert done[2].after == {"removed": {"email": 0}}


@pytest.mark.parametrize("path", ["/admin/queues/nothing/pause", "/admin/queues/email/explode"])
def test_there_are_no_other_queues_and_no_other_actions(admin, path):
    assert admin.get(path).status_code == 404


@pytest.mark.parametrize("role", [Role.FARMER, Role.REVIEWER, Role.INSPECTOR, Role.APPROVER])
def test_queues_are_for_administrators(site, role):
    visitor = Visitor(site).sign_in(role)

    assert visitor.get("/admin/queues").status_code == 403
    assert visitor.post("/admin/queues/email/pause").status_code == 403
    assert site.services.queue_control.paused() == []


@pytest.mark.parametrize(
    ("name", "waits"),
    [
        ("aiQc", "applications older than 15 minutes go on to document review without a check, set for an on-site inspection (ONSITE)"),
        ("email", "What waits: letters"),
        ("calendar", "What waits: entries in the calendar"),
        ("report", "What waits: PDF summaries"),
    ],
)
def test_whoever_pauses_a_queue_reads_what_waits(site, name, waits):
    admin = Visitor(site).sign_in("ADMIN")
    admin.get(f"/admin/queues/{name}/pause?lang=en")
    assert waits in admin.text
    admin.get(f"/admin/queues/{name}/clean")
    assert "What waits" not in admin.text
