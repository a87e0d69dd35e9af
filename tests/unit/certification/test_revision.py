"""Requests for revision: one complete list, three rounds, and only the named parts open."""

from datetime import UTC, date, datetime

import pytest

from backend.certification.events import RevisionRequested
from backend.certification.revision import Revision, RevisionItem, due_moment
from backend.certification.working_days import ThaiHolidays
from backend.errors import Conflict, InvalidInput, NotAllowed
from tests.support.certification import ADMIN, APPROVER, FARMER, INSPECTOR, MONDAY, PDF, REVIEWER, Department, picture

COMMENT = "โปรดแก้ไขตามรายการ"
ITEM = {"path": "farm.area", "reason": "ไม่ตรงกับโฉนด"}


@pytest.fixture
def department():
    return Department()


def test_the_reviewer_sends_one_complete_list_back(department):
    items = [ITEM, {"path": "documents.LAND_RIGHTS", "reason": "อ่านไม่ออก"}]
    application = department.service.request_revision(REVIEWER, department.in_review().id, items, COMMENT)
    assert application.status == "REVISION_REQUESTED"
    assert application.revision == Revision(
        round=1,
        items=(RevisionItem("farm.area", "ไม่ตรงกับโฉนด"), RevisionItem("documents.LAND_RIGHTS", "อ่านไม่ออก")),
        comment=COMMENT,
        due_at=datetime(2026, 12, 2, 16, 59, 59, tzinfo=UTC),
        requested_by=REVIEWER.id,
        requested_at=MONDAY,
    )
    [event] = department.publisher.of(RevisionRequested)
    assert (event.round, event.due_at) == (1, application.revision.due_at)
    assert application.history[-1].reason == COMMENT


@pytest.mark.parametrize("actor", [ADMIN, APPROVER, INSPECTOR, FARMER])
def test_nobody_else_sends_back(department, actor):
    with pytest.raises(NotAllowed):
        department.service.request_revision(actor, department.in_review().id, [{"path": "nonsense"}], "")


@pytest.mark.parametrize(
    ("items", "comment", "due_on", "field"),
    [
        ([], COMMENT, None, "items"),
        ([{"path": "farm.area", "reason": "  "}], COMMENT, None, "items.0.reason"),
        ([ITEM, {"path": "barn.roof", "reason": "leaks"}], COMMENT, None, "items.1.path"),
        ([{"reason": "no path"}], COMMENT, None, "items.0.path"),
        ([ITEM], "too short", None, "comment"),
        ([ITEM], COMMENT, date(2026, 10, 30), "dueOn"),
    ],
)
def test_an_incomplete_request_is_refused_and_the_field_named(department, items, comment, due_on, field):
    application = department.in_review()
    with pytest.raises(InvalidInput) as caught:
        department.service.request_revision(REVIEWER, application.id, items, comment, due_on=due_on)
    assert [error.field for error in caught.value.errors] == [field]
    assert department.service.get(REVIEWER, application.id) == application


def test_the_fourth_round_is_refused(department):
    application = department.sent_back()
    for _ in range(2):
        department.service.resubmit(FARMER, application.id)
        department.service.run_quality_check(application.id, "by-hand")
        current = department.service.get(FARMER, application.id)
        if current.status == "SUBMITTED":
            department.service.run_quality_check(application.id, current.qc_run_id)
        application = department.service.request_revision(REVIEWER, application.id, [ITEM], COMMENT)
    assert application.revision.round == 3
    resubmitted = department.service.resubmit(FARMER, application.id)
    department.service.run_quality_check(application.id, resubmitted.qc_run_id)
    with pytest.raises(Conflict, match="3 times"):
        department.service.request_revision(REVIEWER, application.id, [ITEM], COMMENT)


@pytest.mark.parametrize("stage", ["draft", "submitted", "sent_back"])
def test_only_what_is_in_review_is_sent_back(department, stage):
    application = getattr(department, stage)()
    with pytest.raises(Conflict):
        department.service.request_revision(REVIEWER, application.id, [ITEM], COMMENT)


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [
        (None, "2026-12-02T16:59:59+00:00"),
        (date(2026, 11, 20), "2026-11-20T16:59:59+00:00"),
        (date(2026, 11, 21), "2026-11-23T16:59:59+00:00"),  # a Saturday
        (date(2026, 12, 31), "2027-01-04T16:59:59+00:00"),
    ],
)
def test_it_is_due_at_the_end_of_a_working_day(due_on, expected):
    assert due_moment(MONDAY, due_on, ThaiHolidays.load()).isoformat() == expected


@pytest.mark.parametrize(
    ("item", "path", "covered"),
    [
        ("farm.area", "farm.area", True),
        ("farm.area", "farm.area.rai", True),
        ("farm.area", "farm.areaTypes", False),
        ("farm.area", "farm", False),
        ("farm.area", "farm.cultivatedArea.rai", True),  # follows from it
        ("farm.land.tenure", "documents.LAND_CONSENT", True),
        ("farm.land.tenure", "documents.LAND_RIGHTS", False),
        ("documents", "documents.ID_CARD", True),
        ("documents.ID_CARD", "documents.ID_CARD", True),
        ("documents.ID", "documents.ID_CARD", False),
        ("crops.0.herbCode", "crops.0.herbCode", True),
        ("crops.0", "crops.1.herbCode", False),
    ],
)
def test_a_revision_covers_what_is_named_and_what_follows(item, path, covered):
    revision = Revision(1, (RevisionItem(item, "why"),), COMMENT, MONDAY, REVIEWER.id, MONDAY)
    assert revision.covers(path) is covered


@pytest.mark.parametrize(
    ("item", "follows", "stays"),
    [
        ("requestType", "previousCertificate previousCertificateNumber replacementReason", "purposes"),
        ("applicant.type", "applicant.nationalId applicant.registrationNumber applicant.representative.nameTh", "applicant.phone"),
        ("farm.location.lat", "farm.location.lng", "farm.address"),
        ("farm.location.lng", "farm.location.lat", "farm.address"),
        ("farm.area", "farm.cultivatedArea", "farm.land"),
        ("farm.land.tenure", "farm.land.ownerName documents.LAND_CONSENT", "documents.LAND_RIGHTS"),
        ("farm.land.documentType", "farm.land.documentNumber documents.LAND_RIGHTS", "farm.land.tenure"),
        ("certificationScopes", "documents.CONTROL_PLAN documents.COLLECTION_PERMIT photos.DRYING_AREA", "photos.STORAGE"),
    ],
)
def test_what_would_contradict_a_correction_is_open_with_it(item, follows, stays):
    revision = Revision(1, (RevisionItem(item, "why"),), COMMENT, MONDAY, REVIEWER.id, MONDAY)
    assert [path for path in follows.split() if not revision.covers(path)] == []
    assert not revision.covers(stays)


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("photos.2", "photos.SURROUNDINGS"),
        ("photos.STORAGE", "photos.STORAGE"),
        ("photos", "photos"),
        ("crops.0", "crops.0"),  # other lists keep their places
        ("documents.0", "documents.0"),
    ],
)
def test_only_a_photo_s_place_in_the_list_becomes_its_slot(department, named, kept):
    assert [item.path for item in department.sent_back(named).revision.items] == [kept]


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"farm": {"nameTh": "อื่น"}}, "farm.nameTh"),
        ({"purposes": []}, "purposes"),
        ({"documents": []}, "documents.HOUSE_REGISTRATION"),
        ({"photos": []}, "photos.CROP_CLOSEUP"),
        ({"consents": {"truthDeclaration": False}}, "consents.truthDeclaration"),
    ],
)
def test_parts_that_are_not_on_the_list_stay_closed(department, patch, field):
    application = department.sent_back("farm.area")
    with pytest.raises(InvalidInput) as caught:
        department.service.edit(FARMER, application.id, {**patch, "farm": {**patch.get("farm", {}), "area": {"rai": 6}}})
    assert field in [error.field for error in caught.value.errors]
    assert {error.code for error in caught.value.errors} == {"NOT_IN_REVISION"}
    assert department.service.get(FARMER, application.id) == application


def test_the_named_parts_are_open(department):
    application = department.sent_back("farm.area", "documents.LAND_RIGHTS", "photos.0")
    assert application.revision.items[2].path == "photos.FIELD_OVERVIEW"
    department.service.edit(FARMER, application.id, {"farm": {"area": {"rai": 6}, "cultivatedArea": {"rai": 5}}})
    department.service.attach(FARMER, application.id, "LAND_RIGHTS", "deed.pdf", PDF)
    edited = department.service.attach(FARMER, application.id, "FIELD_OVERVIEW", "new.jpg", picture())
    assert edited.form.farm.area.rai == 6
    with pytest.raises(InvalidInput):
        department.service.attach(FARMER, application.id, "ID_CARD", "id.pdf", PDF)
    with pytest.raises(InvalidInput):
        department.service.remove_file(FARMER, application.id, application.form.documents[0].id)


def test_a_photo_that_is_not_there_keeps_the_place_it_was_named_by(department):
    application = department.in_review()
    beyond = f"photos.{len(application.form.photos)}"
    sent_back = department.service.request_revision(REVIEWER, application.id, [{"path": beyond, "reason": "one more"}], COMMENT)
    assert [item.path for item in sent_back.revision.items] == [beyond]


def test_the_list_is_closed_again_after_the_revision(department):
    application = department.service.resubmit(FARMER, department.sent_back().id)
    assert application.revision is None
    assert len(application.revisions) == 1
    assert application.to_json()["revision"] is None
