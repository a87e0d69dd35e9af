"""Documents and photos: what is needed, what is there, and one page per slot to send a file."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from backend.certification.slots import kind_of
from backend.errors import FieldError, GacpError, InvalidInput, NotFound, TooLarge, WrongType
from backend.pages.file_slots import FACTS, Slot, document_slots, photo_slots
from backend.pages.form.desk import Desk, open_desk
from backend.pages.form.fields import Step
from backend.pages.form.findings import refused
from backend.pages.form.reading import item_of
from backend.pages.form.views import Answers, Problem, field_views
from backend.pages.rendering import page, translate
from backend.pages.words import own_language
from backend.web.current_user import current_actor
from backend.web.state import use_cases

blueprint = Blueprint("file_pages", __name__, url_prefix="/applications/<application_id>")
Answer = Response | WerkzeugResponse


@blueprint.get("/documents")
def documents(application_id: str) -> Answer:
    """All documents, those first that are needed."""
    desk = open_desk(application_id)
    required, optional = document_slots(desk.outline, desk.check_files())
    return page("files/documents.html", application=desk.application, required=required, optional=optional, is_open=desk.is_open)


@blueprint.get("/photos")
def photos(application_id: str) -> Answer:
    """All photos."""
    desk = open_desk(application_id)
    required, optional = photo_slots(desk.outline, desk.check_files())
    return page("files/photos.html", application=desk.application, required=required, optional=optional, is_open=desk.is_open)


@blueprint.get("/files/<slot>")
def slot(application_id: str, slot: str) -> Answer:
    """One slot: what it is for, what is there, and the form to send a file."""
    too_large = [Problem(translate("files.too_large"), "file", "FILE_TOO_LARGE")] if request.args.get("too_large") else []
    return _slot_page(open_desk(application_id), slot, too_large, status=413 if too_large else 200)


@blueprint.post("/files/<slot>")
def send(application_id: str, slot: str) -> Answer:
    """Keep the file and go back to the list, or to the slot where it takes more photos."""
    desk = open_desk(application_id)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _slot_page(desk, slot, [Problem(translate("files.choose"), "file", "FILE_MISSING")], status=422)
    facts = item_of(FACTS.get(slot, ()), request.form)
    try:
        use_cases().certification.attach(current_actor(), application_id, slot, file.filename, file.read(), facts=facts)
    except (InvalidInput, TooLarge, WrongType) as error:
        return _slot_page(desk, slot, _refusals(error), status=error.status)
    photo = kind_of(slot, desk.outline.policy) == "photo"
    back = url_for("file_pages.slot", application_id=application_id, slot=slot) if photo else None
    return redirect(back or url_for("file_pages.documents", application_id=application_id, _anchor=slot))


@blueprint.post("/files/<slot>/<file_id>/remove")
def remove(application_id: str, slot: str, file_id: str) -> Answer:
    use_cases().certification.remove_file(current_actor(), application_id, file_id)
    return redirect(url_for("file_pages.slot", application_id=application_id, slot=slot))


def _slot_page(desk: Desk, name: str, problems: list[Problem], *, status: int = 200) -> Response:
    found = _find(desk, name)
    step = Step("document", FACTS.get(name, ()), each="documents")
    posted = request.form if request.method == "POST" else None
    answers = Answers(_facts(found), posted)
    about = [(f"documents.0.{item.anchor}", item) for item in problems]
    return page(
        "files/slot.html",
        status,
        application=desk.application,
        slot=found,
        fields=field_views(desk.outline, step, answers, about),
        problems=problems,
        file_problems=[item for item in problems if item.anchor == "file"],
        is_open=desk.is_open,
        back=url_for(f"file_pages.{found.kind}s", application_id=desk.id, _anchor=name),
    )


def _find(desk: Desk, name: str) -> Slot:
    """Raises NotFound for a slot that the application does not have."""
    findings = desk.check_files()
    pairs = (*document_slots(desk.outline, findings), *photo_slots(desk.outline, findings))
    found = next((slot for slots in pairs for slot in slots if slot.name == name), None)
    if found is None:
        raise NotFound("ไม่มีช่องเอกสารนี้ / There is no such slot.")
    return found


def _facts(slot: Slot) -> dict[str, Any]:
    return slot.files[-1].model_dump(mode="json", by_alias=True) if slot.files and slot.kind == "document" else {}


def _refusals(error: GacpError) -> list[Problem]:
    """What was refused, beside its field: facts as `documents.0.issuedOn`, the file itself as `file`."""
    errors = error.errors or (FieldError("file", str(error)),)
    shortened = [FieldError(item.field.removeprefix("documents.0."), item.message, item.code) for item in errors]
    return [Problem(own_language(found.message), path, found.code) for path, found in refused(shortened)]
