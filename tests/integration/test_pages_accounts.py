"""Registering, signing in and out by form; languages; errors as pages; files for browsers."""

import pytest

from backend.accounts.roles import Role
from tests.support.pages import Visitor
from tests.support.site import PASSWORD, Site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("accounts"))
    yield site
    site.close()


@pytest.fixture
def visitor(site):
    return Visitor(site)


def test_whoever_registers_is_signed_in_and_sees_their_list(visitor):
    visitor.register("new@example.com")

    assert visitor.path == "/applications"
    assert "ยังไม่มีคำขอ" in visitor.text


def test_a_refused_registration_keeps_what_was_typed_but_not_the_password(visitor):
    visitor.get("/register")

    response = visitor.post("/register", {"email": "short@example.com", "name": "สายใจ", "password": "short"})

    assert response.status_code == 422
    assert 'value="short@example.com"' in response.text
    assert 'value="สายใจ"' in response.text
    assert 'short"' not in response.text.replace("short@", "")
    assert 'href="#password"' in response.text


def test_an_address_that_is_taken_says_so(visitor, site):
    site.services.accounts.register("taken@example.com", PASSWORD)

    visitor.register("taken@example.com")

    assert visitor.last.status_code == 409
    assert "มีบัญชีที่ใช้อีเมลนี้แล้ว" in visitor.text


def test_a_wrong_password_says_no_more_than_that(visitor, site):
    site.services.accounts.register("known@example.com", PASSWORD)
    visitor.get("/sign-in")
    known = visitor.post("/sign-in", {"email": "known@example.com", "password": "wrong password"})
    text = visitor.text.replace("known@example.com", "")
    visitor.get("/sign-in")
    unknown = visitor.post("/sign-in", {"email": "unknown@example.com", "password": "wrong password"})

    assert known.status_code == unknown.status_code == 422
    assert text.split() == visitor.text.replace("unknown@example.com", "").split()


def test_the_form_says_when_there_were_too_many_registrations(tmp_path):
    site = Site(tmp_path)
    visitor = Visitor(site)
    visitor.get("/register")
    for _ in range(30):
        visitor.post("/register", {"email": "nonsense", "password": "short"})

    response = visitor.post("/register", {"email": "late@example.com", "password": PASSWORD})

    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert "มีการลงทะเบียนจากที่นี่หลายครั้ง" in response.text
    assert 'value="late@example.com"' in response.text
    site.close()


def test_who_is_not_signed_in_is_led_to_the_door_and_back(visitor, site):
    site.services.accounts.register("back@example.com", PASSWORD)

    visitor.get("/applications?cursor=")
    assert visitor.path == "/sign-in"
    visitor.post("/sign-in", {"email": "back@example.com", "password": PASSWORD, "next": "/applications?lang=en"})

    assert visitor.path == "/applications"
    assert "My applications" in visitor.text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "evil", "javascript:alert(1)", "/a\nb"]
)
def test_the_door_leads_nowhere_else(visitor, site, elsewhere):
    visitor.sign_in(Role.FARMER, "door")
    visitor.client.delete_cookie("gacp_session")
    visitor.get("/sign-in")

    response = visitor.client.post(
        "/sign-in", data={"csrf_token": visitor.token(), "email": "door.farmer@example.com", "password": PASSWORD, "next": elsewhere}
    )

    assert response.location == "/applications"


def test_signing_out_ends_the_session(visitor):
    visitor.sign_in(Role.FARMER)
    visitor.get("/applications")

    visitor.post("/sign-out")

    assert visitor.path == "/"
    assert visitor.get("/applications").request.path == "/sign-in"


def test_officers_land_at_their_desk(visitor):
    visitor.sign_in(Role.REVIEWER)

    assert visitor.path == "/officer"


@pytest.mark.parametrize("path", ["/applications", "/sign-out", "/register", "/sign-in"])
def test_a_form_without_its_token_changes_nothing(visitor, path):
    visitor.sign_in(Role.FARMER)

    response = visitor.post(path, {"email": "x@example.com", "password": PASSWORD}, token=False)

    assert response.status_code == 403
    assert response.mimetype == "text/html"


def test_pages_are_thai_until_somebody_chooses_english_and_it_is_remembered(visitor):
    assert '<html lang="th">' in visitor.get("/").text

    assert '<html lang="en">' in visitor.get("/?lang=en").text
    assert '<html lang="en">' in visitor.get("/register").text
    assert '<html lang="th">' in visitor.get("/register?lang=th").text


@pytest.mark.parametrize("language", ["xx", "", "../en", "EN"])
def test_a_language_that_there_is_not_is_thai(visitor, language):
    assert '<html lang="th">' in visitor.get(f"/?lang={language}").text


def test_the_switch_keeps_the_page_and_its_filter(visitor):
    visitor.sign_in(Role.REVIEWER)

    assert 'href="/officer?status=DRAFT&amp;lang=en"' in visitor.get("/officer?status=DRAFT").text


@pytest.mark.parametrize(
    ("path", "words"), [("/applications/nothing", "ไม่พบหน้านี้"), ("/no-such-page", "ไม่พบหน้านี้"), ("/admin/queues", "ทำรายการนี้ไม่ได้")]
)
def test_errors_are_pages_with_a_cure(visitor, path, words):
    visitor.sign_in(Role.FARMER)

    response = visitor.get(path)

    assert response.status_code in {403, 404}
    assert words in visitor.text
    assert "รหัสอ้างอิง" in visitor.text


def test_programs_still_get_problems(visitor):
    assert visitor.get("/api/v1/no-such-route").mimetype == "application/problem+json"


def test_only_files_on_the_list_come_out_of_the_packages(visitor):
    for path in ("@picocss/pico/package.json", "../pyproject.toml", "@picocss/pico/css/../package.json", "%2e%2e/pyproject.toml"):
        assert visitor.get(f"/v/{path}").status_code == 404, path


def test_our_own_files_may_be_kept_and_pages_may_not(visitor):
    assert visitor.get("/static/app.css").headers["Cache-Control"] == "public, max-age=31536000"
    assert visitor.get("/").headers["Cache-Control"] == "no-store"
    assert visitor.get("/static/../rendering.py").status_code == 404


def test_the_policy_of_the_pages_allows_nothing_inline(visitor):
    policy = visitor.get("/").headers["Content-Security-Policy"]

    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
