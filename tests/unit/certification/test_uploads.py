"""Files behind slots: measured by the server, replaced without being lost, removed only where nobody relies on them."""

from hashlib import sha256
from io import BytesIO

import pytest
from PIL import ExifTags, Image

from backend.adapters.memory.documents import MemoryStore
from backend.adapters.memory.files import MemoryFiles
from backend.certification.form import ApplicationForm
from backend.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooLarge, Unavailable, WrongType
from tests.support.certification import FARMER, MONDAY, PDF, REVIEWER, Department, complete_form, picture

OTHER_PDF = PDF.replace(b"%PDF-1.4", b"%PDF-1.7")


@pytest.fixture
def department():
    return Department()


def attach(department, application, slot="LAND_RIGHTS", content=PDF, name="deed.pdf", **options):
    return department.service.attach(FARMER, application.id, slot, name, content, **options)


def in_slot(application, slot="LAND_RIGHTS"):
    return [facts for facts in application.form.documents if facts.slot == slot]


def accept(department, application, slot="LAND_RIGHTS"):
    """As an officer does it: the document in force of that slot is ACCEPTED."""
    documents = [
        facts.model_copy(update={"review": {"status": "ACCEPTED"}}) if facts.slot == slot and not facts.superseded_by else facts
        for facts in application.form.documents
    ]
    form = application.form.model_copy(update={"documents": documents})
    changed = type(application)(**{**vars(application), "form": form})
    return department.repository.save(changed, application.version)


def test_a_document_is_kept_and_measured(department):
    draft = department.service.create(FARMER, {})
    application = attach(department, draft, facts={"issuedOn": "2569-10-01", "numberOnDocument": "๑๒๓"})
    [facts] = application.form.documents
    assert (facts.mime, facts.size_bytes, facts.sha256) == ("application/pdf", len(PDF), sha256(PDF).hexdigest())
    assert (facts.file_name, str(facts.issued_on), facts.number_on_document) == ("deed.pdf", "2026-10-01", "123")
    assert (facts.uploaded_by, facts.uploaded_at, facts.facts_source) == (FARMER.id, "2026-11-02T03:00:00.000Z", "APPLICANT")
    assert facts.storage_key == f"applications/{draft.id}/{facts.id}.pdf"
    assert department.service.open_file(FARMER, draft.id, facts.id) == (facts, PDF)
    assert (application.history[-1].event, application.history[-1].reason) == ("upload", "documents.LAND_RIGHTS")


def test_what_the_file_shows_wins_over_what_is_said(department):
    said = {"mime": "image/png", "sizeBytes": 1, "sha256": "0" * 64, "storageKey": "x", "review": {"status": "ACCEPTED"}, "id": "mine"}
    [facts] = attach(department, department.service.create(FARMER, {}), facts=said).form.documents
    assert (facts.mime, facts.size_bytes, facts.review) == ("application/pdf", len(PDF), None)
    assert facts.id != "mine"
    assert facts.storage_key != "x"


def test_a_file_takes_over_the_facts_that_were_declared_before(department):
    draft = department.draft(
        complete_form(documents=[{"slot": "LAND_RIGHTS", "areaOnDocument": {"rai": 5}, "sha256": "1" * 64, "sizeBytes": 7}])
    )
    [facts] = attach(department, draft).form.documents
    assert (facts.area_on_document.rai, facts.sha256, facts.size_bytes) == (5, sha256(PDF).hexdigest(), len(PDF))


def test_a_second_document_supersedes_the_first_which_stays(department):
    draft = department.service.create(FARMER, {})
    first = attach(department, draft).form.documents[-1]
    application = attach(department, draft, content=OTHER_PDF)
    old, new = in_slot(application)
    assert (old.id, old.superseded_by, new.superseded_by) == (first.id, new.id, None)
    assert application.form.current_documents()["LAND_RIGHTS"].id == new.id
    assert department.service.open_file(REVIEWER, draft.id, old.id)[1] == PDF
    third = attach(department, draft)
    assert [facts.superseded_by for facts in in_slot(third)] == [new.id, third.form.documents[-1].id, None]


def test_an_accepted_document_can_be_replaced_but_not_removed(department):
    application = accept(department, attach(department, department.service.create(FARMER, {})))
    accepted = application.form.documents[0]
    with pytest.raises(Conflict, match="LAND_RIGHTS"):
        department.service.remove_file(FARMER, application.id, accepted.id)
    with pytest.raises(Conflict, match="LAND_RIGHTS"):
        department.service.edit(FARMER, application.id, {"documents": []})
    replaced = attach(department, application, content=OTHER_PDF)
    assert in_slot(replaced)[0].review == {"status": "ACCEPTED"}
    assert in_slot(replaced)[0].superseded_by == in_slot(replaced)[1].id


def test_a_list_that_is_sent_back_cannot_change_what_was_measured(department):
    application = attach(department, department.service.create(FARMER, {}))
    [shown] = department.service.to_json(FARMER, application)["documents"]
    forged = {**shown, "sha256": "f" * 64, "storageKey": "other", "mime": "image/png", "expiresOn": "2030-01-01"}
    [facts] = department.service.edit(FARMER, application.id, {"documents": [forged]}).form.documents
    assert (facts.sha256, facts.storage_key, facts.mime) == (sha256(PDF).hexdigest(), shown["storageKey"], "application/pdf")
    assert str(facts.expires_on) == "2030-01-01"


def test_superseded_documents_survive_a_list_without_them(department):
    draft = department.service.create(FARMER, {})
    attach(department, draft)
    application = attach(department, draft, content=OTHER_PDF)
    current = department.service.to_json(FARMER, application)["documents"][1]
    edited = department.service.edit(FARMER, draft.id, {"documents": [current]})
    assert [facts.id for facts in edited.form.documents] == [facts.id for facts in application.form.documents]


def test_a_whole_list_that_is_sent_back_changes_nothing(department):
    draft = department.service.create(FARMER, {})
    attach(department, draft)
    application = accept(department, attach(department, draft, content=OTHER_PDF))
    shown = department.service.to_json(FARMER, application)["documents"]
    assert department.service.edit(FARMER, draft.id, {"documents": shown}) == application


def test_without_its_id_a_document_is_known_by_its_slot_and_hash(department):
    draft = department.service.create(FARMER, {})
    attach(department, draft)
    application = attach(department, draft, content=OTHER_PDF)
    old, new = in_slot(application)

    def sent(slot, sha256):
        edited = department.service.edit(FARMER, draft.id, {"documents": [{"slot": slot, "sha256": sha256}]})
        return [facts.id for facts in edited.form.documents if not facts.superseded_by]

    assert sent("LAND_RIGHTS", new.sha256) == [new.id]
    assert sent("LAND_RIGHTS", old.sha256) not in ([old.id], [new.id]), "what was superseded does not come back"
    assert sent("SITE_MAP", new.sha256) != [new.id]
    assert sent("LAND_RIGHTS", None) != [new.id]


def test_photos_are_added_and_measured(department):
    draft = department.service.create(FARMER, {})
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:10:18 09:00:00"
    content = picture(size=(800, 600), exif=exif)
    attach(department, draft, "STORAGE", content, "store.jpg")
    application = attach(department, draft, "STORAGE", picture(), "again.jpg")
    first, second = application.form.photos
    assert (first.width, first.height, str(first.taken_on), first.exif_present) == (800, 600, "2026-10-18", True)
    assert 0 <= first.sharpness <= 1
    assert first.sha256 == sha256(content).hexdigest()
    assert (second.file_name, second.exif_present) == ("again.jpg", False)
    kept = department.service.open_file(FARMER, draft.id, first.id)[1]
    assert not Image.open(BytesIO(kept)).getexif()


def test_the_place_and_day_may_be_said_where_the_picture_lost_them(department):
    said = {"takenOn": "2026-10-20", "gps": {"lat": 13.5, "lng": 102.2}, "sharpness": 1.0, "width": 9999}
    [photo] = attach(department, department.service.create(FARMER, {}), "STORAGE", picture(), facts=said).form.photos
    assert (str(photo.taken_on), photo.gps.lat, photo.width) == ("2026-10-20", 13.5, 64)
    assert photo.sharpness != 1.0 or photo.width == 64


def test_a_photo_that_was_only_declared_is_fulfilled_by_its_file(department):
    draft = department.draft(complete_form(photos=[{"slot": "STORAGE", "fileName": "store.jpg"}, {"slot": "STORAGE", "fileName": "b.jpg"}]))
    application = attach(department, draft, "STORAGE", picture(), "store.jpg")
    assert [(photo.file_name, bool(photo.storage_key)) for photo in application.form.photos] == [("b.jpg", False), ("store.jpg", True)]


@pytest.mark.parametrize(
    ("slot", "content", "error"),
    [
        ("NOT_A_SLOT", PDF, InvalidInput),
        ("STORAGE", PDF, WrongType),
        ("LAND_RIGHTS", b"MZ", WrongType),
        ("LAND_RIGHTS", PDF + b" " * 11_000_000, TooLarge),
    ],
)
def test_a_refused_file_leaves_nothing_behind(department, slot, content, error):
    draft = department.service.create(FARMER, {})
    with pytest.raises(error):
        attach(department, draft, slot, content)
    assert department.service.get(FARMER, draft.id) == draft
    assert not department.files.exists(f"applications/{draft.id}/id2.pdf")


def test_a_closed_application_is_said_before_the_file_is_looked_at(department):
    application = department.submitted()
    with pytest.raises(Conflict):
        attach(department, application, content=b"MZ")


class SubmittedMeanwhile(MemoryFiles):
    """While the file is being stored, its application is handed in."""

    def __init__(self):
        super().__init__()
        self.meanwhile = lambda: None
        self.kept = []

    def put(self, key, content):
        super().put(key, content)
        self.kept.append(key)
        self.meanwhile()


def test_an_application_that_is_handed_in_during_an_upload_keeps_what_was_signed():
    department = Department(files=SubmittedMeanwhile())
    draft = department.draft()
    department.files.meanwhile = lambda: department.service.submit(FARMER, draft.id)
    with pytest.raises(Conflict):
        attach(department, draft)
    signed = department.service.get(FARMER, draft.id)
    assert signed.form.to_json() == signed.submissions[0].form
    assert not department.files.exists(department.files.kept[-1])


def test_a_photo_that_is_sent_twice_is_kept_twice_and_fulfils_no_other_slot(department):
    draft = department.service.create(FARMER, {"photos": [{"slot": "SIGNAGE", "fileName": "a.jpg"}]})
    content = picture()
    for _ in range(2):
        application = attach(department, draft, "STORAGE", content, "a.jpg")
    shown = [(photo.slot, bool(photo.storage_key)) for photo in application.form.photos]
    assert shown == [("SIGNAGE", False), ("STORAGE", True), ("STORAGE", True)]


def test_the_place_is_read_from_the_picture(department):
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N",
            ExifTags.GPS.GPSLatitude: (15.0, 30.0, 0.0),
            ExifTags.GPS.GPSLongitudeRef: "E",
            ExifTags.GPS.GPSLongitude: (104.0, 15.0, 0.0),
        }
    )
    said = {"gps": {"lat": 13.5, "lng": 102.2}}
    [photo] = attach(department, department.service.create(FARMER, {}), "STORAGE", picture(exif=exif), facts=said).form.photos
    assert (photo.gps.lat, photo.gps.lng) == (15.5, 104.25)


def test_the_facts_of_a_file_are_not_those_of_the_file_before(department):
    draft = department.service.create(FARMER, {})
    attach(department, draft, facts={"issuedOn": "2026-10-01"})
    old, new = in_slot(attach(department, draft, content=OTHER_PDF))
    assert (str(old.issued_on), new.issued_on) == ("2026-10-01", None)


def test_only_files_that_are_there_count_towards_the_limit(department):
    draft = department.service.create(FARMER, {"documents": [{"slot": "SITE_MAP", "sizeBytes": 200 * 1024 * 1024}]})
    assert attach(department, draft).form.documents[-1].storage_key


def test_a_long_file_name_is_cut(department):
    [facts] = attach(department, department.service.create(FARMER, {}), name="x" * 201).form.documents
    assert facts.file_name == "x" * 200


def test_a_stale_upload_leaves_no_file_behind(department):
    draft = department.service.create(FARMER, {})
    with pytest.raises(Conflict):
        attach(department, draft, version=7)
    assert not department.files.exists(f"applications/{draft.id}/id2.pdf")


def test_wrong_facts_are_named(department):
    with pytest.raises(InvalidInput) as caught:
        attach(department, department.service.create(FARMER, {}), facts={"areaOnDocument": {"rai": "many"}})
    assert "areaOnDocument.rai" in caught.value.errors[0].field


def test_all_files_of_an_application_have_a_limit(department):
    big = {"storage_key": "x", "size_bytes": 200 * 1024 * 1024 - len(PDF) + 1}
    draft = department.service.create(FARMER, {"documents": [{"slot": "SITE_MAP"}]})
    documents = [draft.form.documents[0].model_copy(update=big)]
    form = draft.form.model_copy(update={"documents": documents})
    department.repository.save(type(draft)(**{**vars(draft), "form": form}), 1)
    with pytest.raises(TooLarge) as caught:
        attach(department, draft)
    assert caught.value.errors[0].code == "APPLICATION_TOO_LARGE"
    smaller = form.model_copy(update={"documents": [documents[0].model_copy(update={"size_bytes": big["size_bytes"] - 1})]})
    department.repository.save(type(draft)(**{**vars(draft), "form": smaller}), 2)
    assert attach(department, draft).version == 4


def test_a_declared_document_has_no_file_to_open(department):
    draft = department.draft()
    with pytest.raises(NotFound, match="no file"):
        department.service.open_file(FARMER, draft.id, draft.form.documents[0].id)
    with pytest.raises(NotFound):
        department.service.open_file(FARMER, draft.id, "nothing")


def test_where_the_store_is_away_the_upload_says_so(department):
    draft = department.service.create(FARMER, {})
    department.store.away = True
    with pytest.raises(Unavailable):
        attach(department, draft)


class Forgetful(MemoryStore):
    """Writes, and then the line is cut: the caller cannot know that it was written."""

    cut = False

    def replace(self, *arguments):
        written = super().replace(*arguments)
        if self.cut:
            raise Unavailable("the line was cut")
        return written


def test_a_file_that_the_form_may_name_is_never_taken_away_again():
    department = Department(store=Forgetful())
    draft = department.service.create(FARMER, {})
    department.store.cut = True
    with pytest.raises(Unavailable):
        attach(department, draft)
    [facts] = department.service.get(FARMER, draft.id).form.documents
    assert department.service.open_file(FARMER, draft.id, facts.id)[1] == PDF


def test_officers_send_no_files_to_the_applications_of_others(department):
    draft = department.service.create(FARMER, {})
    with pytest.raises(NotAllowed, match="owner"):
        department.service.attach(REVIEWER, draft.id, "ID_CARD", "id.pdf", PDF)
    assert department.service.get(FARMER, draft.id) == draft


@pytest.mark.parametrize(
    ("slot", "said", "field"),
    [("ID_CARD", {"areaOnDocument": {"rai": "five"}}, "areaOnDocument.rai"), ("STORAGE", {"gps": {"lat": []}}, "gps.lat")],
)
def test_a_fact_of_a_wrong_type_is_named_as_it_was_sent(department, slot, said, field):
    content = PDF if slot == "ID_CARD" else picture()
    with pytest.raises(InvalidInput) as caught:
        attach(department, department.service.create(FARMER, {}), slot, content, facts=said)
    assert [error.field for error in caught.value.errors] == [field]


def test_an_uploaded_application_is_judged_like_a_declared_one(department):
    draft = department.draft(complete_form(documents=[], photos=[]))
    for slot in ("ID_CARD", "HOUSE_REGISTRATION", "LAND_RIGHTS", "SITE_MAP", "PRODUCTION_PLAN", "SOP_MANUAL"):
        attach(department, draft, slot)
    for index, slot in enumerate(("FIELD_OVERVIEW", "FIELD_OVERVIEW", "SURROUNDINGS", "CROP_CLOSEUP", "STORAGE", "WATER_SOURCE")):
        attach(department, draft, slot, picture(), f"{index}.jpg")
    assert department.service.submit(FARMER, draft.id).status == "SUBMITTED"


def test_an_import_puts_a_valid_file_behind_every_fact(department):
    form = complete_form()
    draft = department.service.import_draft(REVIEWER, form, FARMER)
    assert (draft.status, draft.owner_id, draft.created_by) == ("DRAFT", FARMER.id, REVIEWER.id)
    shown = ApplicationForm.parse(form)
    for said, kept in zip((*shown.documents, *shown.photos), (*draft.form.documents, *draft.form.photos), strict=True):
        assert (kept.sha256, kept.size_bytes, kept.mime) == (said.sha256, said.size_bytes, said.mime)
        assert department.service.open_file(FARMER, draft.id, kept.id)[1]
    assert department.service.check(REVIEWER, draft.id)["submitAllowed"] is True
    assert draft.created_at == MONDAY
