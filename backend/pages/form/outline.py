"""The form of one applicant: the tasks and steps that apply to what was answered so far, and where each path is asked."""

from dataclasses import dataclass

from backend.certification.circumstances import circumstances, holds
from backend.certification.form import ApplicationForm
from backend.certification.policy import Policy
from backend.errors import NotFound
from backend.pages.form import task_applicant, task_farm, task_herbs, task_practices
from backend.pages.form.fields import Field, Step, Task

TASKS: tuple[Task, ...] = (task_applicant.TASK, task_farm.TASK, task_herbs.TASK, task_practices.TASK)


@dataclass(frozen=True)
class Outline:
    """What this applicant is asked."""

    form: ApplicationForm
    policy: Policy

    @property
    def circumstances(self) -> frozenset[str]:
        return circumstances(self.form, self.policy)

    def tasks(self) -> list[Task]:
        true = self.circumstances
        return [task for task in TASKS if holds(task.when, true)]

    def steps(self, task: Task) -> list[Step]:
        true = self.circumstances
        return [step for step in task.steps if holds(step.when, true)]

    def find(self, name: str) -> tuple[Task, Step]:
        """The step of that name with its task; raises NotFound, also for one that does not apply."""
        for task in self.tasks():
            for step in self.steps(task):
                if step.name == name:
                    return task, step
        raise NotFound("ไม่มีหน้านี้ในแบบคำขอนี้ / This application has no such page.")

    def neighbours(self, step: Step) -> tuple[Step | None, Step | None]:
        """The steps before and after it within its task."""
        task, _ = self.find(step.name)
        steps = self.steps(task)
        place = steps.index(step)
        before = steps[place - 1] if place else None
        return before, steps[place + 1] if place + 1 < len(steps) else None

    def asks(self, path: str) -> tuple[Step, Field | None] | None:
        """The step that asks for that path, with the field; the first step of a list for the list itself."""
        for task in self.tasks():
            for step in self.steps(task):
                found = next((field for field in step.fields if owns(field, path, step)), None)
                if found or (step.each and path == step.each):
                    return step, found
        return None


def owns(field: Field, path: str, step: Step) -> bool:
    """Whether what is said of `path` belongs beside that field; a position as a whole belongs beside its latitude."""
    if path == "farm.location":
        return field.path == "farm.location.lat"
    if not step.each:
        return path == field.path or path.startswith(f"{field.path}.")
    if not path.startswith(f"{step.each}."):
        return False
    within = path.removeprefix(f"{step.each}.").partition(".")[2]
    return within == field.path or within.startswith(f"{field.path}.")
