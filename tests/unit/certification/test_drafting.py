"""Drafts: who may begin and edit them, what a patch does, and what nobody may say for the server."""

import pytest

from backend.certification.states import EDITABLE, Status
from backend.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.support.certification import ADMIN, FARMER, NEIGHBOUR, REVIEWER, STAFF, SYSTEM, Department, complete_form, replacement_form


@pytest.fixture
def department():
    return Department()


def test_a_farmer_begins_a_draft_of_their_own(department):
    draft = department.service.create(FARMER, {"requestType": "NEW"})
    assert (draft.status, draft.owner_id, draft.owner_email, draft.created_by) == ("DRAFT", FARMER.id, FARMER.email, FARMER.id)
    assert (draft.version, draft.number, draft.qc_status) == (1, None, "NOT_STARTED")


@pytest.mark.parametrize("officer", STAFF)
def test_staff_begin_a_draft_on_behalf_and_it_is_recorded(department, officer):
    draft = department.service.create(officer, {}, owner=FARMER)
    assert (draft.owner_id, draft.created_by) == (FARMER.id, officer.id)
    assert draft.history[0].actor_id == officer.id
    assert draft.history[0].reason == f"on behalf of {FARMER.id}"


def test_the_system_begins_no_drafts(department):
    with pytest.raises(NotAllowed):
        department.service.create(SYSTEM, {})


def test_a_draft_may_be_empty_and_wrong(department):
    draft = department.service.create(FARMER, {"farm": {"area": {"rai": 1, "ngan": 7}}, "applicant": {"phone": "12"}})
    assert draft.form.farm.area.ngan == 7


def test_a_wrong_type_is_named(department):
    with pytest.raises(InvalidInput) as caught:
        department.service.create(FARMER, {"farm": {"area": {"rai": "many"}}})
    assert [error.field for error in caught.value.errors] == ["farm.area.rai"]


def test_text_is_normalised_on_the_way_in(department):
    draft = department.service.create(FARMER, {"applicant": {"phone": "๐๘๙\u200b-๐๐๐-๐๐๐๑", "nameTh": "น\u0e4d\u0e32"}})
    assert (draft.form.applicant.phone, draft.form.applicant.name_th) == ("089-000-0001", "น\u0e33")


def test_a_patch_merges_replaces_lists_and_removes_nulls(department):
    draft = department.draft()
    edited = department.service.edit(
        FARMER, draft.id, {"farm": {"nameTh": "แปลงใหม่", "nameEn": None}, "purposes": ["EXPORT"], "notes": None}
    )
    assert edited.form.farm.name_th == "แปลงใหม่"
    assert edited.form.farm.area.rai == 5
    assert edited.form.purposes == ["EXPORT"]
    assert edited.form.notes is None


def test_the_edit_is_recorded_with_the_parts_that_changed(department):
    draft = department.draft()
    edited = department.service.edit(FARMER, draft.id, {"farm": {"nameTh": "ใหม่", "area": {"rai": 6}}, "notes": "มาแล้ว"})
    entry = edited.history[-1]
    assert (entry.event, entry.source, entry.target, entry.actor_id) == ("edit", "DRAFT", "DRAFT", FARMER.id)
    assert entry.reason == "farm.area, farm.nameTh, notes"


@pytest.mark.parametrize(("parts", "end"), [(20, "selfAssessment.19"), (21, "selfAssessment.19, … (21)"), (400, ", … (400)")])
def test_an_edit_of_many_parts_is_recorded_with_the_first_twenty_and_their_number(department, parts, end):
    reason = answered(department, {f"{number:02}": {"status": "PARTIAL"} for number in range(parts)})
    assert reason.startswith("selfAssessment.00, selfAssessment.01, ")
    assert reason.endswith(end)
    assert len(reason) < 400


def test_a_part_with_an_endless_name_is_recorded_by_its_beginning(department):
    reasons = [answered(department, {"A" * length: {"status": "PARTIAL"}}) for length in (85, 86, 2000)]
    assert reasons == [f"selfAssessment.{'A' * 85}", *[f"selfAssessment.{'A' * 84}…"] * 2]


def answered(department, answers):
    """What the audit trail says of further answers to the self-assessment."""
    draft = department.service.create(FARMER, {"selfAssessment": {"WATER": {"status": "COMPLIANT"}}})
    return department.service.edit(FARMER, draft.id, {"selfAssessment": answers}).history[-1].reason


def test_a_patch_that_changes_nothing_writes_nothing(department):
    draft = department.draft()
    assert department.service.edit(FARMER, draft.id, {"farm": {"nameTh": draft.form.farm.name_th}}) == draft


@pytest.mark.parametrize(
    "owned",
    [
        {"status": "APPROVED"},
        {"applicationNumber": "GACP-2569-999999"},
        {"ownerId": "u-neighbour"},
        {"aiQc": {"status": "COMPLETED", "overallScore": 100}},
        {"version": 99, "revisionRound": 0, "timeline": [], "submittedAt": "2026-01-01T00:00:00Z"},
        {"_fixture": {"expect": {}}, "no such key": 1},
    ],
)
def test_what_the_server_owns_is_ignored(department, owned):
    draft = department.draft()
    assert department.service.edit(FARMER, draft.id, owned) == draft
    begun = department.service.create(FARMER, owned)
    assert (begun.status, begun.number, begun.owner_id, begun.ai_qc) == ("DRAFT", None, FARMER.id, None)


def test_what_was_got_can_be_sent_back(department):
    draft = department.draft()
    assert department.service.edit(FARMER, draft.id, department.service.to_json(FARMER, draft)) == draft


def test_a_stale_version_is_refused_and_the_present_one_named(department):
    draft = department.draft()
    department.service.edit(FARMER, draft.id, {"notes": "one"}, version=1)
    with pytest.raises(Conflict, match="version 2"):
        department.service.edit(FARMER, draft.id, {"notes": "two"}, version=1)
    assert department.service.get(FARMER, draft.id).form.notes == "one"


def test_without_a_version_the_last_edit_wins(department):
    draft = department.draft()
    department.service.edit(FARMER, draft.id, {"notes": "one"})
    assert department.service.edit(FARMER, draft.id, {"notes": "two"}).form.notes == "two"


def test_staff_may_edit_a_draft_and_it_is_recorded(department):
    edited = department.service.edit(REVIEWER, department.draft().id, {"notes": "by phone"})
    assert (edited.history[-1].actor_id, edited.history[-1].actor_role) == (REVIEWER.id, "REVIEWER")


def test_the_neighbour_finds_nothing(department):
    draft = department.draft()
    for attempt in (
        lambda: department.service.get(NEIGHBOUR, draft.id),
        lambda: department.service.edit(NEIGHBOUR, draft.id, {"notes": "mine"}),
        lambda: department.service.check(NEIGHBOUR, draft.id),
        lambda: department.service.submit(NEIGHBOUR, draft.id),
        lambda: department.service.resubmit(NEIGHBOUR, draft.id),
        lambda: department.service.withdraw(NEIGHBOUR, draft.id),
        lambda: department.service.attach(NEIGHBOUR, draft.id, "ID_CARD", "a.pdf", b"%PDF-"),
        lambda: department.service.remove_file(NEIGHBOUR, draft.id, draft.form.documents[0].id),
        lambda: department.service.open_file(NEIGHBOUR, draft.id, draft.form.documents[0].id),
        lambda: department.service.request_revision(NEIGHBOUR, draft.id, [], ""),
        lambda: department.service.request_quality_check(NEIGHBOUR, draft.id),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert department.service.get(FARMER, draft.id) == draft


@pytest.mark.parametrize("officer", STAFF)
def test_all_staff_see_it(department, officer):
    draft = department.draft()
    assert department.service.get(officer, draft.id) == draft


def test_lists_hold_what_a_person_may_see(department):
    mine, theirs = department.draft(), department.draft(owner=NEIGHBOUR)
    assert [item.id for item in department.service.list(FARMER).items] == [mine.id]
    assert {item.id for item in department.service.list(ADMIN).items} == {mine.id, theirs.id}
    assert department.service.list(ADMIN, status="SUBMITTED").items == []


@pytest.mark.parametrize("status", sorted(set(Status) - EDITABLE - {Status.NONE}))
def test_editing_is_possible_in_no_other_state(department, status):
    draft = department.draft()
    document = department.store.get("applications", draft.id)
    department.store.replace("applications", {**document, "status": str(status)}, 1)
    for attempt in (
        lambda: department.service.edit(FARMER, draft.id, {"notes": "late"}),
        lambda: department.service.attach(FARMER, draft.id, "ID_CARD", "a.pdf", b"%PDF-1.4 %%EOF"),
        lambda: department.service.remove_file(FARMER, draft.id, draft.form.documents[0].id),
    ):
        with pytest.raises(Conflict, match=status):
            attempt()


def test_declared_documents_are_accepted_as_the_applicant_s_facts(department):
    document = {"slot": "ID_CARD", "numberOnDocument": "1000700007073", "storageKey": "../secret", "review": {"status": "ACCEPTED"}}
    document |= {"uploadedBy": "u-admin", "factsSource": "OFFICER", "supersededBy": "x", "id": "mine"}
    [facts] = department.service.create(FARMER, {"documents": [document]}).form.documents
    assert (facts.number_on_document, facts.facts_source) == ("1000700007073", "APPLICANT")
    assert (facts.storage_key, facts.review, facts.uploaded_by, facts.superseded_by) == (None, None, None, None)
    assert facts.id != "mine"


def test_the_list_of_documents_is_replaced_but_known_ones_keep_what_the_server_knows(department):
    draft = department.draft(replacement_form())
    card, report = department.service.to_json(FARMER, draft)["documents"]
    edited = department.service.edit(FARMER, draft.id, {"documents": [{**card, "expiresOn": "2030-01-01"}]})
    [kept] = edited.form.documents
    assert (kept.id, kept.slot, str(kept.expires_on)) == (card["id"], "ID_CARD", "2030-01-01")
    again = department.service.edit(
        FARMER, draft.id, {"documents": [{key: report[key] for key in ("slot", "sha256")}, kept.model_dump(mode="json")]}
    )
    assert [facts.slot for facts in again.form.documents] == ["POLICE_REPORT", "ID_CARD"]


def test_a_null_list_of_photos_is_an_empty_one(department):
    draft = department.draft(complete_form())
    assert department.service.edit(FARMER, draft.id, {"photos": None}).form.photos == []


def test_a_declared_document_can_be_taken_off(department):
    draft = department.draft()
    edited = department.service.remove_file(FARMER, draft.id, draft.form.documents[0].id)
    assert [facts.slot for facts in edited.form.documents] == [facts.slot for facts in draft.form.documents[1:]]
    assert (edited.history[-1].event, edited.history[-1].reason) == ("remove", "documents.ID_CARD")


def test_a_photo_can_be_taken_off_and_its_like_stays(department):
    draft = department.draft()
    edited = department.service.remove_file(FARMER, draft.id, draft.form.photos[0].id)
    assert [photo.id for photo in edited.form.photos] == [photo.id for photo in draft.form.photos[1:]]


def test_what_is_not_there_cannot_be_taken_off(department):
    with pytest.raises(NotFound):
        department.service.remove_file(FARMER, department.draft().id, "nothing")


def test_the_check_says_what_the_submission_would_and_saves_nothing(department):
    draft = department.draft(complete_form(purposes=[]))
    answer = department.service.check(FARMER, draft.id)
    assert answer["submitAllowed"] is False
    assert [error["path"] for error in answer["validationErrors"]] == ["purposes"]
    assert answer["qc"]["status"] == "COMPLETED"
    assert department.service.get(FARMER, draft.id) == draft
    assert department.publisher.events == []
