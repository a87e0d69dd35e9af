"""Texts that carry both languages, and what the pages make of dates, areas and labels."""

import pytest

from backend.app import create_app
from backend.pages import words
from backend.pages.rendering import label_text, listed_text, page_day, place_name, translate
from backend.pages.summary import area_text
from tests.support.site import Site


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("words"))
    yield create_app(site.services)
    site.close()


BOTH = "ไม่พบไฟล์ / There is no such file."


@pytest.mark.parametrize(
    ("message", "thai", "english"),
    [
        (BOTH, "ไม่พบไฟล์", "There is no such file."),
        ("Sign in first / โปรดเข้าสู่ระบบก่อน", "โปรดเข้าสู่ระบบก่อน", "Sign in first"),
        ("only English", "only English", "only English"),
        ("ไทยเท่านั้น", "ไทยเท่านั้น", "ไทยเท่านั้น"),
        ("one / two / three", "one / two / three", "one / two / three"),
        ("a / b", "a / b", "a / b"),
    ],
)
def test_a_message_in_both_languages_is_shown_in_one(app, message, thai, english):
    shown = {}
    for language in ("th", "en"):
        with app.test_request_context(f"/?lang={language}"):
            shown[language] = words.own_language(message)

    assert shown == {"th": thai, "en": english}


@pytest.mark.parametrize(
    ("show", "thai", "english"),
    [
        (lambda: page_day("2026-11-02"), "2 พ.ย. 2569", "2 Nov 2026"),
        (lambda: page_day("เมื่อวาน"), "เมื่อวาน", "เมื่อวาน"),
        (lambda: page_day(""), "", ""),
        (lambda: label_text("status", "DRAFT"), "ร่าง", "Draft"),
        (lambda: label_text("status", None), "", ""),
        (lambda: listed_text("water", ["POND", "RAIN"]), "บ่อหรือสระ, น้ำฝน", "Pond, Rain"),
        (lambda: place_name("farm.area"), "เนื้อที่ทั้งหมด", "Total area"),
        (lambda: translate("form.left", count=3), "เหลือ 3 ข้อ", "3 to do"),
        (
            lambda: area_text({"rai": "4", "ngan": "2", "sqWah": "25"}),
            "4 ไร่ 2 งาน 25 ตารางวา (7,300 ตร.ม.)",
            "4 rai 2 ngan 25 sq wah (7,300 m²)",
        ),
        (lambda: area_text({"rai": None}), "", ""),
    ],
)
def test_what_people_read_follows_their_language(app, show, thai, english):
    with app.test_request_context("/?lang=th"):
        assert show() == thai
    with app.test_request_context("/?lang=en"):
        assert show() == english
