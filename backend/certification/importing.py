"""Use case: make a draft of an application that somebody brings as a file."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from backend.certification.actors import Actor
from backend.certification.application import Application
from backend.certification.changes import Changes
from backend.certification.declared_files import changed
from backend.certification.drafting import Drafting, edited
from backend.certification.form import DocumentFacts, PhotoFacts
from backend.certification.placeholders import placeholder
from backend.certification.ports import FileStore

Facts = TypeVar("Facts", DocumentFacts, PhotoFacts)


class Importing:
    """Drafts whose facts come from a file, with placeholders where the papers would be."""

    def __init__(self, changes: Changes, drafting: Drafting, files: FileStore) -> None:
        self._changes = changes
        self._drafting = drafting
        self._files = files

    def import_draft(self, actor: Actor, data: Mapping[str, Any], owner: Actor) -> Application:
        """A draft of `owner` with the file's facts as they are, and a small valid file behind each document and photo."""
        draft = self._drafting.create(actor, data, owner)
        act = self._changes.act(actor)
        form = draft.form.model_copy(
            update={"documents": self._with_files(draft, draft.form.documents), "photos": self._with_files(draft, draft.form.photos)}
        )
        return self._changes.apply(draft.id, lambda application: edited(application, form, act, "upload"))

    def _with_files(self, draft: Application, facts: Sequence[Facts]) -> list[Facts]:
        return [changed(entry, storage_key=self._store(draft, entry)) for entry in facts]

    def _store(self, draft: Application, facts: DocumentFacts | PhotoFacts) -> str:
        content, extension = placeholder(facts.mime)
        key = f"applications/{draft.id}/{facts.id}.{extension}"
        self._files.put(key, content)
        return key
