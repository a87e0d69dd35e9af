"""The PDF as a reader gets it: pages, title, fonts, Thai letters in their places, and nothing executed."""

import time
from functools import cache
from io import BytesIO

import pypdfium2
import pytest
from pypdf import PdfReader
from structlog.testing import capture_logs

from backend.adapters.pdf.renderer import TypstRenderer
from tests.support.summaries import appointment, reviewed, summary

RENDERER = TypstRenderer()
HARD_WORDS = "น้ำ ที่ ปู่ ญี่ปุ่น กตัญญู ฐิติ"


@cache
def made(base: int = 2, variant: str = "officer") -> bytes:
    return RENDERER.render("application-summary", summary(reviewed(base=base), variant, (appointment(),)))


def drawn(**changes: str) -> bytes:
    return RENDERER.render("application-summary", summary(reviewed(changes)))


def reader(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def text(content: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))


def fonts(content: bytes) -> set[str]:
    found = set()
    for page in reader(content).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            found.add(str(font.get_object()["/BaseFont"]).partition("+")[2])
    return found


@pytest.mark.parametrize(("base", "most"), [(1, 6), (2, 6), (7, 3)])
@pytest.mark.parametrize("variant", ["applicant", "officer"])
def test_a_summary_has_two_to_six_pages_and_tells_its_number_on_each(base, variant, most):
    pages = reader(made(base, variant)).pages
    assert 2 <= len(pages) <= most
    for number, page in enumerate(pages, start=1):
        words = page.extract_text()
        assert f"GACP-2569-0001{base:02}" in words
        assert f"{number} / {len(pages)}" in words


def test_the_title_language_and_standard_are_in_the_file():
    file = reader(made())
    assert file.metadata.title.endswith("GACP-2569-000102 / GACP application summary")
    assert file.trailer["/Root"]["/Lang"] == "th"
    assert file.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "pdfaid:part>2" in file.xmp_metadata.rdf_root.toxml()
    assert "pdfuaid:part>1" in file.xmp_metadata.rdf_root.toxml()


def test_only_sarabun_is_used_and_embedded():
    assert {name.partition("-")[0] for name in fonts(made())} == {"Sarabun"}


def test_the_qr_code_has_words_for_those_who_hear_the_page():
    assert b"/Alt" in made() or "/Figure" in str(reader(made()).trailer["/Root"]["/StructTreeRoot"])


def test_thai_can_be_searched_in_the_file():
    found = text(drawn(**{"applicant.nameTh": HARD_WORDS})).replace("\r\n", "\n")
    for word in ("กตัญญู", "ฐิติ", "GACP-2569-000102", "req_test0001"):
        assert word in found


def test_marks_above_and_below_letters_are_drawn():
    """A mark that is lost or lies on the letter would change the ink of the same consonants."""
    bare, marked = drawn(**{"applicant.nameTh": "นนน ปปป ญญญ"}), drawn(**{"applicant.nameTh": "น้นี่นู ป้ปี่ปู ญ้ญี่ญู"})
    assert ink(marked) > ink(bare)


def ink(content: bytes) -> int:
    page = pypdfium2.PdfDocument(content)[0].render(scale=2).to_pil().convert("L")
    return sum(page.histogram()[:100])


def test_long_thai_text_stays_inside_the_page():
    long = "การตรวจสอบคุณภาพน้ำและดินอย่างสม่ำเสมอทุกฤดูกาลผลิต" * 20
    content = drawn(**{"farm.description": long, "applicant.nameTh": "ก" * 190, "applicant.email": "a" * 240 + "@example.com"})
    for page in pypdfium2.PdfDocument(content):
        picture = page.render(scale=1).to_pil().convert("L")
        width, height = picture.size
        assert min(picture.crop((width - 30, 0, width, height)).tobytes()) > 200


@pytest.mark.parametrize("name", ['#eval("1+1")', "#panic()", "$x$", "*b* _i_", "\\u{41}", "<script>", '"}],', "/* c */ // d", "- 1\n+ 2"])
def test_what_people_typed_is_never_run_as_a_template(name):
    shown = text(drawn(**{"applicant.nameTh": f"X{name}X"}))
    assert f"X{name}X".replace("\n", "") in shown.replace("\r\n", "").replace("\n", "")


def test_a_letter_that_no_font_has_costs_the_archive_mark_and_not_the_report():
    with capture_logs() as lines:
        content = drawn(**{"applicant.nameTh": "นาย 漢字"})
    assert len(reader(content).pages) >= 2
    assert [line["log_level"] for line in lines] == ["warning"]
    assert "漢" not in str(lines)


def test_greek_in_a_name_keeps_the_archive_mark():
    with capture_logs() as lines:
        drawn(**{"crops.0.scientificName": "Curcuma α-longa"})
    assert lines == []


@pytest.mark.parametrize("base", [4, 5])
def test_an_application_full_of_mistakes_is_drawn_as_well(base):
    assert len(reader(made(base)).pages) >= 2


def test_a_report_is_quick_enough_for_somebody_to_wait():
    made()
    started = time.perf_counter()
    drawn(**{"applicant.nameTh": "เวลา"})
    assert time.perf_counter() - started < 3.0
