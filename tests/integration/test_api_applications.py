"""Applications over HTTP: from draft to document review, each step by who may take it."""

import pytest

from backend.accounts.roles import Role
from tests.support.site import INCOMPLETE, REPLACEMENT, Site, sample

LIST = "/api/v1/applications"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("applications"))
    yield site
    site.close()


@pytest.fixture
def farmer(site):
    return site.sign_in()


def application(client, application_id):
    return client.get(f"{LIST}/{application_id}").get_json()["application"]


def test_a_draft_comes_back_as_it_was_sent(site, farmer):
    body = sample()

    response = farmer.post(LIST, json=body)

    assert response.status_code == 201
    made = response.get_json()["application"]
    assert response.get_json()["success"] is True
    assert (made["status"], made["version"], made["applicationNumber"]) == ("DRAFT", 1, None)
    for key in ("requestType", "applicant", "crops", "practices", "selfAssessment", "consents"):
        assert made[key] == body[key]
    assert "_fixture" not in made


def test_a_draft_may_be_incomplete_and_even_empty(site, farmer):
    assert farmer.post(LIST, json={}).status_code == 201
    assert farmer.post(LIST, json=sample(INCOMPLETE)).status_code == 201


def test_what_the_server_owns_cannot_be_sent(site, farmer):
    stolen = {"status": "APPROVED", "ownerId": "somebody", "applicationNumber": "GACP-2569-999999", "aiQc": {"status": "COMPLETED"}}

    made = farmer.post(LIST, json=sample(**stolen)).get_json()["application"]

    assert made["status"] == "DRAFT"
    assert made["applicationNumber"] is None
    assert made["ownerId"] != "somebody"
    assert made["aiQc"]["status"] == "NOT_STARTED"


def test_a_wrong_type_is_named(farmer):
    response = farmer.post(LIST, json={"farm": {"area": "big"}})

    assert response.status_code == 422
    assert response.get_json()["errors"][0]["field"].startswith("farm.area")


def test_a_patch_changes_what_it_names(site, farmer):
    application_id = site.draft(farmer)

    response = farmer.patch(f"{LIST}/{application_id}", json={"farm": {"nameTh": "สวนใหม่"}, "version": 1})

    changed = response.get_json()["application"]
    assert (changed["farm"]["nameTh"], changed["version"]) == ("สวนใหม่", 2)
    assert changed["farm"]["location"] == sample()["farm"]["location"]


@pytest.mark.parametrize("stale", [{"json": {"notes": "b", "version": 1}}, {"json": {"notes": "b"}, "headers": {"If-Match": '"1"'}}])
def test_a_patch_of_a_stale_version_is_refused(site, farmer, stale):
    application_id = site.draft(farmer)
    farmer.patch(f"{LIST}/{application_id}", json={"notes": "a"})

    response = farmer.patch(f"{LIST}/{application_id}", **stale)

    assert response.status_code == 409
    assert "2" in response.get_json()["detail"]
    assert application(farmer, application_id)["notes"] == "a"


def test_the_etag_is_what_if_match_takes(site, farmer):
    application_id = site.draft(farmer)
    tag = farmer.get(f"{LIST}/{application_id}").headers["ETag"]

    assert farmer.patch(f"{LIST}/{application_id}", json={"notes": "a"}, headers={"If-Match": tag}).status_code == 200


@pytest.mark.parametrize("version", ["one", -1, 1.5, True])
def test_a_version_has_to_be_a_number(site, farmer, version):
    assert farmer.patch(f"{LIST}/{site.draft(farmer)}", json={"version": version}).status_code == 422


@pytest.mark.parametrize("tag", ["one", '"-1"', '"๑"', "9" * 17, "9" * 5000])
def test_an_if_match_that_is_no_version_is_named(site, farmer, tag):
    response = farmer.patch(f"{LIST}/{site.draft(farmer)}", json={"notes": "a"}, headers={"If-Match": tag.encode().decode("latin-1")})

    assert response.status_code == 422
    assert response.get_json()["errors"][0]["field"] == "If-Match"


def test_a_farmer_sees_only_their_own(site, farmer):
    application_id = site.draft(farmer)
    neighbour = site.sign_in(name="neighbour")

    for method, path in (
        ("get", ""),
        ("patch", ""),
        ("post", "/check"),
        ("post", "/submit"),
        ("post", "/withdraw"),
        ("post", "/resubmit"),
        ("get", "/report.pdf"),
    ):
        body = {"json": {}} if method == "patch" else {}
        assert getattr(neighbour, method)(f"{LIST}/{application_id}{path}", **body).status_code == 404
    assert application_id not in [each["id"] for each in neighbour.get(LIST).get_json()["items"]]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.INSPECTOR, Role.APPROVER, Role.ADMIN])
def test_staff_see_everybodys(site, farmer, role):
    application_id = site.draft(farmer)

    assert site.sign_in(role).get(f"{LIST}/{application_id}").status_code == 200


def test_strangers_see_nothing(site, farmer):
    application_id = site.draft(farmer)

    for path in (LIST, f"{LIST}/{application_id}", f"{LIST}/{application_id}/report.pdf"):
        assert site.stranger().get(path).status_code == 401


def test_a_list_comes_in_pages_without_losing_or_repeating(site):
    client = site.sign_in(name="pages")
    made = [site.draft(client, {"notes": str(number)}) for number in range(5)]

    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(LIST, query_string={"limit": 2} | ({"cursor": cursor} if cursor else {})).get_json()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]

    assert sorted(seen) == sorted(made)
    assert len(client.get(LIST, query_string={"status": "DRAFT"}).get_json()["items"]) == 5
    assert client.get(LIST, query_string={"status": "IN_REVIEW"}).get_json()["items"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=%00%ff", "unknown=1", "status=DRAFT&status=PAID"])
def test_a_bad_page_is_refused(farmer, query):
    assert farmer.get(f"{LIST}?{query}").status_code == 422


def test_a_check_tells_what_a_submission_would_say_and_saves_nothing(site, farmer):
    application_id = site.draft(farmer, sample(INCOMPLETE))

    body = farmer.post(f"{LIST}/{application_id}/check").get_json()

    assert body["submitAllowed"] is False
    assert body["validationErrors"]
    assert "ID_CARD" in body["requiredDocuments"]
    assert application(farmer, application_id)["version"] == 1


def test_an_incomplete_application_is_not_accepted(site, farmer):
    application_id = site.draft(farmer, sample(INCOMPLETE))

    response = farmer.post(f"{LIST}/{application_id}/submit")

    assert response.status_code == 422
    assert all(error["field"] and error["message"] for error in response.get_json()["errors"])
    assert application(farmer, application_id)["status"] == "DRAFT"


@pytest.mark.parametrize("prefix", ["/api/v1/applications", "/api/applications"])
def test_submitting_numbers_it_and_checks_it(site, farmer, prefix):
    application_id = site.draft(farmer)

    body = farmer.post(f"{prefix}/{application_id}/submit").get_json()

    assert body["success"] is True
    assert body["applicationId"] == application_id
    assert body["qc"]["jobId"]
    after = application(farmer, application_id)
    assert after["applicationNumber"].startswith("GACP-25")
    assert after["status"] == body["status"] == "IN_REVIEW"
    assert (after["aiQc"]["status"], after["aiQc"]["inspectionType"]) == ("COMPLETED", "VIDEO")


def test_a_replacement_needs_no_check(site, farmer):
    application_id = site.draft(farmer, sample(REPLACEMENT))

    body = farmer.post(f"{LIST}/{application_id}/submit").get_json()

    assert (body["status"], body["qc"]) == ("IN_REVIEW", {"status": "skipped", "jobId": None})


def test_submitting_twice_is_a_conflict(site, farmer):
    application_id = site.submitted(farmer)

    assert farmer.post(f"{LIST}/{application_id}/submit").status_code == 409


def test_staff_cannot_submit_for_the_owner(site, farmer):
    assert site.sign_in(Role.ADMIN).post(f"{LIST}/{site.draft(farmer)}/submit").status_code == 403


def test_a_reviewer_sends_back_and_the_farmer_hands_in_again(site, farmer):
    application_id = site.submitted(farmer)
    reviewer = site.sign_in(Role.REVIEWER)
    request = {"items": [{"path": "farm.description", "reason": "สั้นเกินไป"}], "comment": "โปรดอธิบายแนวกันชนให้ละเอียดขึ้น"}

    sent_back = reviewer.post(f"{LIST}/{application_id}/request-revision", json=request)

    assert sent_back.status_code == 200
    assert sent_back.get_json()["application"]["status"] == "REVISION_REQUESTED"
    assert application(farmer, application_id)["revision"]["items"] == request["items"]
    assert farmer.patch(f"{LIST}/{application_id}", json={"notes": "not asked for"}).status_code == 422
    changed = farmer.patch(f"{LIST}/{application_id}", json={"farm": {"description": "แนวกันชนกล้วยสองแถวรอบแปลง"}})
    assert changed.status_code == 200
    assert farmer.post(f"{LIST}/{application_id}/resubmit").get_json()["status"] == "IN_REVIEW"


@pytest.mark.parametrize("role", [Role.FARMER, Role.INSPECTOR, Role.APPROVER, Role.ADMIN])
def test_only_a_reviewer_sends_back(site, farmer, role):
    application_id = site.submitted(farmer)
    request = {"items": [{"path": "notes", "reason": "x"}], "comment": "long enough a comment"}

    assert site.sign_in(role).post(f"{LIST}/{application_id}/request-revision", json=request).status_code == 403


@pytest.mark.parametrize(
    ("request_body", "field"),
    [
        ({"items": [], "comment": "long enough a comment"}, "items"),
        ({"items": [{"path": "notes", "reason": "x"}], "comment": "short"}, "comment"),
        ({"items": [{"path": "notes"}], "comment": "long enough a comment"}, "items.0.reason"),
        ({"items": [{"path": "notes", "reason": "x"}], "comment": "long enough a comment", "dueOn": "soon"}, "dueOn"),
    ],
)
def test_a_revision_has_to_say_what_and_why(site, farmer, request_body, field):
    application_id = site.submitted(farmer)

    response = site.sign_in(Role.REVIEWER).post(f"{LIST}/{application_id}/request-revision", json=request_body)

    assert response.status_code == 422
    assert [error["field"] for error in response.get_json()["errors"]] == [field]


def test_an_application_can_be_given_up(site, farmer):
    application_id = site.submitted(farmer)

    response = farmer.post(f"{LIST}/{application_id}/withdraw", json={"reason": "ย้ายแปลง"})

    assert response.get_json()["application"]["status"] == "WITHDRAWN"
    assert farmer.post(f"{LIST}/{application_id}/withdraw").status_code == 409


def test_the_request_id_is_in_the_audit_trail(site, farmer):
    application_id = site.draft(farmer)

    farmer.patch(f"{LIST}/{application_id}", json={"notes": "a"}, headers={"X-Request-ID": "request-0001"})

    assert application(farmer, application_id)["timeline"][-1]["requestId"] == "request-0001"


def test_what_does_not_exist_is_not_found(farmer):
    for path in ("nothing", "..%2f", "x" * 500):
        assert farmer.get(f"{LIST}/{path}").status_code == 404
