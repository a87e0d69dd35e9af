"""Use cases of the applicant's desk: begin an application, edit it, take a file away again."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from backend.certification.actors import Actor
from backend.certification.application import Act, Application
from backend.certification.changes import Changes
from backend.certification.declared_files import NewId, keyed_by_slot, require_not_accepted, take_over
from backend.certification.form import ApplicationForm, FileFacts
from backend.certification.merge_patch import changed_paths, merge_patch
from backend.errors import FieldError, InvalidInput, NotFound

_NAMED = 20  # parts; a form has about 30, but a caller may send any number of keys inside of them
_LONGEST = 100  # characters of one part's name


class Drafting:
    """Everything that changes the form itself."""

    def __init__(self, changes: Changes, new_id: NewId) -> None:
        self._changes = changes
        self._new_id = new_id

    def create(self, actor: Actor, data: Mapping[str, Any], owner: Actor | None = None) -> Application:
        """Begin a draft, which may be incomplete; staff begin one on behalf of `owner`, and the audit trail says so.

        What the server owns (status, number, storage keys, ...) is ignored. Raises InvalidInput for fields of a wrong type.
        """
        act = self._changes.act(actor)
        owner = owner or actor
        draft = Application(
            id=self._new_id(),
            owner_id=owner.id,
            owner_email=owner.email,
            created_by=actor.id,
            form=self._read(data, ApplicationForm()),
            created_at=act.at,
            updated_at=act.at,
            status_since=act.at,
        )
        reason = "" if owner.id == actor.id else f"on behalf of {owner.id}"
        return self._changes.add(draft.transition("create", act, reason=reason))

    def edit(self, actor: Actor, application_id: str, patch: Mapping[str, Any], version: int | None = None) -> Application:
        """Apply a JSON merge patch (RFC 7396) to the form; lists are replaced whole, what the server owns is ignored.

        Raises Conflict (closed, or not at `version` any more), InvalidInput (a wrong type, or a part that the
        revision does not name).
        """
        act = self._changes.act(actor)
        self._changes.visible(actor, application_id)

        def change(application: Application) -> Application:
            application.require_editable()
            merged = merge_patch(application.form.to_json(), patch)
            return edited(application, self._read(merged, application.form), act)

        return self._changes.apply(application_id, change, version)

    def remove_file(self, actor: Actor, application_id: str, file_id: str, version: int | None = None) -> Application:
        """Take a document or photo off the form. Raises NotFound, Conflict (closed, or accepted by an officer)."""
        act = self._changes.act(actor)
        self._changes.visible(actor, application_id)

        def change(application: Application) -> Application:
            application.require_editable()
            require_not_accepted(find_file(application, file_id))
            form = application.form
            kept = {
                "documents": [facts for facts in form.documents if facts.id != file_id],
                "photos": [facts for facts in form.photos if facts.id != file_id],
            }
            return edited(application, form.model_copy(update=kept), act, "remove")

        return self._changes.apply(application_id, change, version)

    def _read(self, data: Mapping[str, Any], before: ApplicationForm) -> ApplicationForm:
        form = ApplicationForm.parse(data)
        files = {
            "documents": take_over(form.documents, before.documents, self._new_id),
            "photos": take_over(form.photos, before.photos, self._new_id),
        }
        return form.model_copy(update=files)


def edited(application: Application, form: ApplicationForm, act: Act, event: str = "edit") -> Application:
    """The application with another form, or the same one where nothing differs.

    Raises InvalidInput naming each part that the revision in progress does not open.
    """
    paths = _differences(application.form, form)
    if not paths:
        return application
    _require_covered(application, paths)
    changed = application.record(event, act, reason=_reason(paths))
    return replace(changed, form=form)


def find_file(application: Application, file_id: str) -> FileFacts:
    """The document or photo of that id; raises NotFound."""
    for facts in (*application.form.documents, *application.form.photos):
        if facts.id == file_id:
            return facts
    raise NotFound("ไม่พบไฟล์ / There is no such file.")


def _differences(old: ApplicationForm, new: ApplicationForm) -> list[str]:
    """Paths of the fields that differ, and `documents.SLOT` and `photos.SLOT` for files."""
    paths = list(changed_paths(_fields(old), _fields(new)))
    for name in ("documents", "photos"):
        before, after = keyed_by_slot(getattr(old, name)), keyed_by_slot(getattr(new, name))
        paths += [f"{name}.{slot}" for slot in sorted({*before, *after}) if before.get(slot) != after.get(slot)]
    return paths


def _require_covered(application: Application, paths: list[str]) -> None:
    revision = application.revision
    closed = [path for path in paths if revision is not None and not revision.covers(path)]
    if closed:
        message = "ส่วนนี้ไม่อยู่ในรายการที่ขอแก้ไข / This part is not on the list of the revision: leave it as it was."
        raise InvalidInput(errors=tuple(FieldError(path, message, "NOT_IN_REVISION") for path in closed))


def _fields(form: ApplicationForm) -> dict[str, Any]:
    return {key: value for key, value in form.to_json().items() if key not in {"documents", "photos"}}


def _reason(paths: Iterable[str]) -> str:
    """What changed, for the audit trail, which grows with every edit: many parts end in an ellipsis and their number."""
    parts = list(dict.fromkeys(_short(path) for path in paths))
    named = ", ".join(part if len(part) <= _LONGEST else f"{part[: _LONGEST - 1]}…" for part in parts[:_NAMED])
    return named if len(parts) <= _NAMED else f"{named}, … ({len(parts)})"


def _short(path: str) -> str:
    root, _, rest = path.partition(".")
    return path if root in {"documents", "photos"} else f"{root}.{rest.partition('.')[0]}".rstrip(".")
