"""How far an application is: each task of the list with its state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import url_for

from backend.certification.paths import is_blank, values_at
from backend.certification.requirements import required_photos
from backend.pages.form.fields import Task
from backend.pages.form.findings import Finding
from backend.pages.form.outline import Outline

State = Literal["not_started", "in_progress", "done", "problem"]
_MERELY_MISSING = frozenset({"REQUIRED", "DOCUMENT_MISSING", "PHOTO_MISSING", "CONSENT_REQUIRED"})


@dataclass(frozen=True)
class Line:
    """One line of the task list."""

    name: str
    href: str
    state: State
    left: int


def lines(outline: Outline, application_id: str, findings: Sequence[Finding]) -> list[Line]:
    """Every task that applies, in order; the last one, checking and sending, is not among them."""
    found = [_task_line(outline, application_id, task, findings) for task in outline.tasks()]
    files: list[tuple[str, Sequence[Any]]] = [("documents", outline.form.documents)]
    if required_photos(outline.form, outline.policy):
        files.append(("photos", outline.form.photos))
    for name, there in files:
        about = [finding for finding in findings if finding["path"].partition(".")[0] == name]
        found.append(_line(name, url_for(f"file_pages.{name}", application_id=application_id), about, started=bool(there)))
    return found


def _task_line(outline: Outline, application_id: str, task: Task, findings: Sequence[Finding]) -> Line:
    steps = outline.steps(task)
    about = [finding for finding in findings if (found := outline.asks(finding["path"])) and found[0] in steps]
    first = url_for("form_pages.step", application_id=application_id, name=steps[0].name)
    return _line(task.name, first, about, started=_started(outline, task))


def _line(name: str, href: str, about: Sequence[Finding], *, started: bool) -> Line:
    return Line(name, href, _state((finding["code"] for finding in about), started=started), len(about))


def _state(codes: Iterable[str], *, started: bool) -> State:
    found = set(codes)
    if found - _MERELY_MISSING:
        return "problem"
    if not started:
        return "not_started"
    return "in_progress" if found else "done"


def _started(outline: Outline, task: Task) -> bool:
    paths = [step.each or field.path for step in outline.steps(task) for field in step.fields]
    return any(not is_blank(value) and _says_something(value) for path in paths for _, value in values_at(outline.form, path))


def _says_something(value: Any) -> bool:
    """A nested part without any answer says nothing."""
    dump = getattr(value, "model_dump", None)
    return dump is None or bool(dump(exclude_none=True, exclude_defaults=True))
