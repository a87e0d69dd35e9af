"""Files on their pages: what is needed is said, and what is refused is refused with its cure."""

import io

import pytest
from PIL import Image

from tests.support.pages import PDF, Visitor, picture
from tests.support.site import Site

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 64


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("files"))
    yield site
    site.close()


@pytest.fixture
def farmer(site):
    return Visitor(site).sign_in("FARMER")


@pytest.fixture
def application(farmer):
    return farmer.begin()


def files(farmer, application, kind="documents"):
    return farmer.client.get(f"/api/v1{application}").get_json()["application"].get(kind, [])


def test_a_document_is_kept_with_what_was_said_of_it(farmer, application):
    farmer.send_file(application, "ID_CARD", name="บัตร.pdf", numberOnDocument="1000100001015", expiresOn="๒๐/๕/๒๕๗๔")

    (card,) = files(farmer, application)
    assert (card["fileName"], card["numberOnDocument"], card["expiresOn"]) == ("บัตร.pdf", "1000100001015", "2031-05-20")
    assert farmer.path == f"{application}/documents"
    assert "บัตร.pdf" in farmer.text


def test_the_area_on_a_land_document_is_kept_in_its_parts(farmer, application):
    farmer.send_file(application, "LAND_RIGHTS", **{"areaOnDocument.rai": "6-2-40"})

    assert files(farmer, application)[0]["areaOnDocument"] == {"rai": 6, "ngan": 2, "sqWah": 40}


@pytest.mark.parametrize(
    ("slot", "content", "name", "cure"),
    [
        ("ID_CARD", b"", "empty.pdf", "ไฟล์ว่าง"),
        ("ID_CARD", b"MZ not a paper", "card.pdf", "เอกสารต้องเป็น PDF, JPEG หรือ PNG"),
        ("HOUSE_REGISTRATION", HEIC, "IMG_1.heic", "เข้ากันได้มากที่สุด"),
        ("STORAGE", PDF, "store.pdf", "รูปถ่ายต้องเป็น JPEG, PNG หรือ WebP"),
    ],
)
def test_a_file_that_is_refused_says_why_and_what_to_do(farmer, application, *, slot, content, name, cure):
    response = farmer.send_file(application, slot, content, name)

    assert response.status_code == 415
    assert cure in farmer.text
    assert 'href="#file"' in response.text
    assert files(farmer, application) == []


def test_what_was_typed_beside_a_refused_file_stays(farmer, application):
    response = farmer.send_file(application, "ID_CARD", b"nothing", "card.txt", nameOnDocument="สายใจ")

    assert 'value="สายใจ"' in response.text


def test_sending_without_a_file_asks_for_one(farmer, application):
    farmer.get(f"{application}/files/ID_CARD")

    assert farmer.post(f"{application}/files/ID_CARD", {"file": (io.BytesIO(b""), "")}).status_code == 422
    assert "เลือกไฟล์ก่อนกดส่ง" in farmer.text


def test_a_file_that_is_far_too_large_leads_back_to_its_page(farmer, application):
    response = farmer.send_file(application, "ID_CARD", PDF + b"0" * (12 * 1024 * 1024), "large.pdf")

    assert farmer.path == f"{application}/files/ID_CARD"
    assert response.status_code == 413
    assert "ไฟล์ใหญ่เกิน 10 MB" in farmer.text


def test_a_new_document_takes_the_place_of_the_one_before(farmer, application):
    farmer.send_file(application, "SITE_MAP", name="first.pdf")
    farmer.send_file(application, "SITE_MAP", PDF + b"%2", name="second.pdf")

    page = farmer.get(f"{application}/files/SITE_MAP").text

    assert "second.pdf" in page
    assert "first.pdf" not in page


def test_photos_are_added_one_to_the_other_and_counted(farmer, application):
    for number in range(2):
        farmer.send_file(application, "FIELD_OVERVIEW", picture(60 * number), f"{number}.jpg")
        assert farmer.path == f"{application}/files/FIELD_OVERVIEW"

    assert len(files(farmer, application, "photos")) == 2
    assert "มี 2 จาก 2 รูป" in (farmer.get(f"{application}/photos"), farmer.text)[1]


def test_a_photo_can_be_taken_off(farmer, application):
    farmer.send_file(application, "STORAGE", picture(), "store.jpg")
    (photo,) = files(farmer, application, "photos")
    farmer.get(f"{application}/files/STORAGE")

    farmer.post(f"{application}/files/STORAGE/{photo['id']}/remove")

    assert files(farmer, application, "photos") == []


def test_a_photo_that_is_too_small_is_kept_and_asked_to_be_looked_at_again(farmer, application):
    buffer = io.BytesIO()
    Image.effect_noise((320, 200), 60).convert("RGB").save(buffer, "JPEG")

    farmer.send_file(application, "STORAGE", buffer.getvalue(), "small.jpg")

    assert "โปรดดูอีกครั้ง" in farmer.text
    assert "800×600" in farmer.text


def test_the_list_says_what_is_needed_and_what_is_not(farmer, application):
    farmer.get(f"{application}/form/kind")
    farmer.post(f"{application}/form/kind", {"applicant.type": "JURISTIC"})

    farmer.get(f"{application}/documents")
    needed, _, optional = farmer.text.partition("หากมี จะทำให้คะแนนความพร้อมดีขึ้น")

    assert "หนังสือรับรองบริษัท" in needed
    assert "ผลตรวจดิน" in optional
    assert "วิสาหกิจชุมชน" not in farmer.text


def test_of_two_papers_that_will_do_one_is_enough(farmer, application):
    farmer.get(f"{application}/form/request")
    farmer.post(f"{application}/form/request", {"requestType": "REPLACEMENT"})
    farmer.get(f"{application}/documents")
    assert "หรือใช้" in farmer.text

    farmer.send_file(application, "DAMAGED_CERTIFICATE", PDF, "old.pdf")

    police = farmer.last.text.partition('id="POLICE_REPORT"')[2].partition("</li>")[0]
    assert "ไม่บังคับ" in police


def test_every_slot_says_what_it_is_and_there_is_no_other(farmer, application):
    assert "สำนักงานเขต" in (farmer.get(f"{application}/files/HOUSE_REGISTRATION"), farmer.text)[1]
    assert farmer.get(f"{application}/files/NO_SUCH_SLOT").status_code == 404
    assert farmer.get(f"{application}/files/CE_REGISTRATION").status_code == 404


def test_a_slot_that_does_not_apply_takes_no_file(farmer, application):
    farmer.get(f"{application}/files/ID_CARD")

    response = farmer.post(f"{application}/files/NO_SUCH_SLOT", {"file": (io.BytesIO(PDF), "a.pdf")})

    assert response.status_code == 404
    assert files(farmer, application) == []
