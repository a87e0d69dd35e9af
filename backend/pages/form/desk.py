"""The application on the desk of its owner, and where its pages lead."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from backend.certification.application import Application
from backend.certification.policy import Policy
from backend.certification.states import EDITABLE
from backend.clock import bangkok_date
from backend.pages.form.fields import Step, Task
from backend.pages.form.findings import Finding, check_of
from backend.pages.form.outline import Outline
from backend.web.current_user import current_actor
from backend.web.state import use_cases

_FILES = ("documents.", "photos.")


@dataclass(frozen=True)
class Desk:
    """One application with the outline of its form."""

    application: Application
    outline: Outline

    @property
    def id(self) -> str:
        return self.application.id

    @property
    def is_open(self) -> bool:
        return self.application.status in EDITABLE

    def check(self) -> list[Finding]:
        """What stops the application from being submitted now."""
        return check_of(use_cases().certification.check(current_actor(), self.id))

    def check_files(self) -> list[Finding]:
        """The same, with what the review says of documents and photos: a file that cannot be read is as good as none."""
        answer = use_cases().certification.check(current_actor(), self.id)
        about_files = [issue for issue in answer["qc"].get("issues", ()) if issue["path"].startswith(_FILES)]
        return [*check_of(answer), *about_files]

    def save(self, patch: dict[str, Any]) -> "Desk":
        """Raises InvalidInput for what cannot be kept, and Conflict where the form is closed."""
        return _desk(use_cases().certification.edit(current_actor(), self.id, patch))

    def address(self, step: Step | None) -> str:
        """The page of a step; the task list where there is none."""
        if step is None:
            return url_for("form_pages.hub", application_id=self.id)
        return url_for("form_pages.step", application_id=self.id, name=step.name)

    def frame(self, task: Task, step: Step) -> dict[str, Any]:
        """What every page inside a task shows: where one is, and the ways back and on."""
        before, following = self.outline.neighbours(step)
        steps = self.outline.steps(task)
        return {
            "application": self.application,
            "task": task.name,
            "step": step,
            "nth": steps.index(step) + 1,
            "of": len(steps),
            "back": self.address(before),
            "onward": self.address(following),
            "hub_address": self.address(None),
        }


def open_desk(application_id: str) -> Desk:
    """Raises NotFound."""
    return _desk(use_cases().certification.get(current_actor(), application_id))


def _desk(application: Application) -> Desk:
    policy = Policy.in_force(bangkok_date(use_cases().clock.now()))
    return Desk(application, Outline(application.form, policy))
