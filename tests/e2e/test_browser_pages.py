"""The pages in a real browser: on a phone and at a desk, with and without scripts, for everybody's eyes and hands."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from backend.accounts.roles import Role
from backend.certification.actors import Actor
from tests.support.browser import DESK, PHONE, chromium, open_page, serving, sign_in
from tests.support.needs import need_chromium
from tests.support.pages import DOCUMENTS, PDF, PHOTOS, STEPS, picture
from tests.support.site import INCOMPLETE, PASSWORD, Site, sample

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLAI = "02_plai_community_enterprise_new.json"
INVALID = "05_invalid_identifiers_gps_area.json"
FARMER, REVIEWER, ADMIN = "farmer@example.com", "reviewer@example.com", "admin@example.com"


@pytest.fixture(scope="module")
def browser():
    with chromium(need_chromium()) as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("browser"))
    for email, role in ((FARMER, Role.FARMER), (REVIEWER, Role.REVIEWER), (ADMIN, Role.ADMIN)):
        site.services.accounts.add_user(email, role, PASSWORD)
    yield site
    site.close()


@pytest.fixture(scope="module")
def address(site):
    with serving(site.app) as address:
        yield address


@pytest.fixture(scope="module")
def ids(site):
    """One application of each kind: a draft, a faulty draft, and one that was handed in."""
    user = site.services.accounts.find_by_email(FARMER)
    actor, certification = Actor(user.id, "FARMER", user.email), site.services.certification
    draft, faulty, sent = (certification.import_draft(actor, sample(name), actor).id for name in (INCOMPLETE, INVALID, PLAI))
    certification.submit(actor, sent)
    return {"draft": draft, "faulty": faulty, "sent": sent}


FARMERS_PAGES = (
    "/applications",
    "/applications/{draft}/form",
    "/applications/{draft}/form/request",
    "/applications/{faulty}/form/person?check=1",
    "/applications/{faulty}/form/location?check=1",
    "/applications/{faulty}/form/area?check=1",
    "/applications/{draft}/form/crops",
    "/applications/{draft}/form/crops/0",
    "/applications/{draft}/form/assess-field",
    "/applications/{draft}/documents",
    "/applications/{draft}/files/LAND_RIGHTS",
    "/applications/{draft}/photos",
    "/applications/{draft}/files/FIELD_OVERVIEW",
    "/applications/{faulty}/check",
    "/applications/{sent}",
    "/applications/{draft}/withdraw",
)
REVIEWERS_PAGES = ("/officer", "/officer/applications/{sent}", "/officer/applications/{sent}/revision")
ADMINS_PAGES = ("/admin/queues", "/admin/queues/email/pause")
TOURS = {"": ("/", "/register", "/sign-in"), FARMER: FARMERS_PAGES, REVIEWER: REVIEWERS_PAGES, ADMIN: ADMINS_PAGES}


@pytest.mark.parametrize("email", TOURS)
@pytest.mark.parametrize(("size", "language"), [(PHONE, "th"), (DESK, "en")], ids=["phone-thai", "desk-english"])
def test_every_page_is_accessible_fits_its_screen_and_breaks_no_policy(browser, address, ids, *, email, size, language):
    page = open_page(browser, address, size=size, language=language)
    if email:
        sign_in(page, email, PASSWORD)
    for path in TOURS[email]:
        page.goto(path.format(**ids))
        found = Axe().run(page).response["violations"]
        assert [(item["id"], [node["target"] for node in item["nodes"]]) for item in found] == [], path
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"], f"{path} scrolls sideways"
        assert page.locator("html").get_attribute("lang") == language
    assert page.complaints == []
    page.context.close()


def test_dark_pages_have_enough_contrast_too(browser, address, ids):
    page = open_page(browser, address)
    page.emulate_media(color_scheme="dark")
    sign_in(page, FARMER, PASSWORD)
    for path in ("/applications/{draft}/form", "/applications/{faulty}/form/area?check=1", "/applications/{sent}"):
        page.goto(path.format(**ids))
        found = Axe().run(page).response["violations"]
        assert [(item["id"], [node["target"] for node in item["nodes"]]) for item in found] == [], path
    page.context.close()


def fill_in(page, fields):
    """Answer one page as a person does: by its inputs."""
    for name, value in fields.items():
        inputs = page.locator(f'[name="{name}"]')
        if inputs.first.get_attribute("type") in {"radio", "checkbox"}:
            for code in value if isinstance(value, list) else [value]:
                page.check(f'[name="{name}"][value="{code}"]')
        elif inputs.first.evaluate("element => element.tagName") == "SELECT":
            inputs.select_option(value)
        else:
            inputs.fill(value)


@pytest.mark.parametrize("scripts", [False, True], ids=["without-scripts", "with-scripts"])
def test_a_farmer_gets_from_registering_to_the_result_on_a_phone(browser, address, scripts, tmp_path):
    page = open_page(browser, address, scripts=scripts)
    page.goto("/register")
    fill_in(page, {"name": "สายใจ", "email": f"saijai-{scripts}@example.com".lower(), "password": PASSWORD})
    page.click("main button[type=submit]")
    page.click("text=เริ่มคำขอใหม่")
    application = page.url.removesuffix("/form")

    for step, fields in STEPS.items():
        page.goto(f"{application}/form/{step}")
        choices = {name: value for name, value in fields.items() if not isinstance(value, list)}
        fill_in(page, choices | {name: value for name, value in fields.items() if isinstance(value, list)})
        page.click("main button[value=next]")
        assert not page.url.endswith(f"/form/{step}"), page.inner_text("main")

    paper = tmp_path / "paper.pdf"
    paper.write_bytes(PDF)
    for slot in DOCUMENTS:
        page.goto(f"{application}/files/{slot}")
        page.set_input_files("#file", paper)
        page.click("text=ส่งไฟล์ >> visible=true >> nth=-1")
        page.wait_for_url(f"**/documents*#{slot}" if scripts else "**/documents*")
    for number, slot in enumerate(PHOTOS):
        photo = tmp_path / f"{number}.jpg"
        photo.write_bytes(picture(40 * number))
        page.goto(f"{application}/files/{slot}")
        page.set_input_files("#file", photo)
        page.click("main form[enctype] button[type=submit]")
        page.wait_for_selector(f"text={photo.name}")

    page.goto(f"{application}/check")
    page.check('[name="consents.privacyNoticeAcceptedAt"]')
    page.check('[name="consents.truthDeclaration"]')
    page.click("text=ส่งคำขอรับรอง GACP")
    page.wait_for_url("**?sent=1")

    assert "ส่งคำขอแล้ว" in page.inner_text("main")
    assert "ผลเบื้องต้น ไม่ใช่คำตัดสิน" in page.inner_text("main")
    assert page.complaints == []
    page.context.close()


def test_the_keyboard_alone_signs_in_and_the_first_stop_skips_the_menu(browser, address):
    page = open_page(browser, address, size=DESK)
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(FARMER)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/applications")
    page.context.close()


def test_errors_take_the_focus_and_lead_to_their_field(browser, address, ids):
    page = open_page(browser, address)
    sign_in(page, FARMER, PASSWORD)
    page.goto(f"/applications/{ids['faulty']}/form/area?check=1")

    assert page.evaluate("() => document.activeElement.className") == "problems"
    page.click('.problems a[href="#farm.area"]')
    assert page.evaluate("() => document.activeElement.name") == "farm.area.rai"
    page.context.close()


def test_square_metres_follow_what_is_typed_in_either_digits(browser, address, ids):
    page = open_page(browser, address)
    sign_in(page, FARMER, PASSWORD)
    page.goto(f"/applications/{ids['draft']}/form/area")

    fill_in(page, {"farm.area.rai": "๔", "farm.area.ngan": "2", "farm.area.sqWah": "25"})

    assert page.inner_text('output[for="farm.area"]') == "= 7,300 ตารางเมตร"
    page.context.close()


def test_the_phone_fills_in_its_position(browser, address, ids):
    page = open_page(browser, address)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 8.9142, "longitude": 98.9035, "accuracy": 8})
    sign_in(page, FARMER, PASSWORD)
    page.goto(f"/applications/{ids['draft']}/form/location")

    page.click("text=ใช้ตำแหน่งของฉัน")
    page.wait_for_function("() => document.getElementById('farm.location.lat').value === '8.914200'")

    assert page.input_value('[name="farm.location.lng"]') == "98.903500"
    page.context.close()


def test_several_photos_go_one_by_one(browser, address, ids, tmp_path):
    page = open_page(browser, address)
    sign_in(page, FARMER, PASSWORD)
    page.goto(f"/applications/{ids['draft']}/files/SURROUNDINGS")
    for number in range(3):
        (tmp_path / f"around-{number}.jpg").write_bytes(picture(70 * number))

    page.set_input_files("#file", sorted(tmp_path.iterdir()))
    page.click("main form[enctype] button[type=submit]")

    for number in range(3):
        page.wait_for_selector(f"text=around-{number}.jpg")
    page.context.close()
