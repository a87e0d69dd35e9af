"""Files over HTTP: what is accepted, by whom, and how it comes back."""

import io

import pytest
from PIL import Image

from backend.accounts.roles import Role
from tests.support.site import Site

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
LIST = "/api/v1/applications"


def picture(kind="JPEG"):
    buffer = io.BytesIO()
    Image.effect_noise((1000, 800), 60).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("documents"))
    yield site
    site.close()


@pytest.fixture
def farmer(site):
    return site.sign_in()


def send(client, application_id, slot, content, name="file.pdf", **facts):
    form = {"slot": slot, "file": (io.BytesIO(content), name), **facts}
    return client.post(f"{LIST}/{application_id}/documents", data=form)


def test_a_document_is_kept_with_what_was_said_of_it(site, farmer):
    application_id = site.draft(farmer, {})

    response = send(farmer, application_id, "ID_CARD", PDF, "บัตร.pdf", numberOnDocument="0100000000010", expiresOn="๓๑/๑๒/๒๕๗๔")

    assert response.status_code == 201
    kept = response.get_json()["application"]["documents"][0]
    assert kept["slot"] == "ID_CARD"
    assert kept["numberOnDocument"] == "0100000000010"
    assert kept["expiresOn"] == "2031-12-31"
    assert (kept["mime"], kept["sizeBytes"]) == ("application/pdf", len(PDF))
    assert response.get_json()["file"]["id"] == kept["id"]


def test_facts_with_parts_come_as_json(site, farmer):
    application_id = site.draft(farmer, {})

    good = send(farmer, application_id, "LAND_RIGHTS", PDF, areaOnDocument='{"rai": 6, "ngan": 2, "sqWah": 40}')
    bad = send(farmer, application_id, "LAND_RIGHTS", PDF, areaOnDocument="six rai")

    assert good.get_json()["file"]["areaOnDocument"] == {"rai": 6, "ngan": 2, "sqWah": 40}
    assert bad.status_code == 422
    assert bad.get_json()["errors"][0]["field"] == "areaOnDocument"


def test_a_photo_is_told_by_its_slot(site, farmer):
    application_id = site.draft(farmer, {})

    photos = send(farmer, application_id, "FIELD_OVERVIEW", picture(), "field.jpg").get_json()["application"]["photos"]

    assert [(photo["slot"], photo["width"], photo["height"]) for photo in photos] == [("FIELD_OVERVIEW", 1000, 800)]


def test_a_file_comes_back_under_its_thai_name_and_is_never_run(site, farmer):
    application_id = site.draft(farmer, {})
    file_id = send(farmer, application_id, "ID_CARD", PDF, "บัตร ประชาชน.pdf").get_json()["file"]["id"]

    response = farmer.get(f"{LIST}/{application_id}/documents/{file_id}")

    assert response.data == PDF
    assert response.content_type == "application/pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%E0%B8%9A" in response.headers["Content-Disposition"]


def test_files_are_for_their_owner_and_for_staff(site, farmer):
    application_id = site.draft(farmer, {})
    file_id = send(farmer, application_id, "ID_CARD", PDF).get_json()["file"]["id"]
    path = f"{LIST}/{application_id}/documents/{file_id}"

    assert site.stranger().get(path).status_code == 401
    assert site.sign_in(name="neighbour").get(path).status_code == 404
    assert site.sign_in(Role.REVIEWER).get(path).status_code == 200
    assert send(site.sign_in(name="neighbour"), application_id, "ID_CARD", PDF).status_code == 404
    assert send(site.sign_in(Role.REVIEWER), application_id, "ID_CARD", PDF).status_code == 403


@pytest.mark.parametrize(
    ("slot", "file", "status"),
    [
        ("ID_CARD", (b"<html><script>alert(1)</script></html>", "id.jpg"), 415),
        ("ID_CARD", (b"", "empty.pdf"), 415),
        ("ID_CARD", (b"MZ\x90\x00" + b"\x00" * 100, "setup.pdf"), 415),
        ("ID_CARD", (PDF[:-8], "cut.pdf"), 415),
        ("FIELD_OVERVIEW", (PDF, "field.jpg"), 415),
        ("ID_CARD", (PDF + b"x" * (10 * 1024 * 1024), "big.pdf"), 413),
        ("ID_CARD", (PDF + b"x" * (12 * 1024 * 1024), "too-big-to-read.pdf"), 413),
        ("NO_SUCH_SLOT", (PDF, "id.pdf"), 422),
    ],
)
def test_what_is_not_acceptable_is_refused_with_its_cure(site, farmer, slot, file, status):
    application_id = site.draft(farmer, {})

    response = send(farmer, application_id, slot, *file)

    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.get_json()["detail"]
    assert farmer.get(f"{LIST}/{application_id}").get_json()["application"]["version"] == 1


def test_a_file_can_be_taken_away_again(site, farmer):
    application_id = site.draft(farmer, {})
    file_id = send(farmer, application_id, "ID_CARD", PDF).get_json()["file"]["id"]
    path = f"{LIST}/{application_id}/documents/{file_id}"

    assert farmer.delete(path).status_code == 200
    assert farmer.get(path).status_code == 404
    assert farmer.delete(path).status_code == 404


def test_an_upload_from_a_stale_page_is_refused(site, farmer):
    application_id = site.draft(farmer, {})
    send(farmer, application_id, "ID_CARD", PDF)

    assert send(farmer, application_id, "SITE_MAP", PDF, version="1").status_code == 409


def test_the_summary_is_there_after_the_check(site, farmer):
    application_id = site.submitted(farmer)

    applicants = farmer.get(f"{LIST}/{application_id}/report.pdf")
    officers = site.sign_in(Role.REVIEWER).get(f"{LIST}/{application_id}/report.pdf")

    assert applicants.data.startswith(b"%PDF-")
    assert officers.data.startswith(b"%PDF-")
    assert applicants.data != officers.data
    assert applicants.headers["Content-Disposition"].startswith("inline; ")


def test_the_officers_summary_is_not_for_farmers(site, farmer):
    application_id = site.submitted(farmer)

    assert farmer.get(f"{LIST}/{application_id}/report.pdf?variant=officer").status_code == 403


def test_a_draft_has_no_summary_yet(site, farmer):
    assert farmer.get(f"{LIST}/{site.draft(farmer, {})}/report.pdf").status_code == 404
