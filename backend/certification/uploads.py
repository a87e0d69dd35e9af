"""Use case: put a file behind a slot, or get it back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from backend.certification.actors import Actor
from backend.certification.application import Act, Application
from backend.certification.changes import Changes
from backend.certification.declared_files import MEASURED, SERVER_OWNED, NewId, changed
from backend.certification.drafting import edited, find_file
from backend.certification.file_types import Inspected, Kind, inspect
from backend.certification.form import ApplicationForm, DocumentFacts, FileFacts, PhotoFacts, Position
from backend.certification.policy import Policy
from backend.certification.ports import FileStore
from backend.certification.refusals import refusal
from backend.certification.slots import kind_of
from backend.clock import bangkok_date, to_iso
from backend.errors import GacpError, InvalidInput, NotAllowed, NotFound, Unavailable

_CAMERA_FACTS = frozenset({"taken_on", "gps"})  # a browser that shrinks a picture loses its EXIF: then these may be said


class Uploads:
    """Files and the facts about them."""

    def __init__(self, changes: Changes, files: FileStore, new_id: NewId) -> None:
        self._changes = changes
        self._files = files
        self._new_id = new_id

    def attach(
        self,
        actor: Actor,
        application_id: str,
        slot: str,
        file_name: str,
        content: bytes,
        *,
        facts: Mapping[str, Any] | None = None,
        version: int | None = None,
    ) -> Application:
        """Keep a file behind a slot; `facts` are what the applicant says of it (`issuedOn`, `numberOnDocument`, ...).

        A document takes the place of the one before, which stays as superseded; photos are added. The new file is the
        last of its list. Raises NotAllowed (not the owner), InvalidInput (slot, facts), WrongType and TooLarge (the file),
        Conflict (closed, stale).
        """
        act = self._changes.act(actor)
        policy = Policy.in_force(bangkok_date(act.at))
        before = self._changes.visible(actor, application_id)
        _require_owner(before, actor)
        before.require_editable()
        kind = kind_of(slot, policy)
        inspected = inspect(content, kind, policy.formats.files)
        _require_room(before, len(content), policy)
        file_id = self._new_id()
        said = _read_facts(kind, {**(facts or {}), "slot": slot, "fileName": file_name[:200]})
        key = f"applications/{application_id}/{file_id}.{inspected.extension}"
        self._files.put(key, inspected.content)
        new = _measured(said, inspected, id=file_id, storage_key=key, uploaded_at=to_iso(act.at), uploaded_by=actor.id)
        try:
            return self._changes.apply(application_id, lambda application: _with_file(application, new, act), version)
        except Unavailable:
            raise  # it may have been written: a file too many does no harm, one too few is lost
        except GacpError:
            self._files.delete(key)
            raise

    def open(self, actor: Actor, application_id: str, file_id: str) -> tuple[FileFacts, bytes]:
        """A file and what is known of it. Raises NotFound, also where there are only declared facts so far."""
        facts = find_file(self._changes.visible(actor, application_id), file_id)
        if not facts.storage_key:
            raise NotFound("ยังไม่มีไฟล์ในช่องนี้ / There is no file in this slot yet.")
        return facts, self._files.get(facts.storage_key)


def _require_owner(application: Application, actor: Actor) -> None:
    if not application.belongs_to(actor):
        raise NotAllowed("เฉพาะเจ้าของคำขอส่งไฟล์ได้ / Only the owner of the application may send files.")


def _require_room(application: Application, size: int, policy: Policy) -> None:
    stored = [facts for facts in (*application.form.documents, *application.form.photos) if facts.storage_key]
    if size + sum(facts.size_bytes or 0 for facts in stored) > policy.formats.files.max_bytes_per_application:
        raise refusal("APPLICATION_TOO_LARGE")


def _read_facts(kind: Kind, facts: Mapping[str, Any]) -> DocumentFacts | PhotoFacts:
    """The facts as the form reads them: normalised, dates in either era. Raises InvalidInput by the names that were sent."""
    files = "documents" if kind == "document" else "photos"
    try:
        form = ApplicationForm.parse({files: [facts]})
    except InvalidInput as error:
        sent = tuple(replace(each, field=each.field.removeprefix(f"{files}.0.")) for each in error.errors)
        raise InvalidInput(errors=sent) from None
    return form.documents[0] if kind == "document" else form.photos[0]


def _measured(said: DocumentFacts | PhotoFacts, inspected: Inspected, **server: str) -> DocumentFacts | PhotoFacts:
    """What was said, corrected by what the file itself shows."""
    fields: dict[str, Any] = {"mime": inspected.mime, "size_bytes": inspected.size, "sha256": inspected.sha256, **server}
    if isinstance(said, DocumentFacts):
        declared = _declared(said, MEASURED - {"slot", "file_name"})
        return DocumentFacts(**{**declared, **fields, "facts_source": "APPLICANT"})
    picture = inspected.picture
    if picture is not None:
        seen = {"width": picture.width, "height": picture.height, "sharpness": picture.sharpness, "exif_present": picture.exif_present}
        gps = Position(lat=picture.gps[0], lng=picture.gps[1]) if picture.gps else None
        camera = {"taken_on": picture.taken_on, "gps": gps}
        fields |= {**seen, **{name: value for name, value in camera.items() if value is not None}}
    declared = _declared(said, MEASURED - {"slot", "file_name"} - _CAMERA_FACTS)
    return PhotoFacts(**{**declared, **fields})


def _declared(said: FileFacts, but: frozenset[str]) -> dict[str, Any]:
    return {name: getattr(said, name) for name in said.model_fields_set - but - SERVER_OWNED}


def _with_file(application: Application, new: DocumentFacts | PhotoFacts, act: Act) -> Application:
    application.require_editable()
    form = application.form
    if isinstance(new, DocumentFacts):
        update: dict[str, Any] = {"documents": _replacing(form.documents, new)}
    else:
        update = {"photos": [*(photo for photo in form.photos if not _is_promise_of(photo, new)), new]}
    return edited(application, form.model_copy(update=update), act, "upload")


def _replacing(documents: Sequence[DocumentFacts], new: DocumentFacts) -> list[DocumentFacts]:
    """The document before stays as superseded; one that was only declared gives its facts to the file and goes."""
    earlier = [document for document in documents if document.slot == new.slot and not document.superseded_by]
    said: dict[str, Any] = {}
    for document in (document for document in earlier if not document.storage_key):
        said |= _declared(document, MEASURED)
    kept = [
        changed(document, superseded_by=new.id) if document in earlier else document
        for document in documents
        if document not in earlier or document.storage_key
    ]
    return [*kept, DocumentFacts(**{**said, **{name: getattr(new, name) for name in new.model_fields_set}})]


def _is_promise_of(photo: PhotoFacts, new: PhotoFacts) -> bool:
    """Whether a photo that was only declared is the one that has come now."""
    same = photo.sha256 == new.sha256 or (photo.file_name is not None and photo.file_name == new.file_name)
    return not photo.storage_key and photo.slot == new.slot and same
